#include "config/broker_schema.hpp"

#include "config/checks.hpp"

namespace lobbyd::config {

std::vector<Key> broker_keys() {
  return {
      bind<&Config::instance, &Instance::name>(
          {.path = "instance.name",
           .description =
               "The name of this daemon, unique among all that share the broker. Empty makes one at the first "
               "start and keeps it in data_dir, so that two daemons never share a name by accident.",
           .check = check_instance_name}),
      bind<&Config::broker, &Broker::url>(
          {.path = "broker.url",
           .description =
               "The broker: tcp://HOST[:PORT] (or mqtt://, port 1883), ssl://HOST[:PORT] (or mqtts://, TLS, port "
               "8883), ws://HOST[:PORT][/PATH] and wss://HOST[:PORT][/PATH] (MQTT over a WebSocket, ports 80 and 443, "
               "path /mqtt), unix:///PATH, or embedded: for a Mosquitto that lobbyd starts, watches and stops itself. "
               "The embedded one is the default, so that a first start needs nothing else. Credentials have their "
               "own keys, as URLs end up in logs."}),
      bind<&Config::broker, &Broker::protocol>(
          {.path = "broker.protocol",
           .description =
               "The MQTT version to speak with the broker. \"auto\" tries 5, which tells more about refusals "
               "and limits, and falls back to 3.1.1 where the broker refuses it."}),
      bind<&Config::broker, &Broker::pool_size>(
          {.path = "broker.pool_size",
           .description =
               "How many connections publish for the clients from the start. Two keep one client's burst from "
               "delaying all others, and cost the broker next to nothing.",
           .range = {1, 256}}),
      bind<&Config::broker, &Broker::pool_max>(
          {.path = "broker.pool_max",
           .description = "How far that number may grow while the connections are busy; at least broker.pool_size. The "
                          "bound keeps a flood from taking all connections that the broker has.",
           .range = {1, 256}}),
      bind<&Config::broker, &Broker::keepalive>(
          {.path = "broker.keepalive",
           .description =
               "After how many quiet seconds a sign of life is exchanged with the broker. A broker that does "
               "not answer for half as long again counts as lost; 30 finds that out within a minute.",
           .range = {1, 65535}}),
      bind<&Config::broker, &Broker::username>(
          {.path = "broker.username",
           .description =
               "The user name for the broker; empty for none, as brokers on one's own machine often have it.",
           .check = check_credential}),
      bind<&Config::broker, &Broker::password>(
          {.path = "broker.password",
           .description = "The password for the broker; empty for none. It is better kept in broker.password_file, out "
                          "of this file and of the environment.",
           .check = check_credential,
           .secret = true}),
      bind<&Config::broker, &Broker::password_file>(
          {.path = "broker.password_file",
           .description = "A file whose first line is the password for the broker; empty for none. It excludes "
                          "broker.password. Secrets of Docker, Kubernetes and systemd come as such files.",
           .check = check_path}),
      bind<&Config::broker, &Broker::ca_file>(
          {.path = "broker.ca_file",
           .description =
               "The certificates (PEM) of the authorities that may have signed the broker's; empty for those "
               "that the system trusts. A broker with an authority of its own, as on a private network, "
               "needs it. Read again on SIGHUP, as the two below are.",
           .check = check_path}),
      bind<&Config::broker, &Broker::cert_file>(
          {.path = "broker.cert_file",
           .description =
               "The certificate (PEM, with its chain) that shows the broker who we are; empty for none. Some "
               "brokers take it in place of a password. It needs broker.key_file.",
           .check = check_path}),
      bind<&Config::broker, &Broker::key_file>(
          {.path = "broker.key_file",
           .description = "The private key (PEM, without a passphrase) of broker.cert_file.",
           .check = check_path}),
      bind<&Config::broker, &Broker::verify>(
          {.path = "broker.verify",
           .description =
               "Whether the broker's certificate must be signed by an authority that is trusted, and be made "
               "for the host in broker.url. Without that TLS protects from nobody who stands in between: "
               "false is for trying things out, and is warned of at each start."}),
      bind<&Config::broker, &Broker::profile>(
          {.path = "broker.profile",
           .description =
               "The kind of broker, where its limits matter that no packet tells: those below have its figures "
               "unless they are set, and with MQTT 3.1.1, where brokers cannot tell more, its highest QoS "
               "and its largest packet hold, too. docs/brokers.md has the figures. \"none\" fits brokers "
               "without such limits, as the embedded one."}),
      bind<&Config::broker, &Broker::max_filters_per_connection>(
          {.path = "broker.max_filters_per_connection",
           .description =
               "How many topic filters the broker lets one connection hold, at least 3; 0 is no limit. Further "
               "connections are opened for what is more, and the order of messages is kept on each alone. "
               "None by default, as few brokers have such a limit.",
           .range = {0, 1'000'000}}),
      bind<&Config::broker, &Broker::max_filters_per_subscribe>(
          {.path = "broker.max_filters_per_subscribe",
           .description = "How many topic filters the broker takes in one SUBSCRIBE or UNSUBSCRIBE, at least 2; 0 is "
                          "no limit, but "
                          "what lobbyd holds to be reasonable. None by default, as few brokers have such a limit.",
           .range = {0, 1'000'000}}),
      bind<&Config::broker, &Broker::max_publish_rate>({.path = "broker.max_publish_rate",
                                                        .description =
                                                            "How many messages the broker lets one connection publish "
                                                            "in a second, at least 2; 0 is no limit. What is "
                                                            "more waits, and more connections are opened, up to "
                                                            "broker.pool_max, for the clients that come then. None "
                                                            "by default, as few brokers have such a limit.",
                                                        .range = {0, 1'000'000}}),
      bind<&Config::broker, &Broker::max_topic_levels>(
          {.path = "broker.max_topic_levels",
           .description =
               "How many levels the broker takes in a topic or filter, at least 8; 0 is no limit but lobbyd's own, "
               "200. What has more is refused, since brokers end the connection, which all clients share, over it.",
           .range = {0, 200}}),
      bind<&Config::broker, &Broker::max_topic_bytes>(
          {.path = "broker.max_topic_bytes",
           .description = "How many bytes the broker takes in a topic or filter, at least 160; 0 is no limit but that "
                          "of MQTT, 65535. What has more is refused.",
           .range = {0, 65'535}}),
      bind<&Config::embedded, &Embedded::save_seconds>(
          {.path = "embedded.save_seconds",
           .description =
               "How often the embedded broker saves its state to disk. This is how much may be lost when the "
               "whole machine fails at once; Mosquitto's own default would be 30 minutes. 5 costs little, as "
               "saving 100,000 retained messages takes about 50 ms.",
           .range = {1, 86400}}),
      bind<&Config::embedded, &Embedded::listen>(
          {.path = "embedded.listen",
           .description = "An address at which the embedded broker takes MQTT clients directly, such as "
                          "127.0.0.1:1883; empty for none. None is the default because such clients meet no check at "
                          "all: they may read and write every topic."}),
  };
}

}  // namespace lobbyd::config
