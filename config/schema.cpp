#include "config/schema.hpp"

#include "config/broker_schema.hpp"
#include "config/checks.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace lobbyd::config {

namespace {

struct Section {
  std::string_view name;
  std::string_view description;
};

constexpr std::array<Section, 13> section_table = {{
    {"instance", "This daemon, among those that share one broker."},
    {"broker", "The MQTT broker that everything is kept in."},
    {"embedded", "The Mosquitto that lobbyd starts itself when broker.url is \"embedded:\"."},
    {"auth", "Who may connect."},
    {"origins", "Which web pages may connect."},
    {"limits", "What one client, and all of them together, may take. Each limit costs only the client that meets it."},
    {"compression", "Compressed WebSocket messages (permessage-deflate), for clients that offer it."},
    {"will", "Wills: what is published in a client's name when its connection is lost."},
    {"apps", "The services on top of MQTT."},
    {"presence", "Who is online."},
    {"rooms", "Chat rooms."},
    {"log", "The log, on standard error."},
    {"drain", "How the daemon stops."},
}};

std::vector<Key> top_level_keys() {
  return {
      bind<&Config::listen>(
          {.path = "listen",
           .description = "The addresses that game clients connect to, as ADDRESS:PORT; port 0 takes a free port. The "
                          "default is for this machine alone, so that nothing is open to a network before somebody has "
                          "decided so. An address that other machines can reach needs a line for [auth] mode, too.",
           .check = check_listeners}),
      bind<&Config::admin>(
          {.path = "admin",
           .description = "The address of the operator's listener: /healthz and /readyz; empty for "
                          "none. It is apart from the public listeners and stays on this machine by default, because "
                          "it has no login."}),
      bind<&Config::data_dir>(
          {.path = "data_dir",
           .description =
               "Where lobbyd and its embedded broker keep their state. Empty takes the platform's directory: "
               "$STATE_DIRECTORY (set by systemd), $XDG_STATE_HOME/lobbyd, /var/lib/lobbyd for root, else "
               "~/.local/state/lobbyd. A directory serves one daemon at a time.",
           .check = check_path}),
      bind<&Config::threads>(
          {.path = "threads",
           .description =
               "How many threads serve connections. 0 takes one for each processor core that lobbyd may use, but at "
               "most 4: more rarely help, as the broker is then the narrow place. One of them also does "
               "what is done for all clients together, and so serves fewer of them; a client stays with "
               "its thread.",
           .range = {0, 256}}),
  };
}

std::vector<Key> client_keys() {
  return {
      bind<&Config::auth, &Auth::mode>(
          {.path = "auth.mode",
           .description = "\"open\" lets everybody in, under any name. Listeners that other machines can reach are "
                          "refused until this line is there, so that nobody opens a server to the world unknowingly."}),
      bind<&Config::auth, &Auth::broker_urls>(
          {.path = "auth.broker_urls",
           .description =
               "Brokers that a client may ask for by URL in connect: SCHEME://HOST[:PORT][/PATH], where * in HOST and "
               "PATH "
               "stands for any characters, as a PORT for any port, and alone for every broker. What is left out has "
               "its default, as in broker.url. Unless its host is written without a *, a pattern leads to Internet "
               "addresses alone: a client must not reach into the network of this machine. None by default.",
           .check = nullptr}),
      bind<&Config::origins, &Origins::allow>(
          {.path = "origins.allow",
           .description = "Web pages that may connect, besides those of the same host and of this machine: exact "
                          "origins, \"https://*.example.org\" for all subdomains, or \"*\" for every page. None by "
                          "default, so that a foreign page cannot use a visitor's browser against this server. Clients "
                          "that are no browsers send no origin and are not concerned.",
           .check = check_origins}),
      bind<&Config::limits, &Limits::max_clients>(
          {.path = "limits.max_clients",
           .description =
               "How many clients may be connected at once. Each costs a file descriptor and some memory: "
               "10000 fit on a small server, if its limit of open files allows them. Further ones are closed "
               "with 1013, and come back later.",
           .range = {1, 1'000'000}}),
      bind<&Config::limits, &Limits::max_clients_per_ip>(
          {.path = "limits.max_clients_per_ip",
           .description = "How many of them may come from one IP address; 0 is no limit. None by default, as many "
                          "players may share one address, and behind a proxy all of them do. Further ones are closed "
                          "with 1013.",
           .range = {0, 1'000'000}}),
      bind<&Config::limits, &Limits::max_message_bytes>(
          {.path = "limits.max_message_bytes",
           .description = "The largest message that a client may send; a larger one closes its connection with 1009. "
                          "64 KiB is what game engines' WebSocket clients hold by default.",
           .range = {128, 67'108'864}}),
      bind<&Config::limits, &Limits::max_subscriptions>(
          {.path = "limits.max_subscriptions",
           .description =
               "How many topic filters a client may have subscribed at once. Games rarely need more than a "
               "few; 100 leaves room and bounds the memory that one client can claim. Beyond it subscribe is "
               "answered 429.",
           .range = {1, 100'000}}),
      bind<&Config::limits, &Limits::max_qos>(
          {.path = "limits.max_qos",
           .description = "The highest quality of service: a publish or a will above it is refused (403), a subscribe "
                          "is lowered to "
                          "it. 2 forbids nothing; lower it for brokers that do not have QoS 2, or to spare one.",
           .range = {0, 2}}),
      bind<&Config::limits, &Limits::publish_rate>(
          {.path = "limits.publish_rate",
           .description = "How many messages a client may publish a second in the long run; 0 is no limit. 200 is far "
                          "above what a player's client sends, and far below what harms a broker.",
           .range = {0, 1'000'000}}),
      bind<&Config::limits, &Limits::publish_burst>(
          {.path = "limits.publish_burst",
           .description = "How many it may publish at once before the rate counts. Twice the rate lets a client send "
                          "its whole state after a reconnect.",
           .range = {0, 1'000'000}}),
      bind<&Config::limits, &Limits::request_rate>(
          {.path = "limits.request_rate",
           .description = "How many requests of any kind a client may send a second; 0 is no limit. It is above "
                          "limits.publish_rate, so that publishing does not use up all of it.",
           .range = {0, 1'000'000}}),
      bind<&Config::limits, &Limits::outbox_bytes>(
          {.path = "limits.outbox_bytes",
           .description =
               "How much may wait for a client that reads slowly. When it is full, the oldest QoS 0 messages "
               "are dropped, and one of QoS 1 or 2 closes the connection with 4508. 512 KiB bridge some "
               "seconds of a bad mobile link. Beside it a client may have one set of retained messages waiting, which "
               "it asked for: until it takes them its further requests wait. A session that is kept for a client which "
               "is away holds as much.",
           .range = {1024, 1'073'741'824}}),
      bind<&Config::limits, &Limits::memory>(
          {.path = "limits.memory",
           .description =
               "How many bytes of memory the daemon may hold before it lets no further client in: they are closed with "
               "1013, and /readyz says 503, until it holds a sixteenth less. Those who are there stay. 0 is no limit. "
               "None by default, as every queue has a bound of its own; set it below what the container or the "
               "machine has (three quarters, say), so that the daemon is not ended for want of memory, and "
               "all clients with it. An embedded broker's memory is its own.",
           .range = {0, std::numeric_limits<std::int64_t>::max()}}),
      bind<&Config::limits, &Limits::handshake_seconds>(
          {.path = "limits.handshake_seconds",
           .description = "How long a new connection may take until its connect request has come; then it is closed "
                          "with 4408. 10 suffices for bad links and keeps idle connections from piling up.",
           .range = {1, 3600}}),
      bind<&Config::limits, &Limits::keepalive_seconds>(
          {.path = "limits.keepalive_seconds",
           .description = "How often clients are pinged. One that is silent for twice as long and 5 seconds counts as "
                          "lost, and its will is published. 25 is below the 30 to 60 seconds after which many proxies "
                          "and mobile networks "
                          "drop quiet connections.",
           .range = {1, 3600}}),
      bind<&Config::limits, &Limits::session_expiry_max>(
          {.path = "limits.session_expiry_max",
           .description = "How long at most a client's session may be kept after its connection is lost; 0 keeps none. "
                          "Five minutes cover a tunnel or a change of networks; kept sessions cost memory: up to "
                          "limits.outbox_bytes each, and 256 MiB in all.",
           .range = {0, 2'592'000}}),
      bind<&Config::limits, &Limits::max_pools>(
          {.path = "limits.max_pools",
           .description =
               "How many pools of broker connections clients may bring about at once, by a URL or by broker "
               "credentials of their own; each holds three connections or more. Those of [broker] and [brokers.NAME] "
               "do not count. 0 lets nobody.",
           .range = {0, 10'000}}),
      bind<&Config::limits, &Limits::pool_idle_seconds>(
          {.path = "limits.pool_idle_seconds",
           .description =
               "How long the connections to a broker of [brokers.NAME] or of a client's URL are kept when the "
               "last of its clients has gone; those of [broker] always stay. A minute spares the broker "
               "when one client comes and goes.",
           .range = {0, 86'400}}),
  };
}

std::vector<Key> compression_keys() {
  return {
      bind<&Config::compression, &Compression::enabled>(
          {.path = "compression.enabled",
           .description =
               "Whether messages are compressed, both ways, where the client offers it, as browsers do. It takes CPU "
               "instead of bandwidth: a message of 512 bytes becomes half as large for 12 microseconds, one of 4 KiB a "
               "quarter for 40. What goes to many clients is compressed once. Off by default, as most games' messages "
               "are small, and fit one network packet anyway."}),
      bind<&Config::compression, &Compression::level>(
          {.path = "compression.level",
           .description = "From 1, the fastest, to 9, the smallest. 3 is a few percent smaller than 1 and hardly "
                          "slower; what 6 and more save besides takes twice the time.",
           .range = {1, 9}}),
      bind<&Config::compression, &Compression::min_bytes>(
          {.path = "compression.min_bytes",
           .description =
               "Smaller messages are sent as they are, and so is what does not get smaller. Below 256 bytes a "
               "message loses a quarter at most, less than what a packet has besides.",
           .range = {0, 67'108'864}}),
  };
}

std::vector<Key> service_keys() {
  return {
      bind<&Config::will, &Will::mode>(
          {.path = "will.mode",
           .description =
               "\"pooled\" keeps clients' wills as retained messages, by which all daemons know of them, so that "
               "thousands of clients share a few connections. \"dedicated\", a connection for each client with a "
               "will, for brokers without retained messages, is not in this version."}),
      bind<&Config::will, &Will::grace>(
          {.path = "will.grace",
           .description =
               "How long a daemon that does not answer is waited for before the others publish its clients' wills. "
               "2 seconds pass over a short stall, and players see a dead server's clients leave soon. One that was "
               "killed waits so long itself when it starts again, for the case that another one of its name lives.",
           .range = {1, 3600}}),
      bind<&Config::apps, &Apps::prefix>(
          {.path = "apps.prefix",
           .description =
               "The topics below this prefix belong to lobbyd; clients cannot publish or subscribe there. It "
               "ends in \"/\" and must be the same on all daemons of one broker. Change it where a broker's "
               "topics below lobby/ have another use.",
           .check = check_topic_prefix}),
      bind<&Config::presence, &Presence::offline_expiry>(
          {.path = "presence.offline_expiry",
           .description = "How long a player who went offline is remembered. A week lets friends see when somebody was "
                          "last there, and keeps the broker from filling up with those who never return."}),
      bind<&Config::presence, &Presence::max_watched>(
          {.path = "presence.max_watched",
           .description = "How many players a client may watch at once. 1000 is more than any list of friends shows.",
           .range = {1, 1'000'000}}),
      bind<&Config::rooms, &Rooms::history>(
          {.path = "rooms.history",
           .description = "How many messages of a room are kept. 100 fill a few screens for somebody who comes late; "
                          "each is a retained message in the broker.",
           .range = {0, 10'000}}),
      bind<&Config::rooms, &Rooms::history_expiry>(
          {.path = "rooms.history_expiry",
           .description = "How long a room's messages are kept at most. A week, so that rooms that nobody visits any "
                          "more do not stay in the broker for ever."}),
      bind<&Config::rooms, &Rooms::max_members>(
          {.path = "rooms.max_members",
           .description = "How many members a room may have. Everybody is told of everybody who comes and goes, so "
                          "that the cost grows with the square of this number.",
           .range = {1, 100'000}}),
      bind<&Config::log, &Log::level>(
          {.path = "log.level",
           .description =
               "The least important messages that are logged. \"info\" tells of starts, stops and changes of "
               "the broker connections; \"debug\" tells of each client as well."}),
      bind<&Config::log, &Log::format>(
          {.path = "log.format",
           .description = R"("text" is for people, "json" (one object a line) for log collectors.)"}),
      bind<&Config::drain, &Drain::seconds>(
          {.path = "drain.seconds",
           .description = "Over how long the clients are told and closed when the daemon stops, less where all have "
                          "left before. Some seconds follow, for "
                          "wills (3) and for an embedded broker that hangs (11): whatever supervises the daemon must "
                          "grant 15 more before it kills (Docker: stop_grace_period). 0 closes all at once.",
           .range = {0, 3600}}),
  };
}

std::vector<Key> all_keys() {
  std::vector<Key> keys = top_level_keys();
  for (const std::vector<Key>& part : {broker_keys(), client_keys(), compression_keys(), service_keys()}) {
    keys.insert(keys.end(), part.begin(), part.end());
  }
  return keys;
}

}  // namespace

std::span<const Key> schema() {
  static const std::vector<Key> keys = all_keys();
  return keys;
}

const Key* find_key(std::string_view path) {
  const auto found = std::ranges::find(schema(), path, &Key::path);
  return found == schema().end() ? nullptr : &*found;
}

std::string_view describe_section(std::string_view section) {
  const auto found = std::ranges::find(section_table, section, &Section::name);
  return found == section_table.end() ? std::string_view() : found->description;
}

std::string_view describe_named_brokers() {
  return "Further brokers, for clients that choose them by name in connect: a section for each, with the keys of "
         "[broker]; "
         "url has no default there. NAME is 1 to 64 of the characters A-Z a-z 0-9 _ -. Their connections begin with "
         "their first client and end when the last has gone for limits.pool_idle_seconds. In the environment: "
         "LOBBYD_BROKERS_NAME_URL and so on, with _ for a - of the name.";
}

std::string_view section_of(std::string_view path) {
  const std::size_t dot = path.find('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string_view name_of(std::string_view path) {
  const std::size_t dot = path.find('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace lobbyd::config
