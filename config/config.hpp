#pragma once

#include "config/broker_choice.hpp"
#include "config/endpoint.hpp"
#include "protocol/mqtt/broker_url_pattern.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The typed configuration: plain values, checked by the loader (config/load.hpp). Each member has the name of its key,
/// and config/schema.cpp has its meaning, its bounds and why its default is what it is. The defaults stand here alone.
namespace lobbyd::config {

enum class ProtocolChoice { automatic, mqtt_5, mqtt_3_1_1 };
enum class BrokerProfile { none, mosquitto, emqx, hivemq, rabbitmq, aedes, aws_iot };
enum class AuthMode { open };
enum class WillMode { pooled, dedicated };
enum class BoardOrder { descending, ascending };
enum class BoardOperator { best, last, sum };
enum class BoardSubmit { anyone, right };
enum class BoardReset { never, daily, weekly, monthly };
enum class LogLevel { trace, debug, info, warning, error };
enum class LogFormat { text, json };

/// A time span that is written with its unit in the file: "7d", "12h", "30m", "45s".
struct Duration {
  std::chrono::seconds value{0};

  bool operator==(const Duration&) const = default;
};

struct Instance {
  std::string name;  ///< empty: made once and kept in data_dir

  bool operator==(const Instance&) const = default;
};

struct Broker {
  BrokerChoice url;
  ProtocolChoice protocol = ProtocolChoice::automatic;
  std::uint32_t pool_size = 2;
  std::uint32_t pool_max = 16;
  std::chrono::seconds keepalive{30};
  std::string username;                 ///< empty: none
  std::string password;                 ///< empty: none, or in password_file; config/load.hpp: broker_password()
  std::filesystem::path password_file;  ///< empty: none
  std::filesystem::path ca_file;        ///< empty: the system's authorities
  std::filesystem::path cert_file;      ///< empty: none
  std::filesystem::path key_file;       ///< empty: none
  bool verify = true;
  BrokerProfile profile = BrokerProfile::none;
  std::uint32_t max_filters_per_connection = 0;  ///< 0: no limit; the loader fills these in from the profile
  std::uint32_t max_filters_per_subscribe = 0;
  std::uint32_t max_publish_rate = 0;
  std::uint32_t max_topic_levels = 0;
  std::uint32_t max_topic_bytes = 0;

  bool operator==(const Broker&) const = default;
};

struct Embedded {
  std::chrono::seconds save_seconds{5};
  std::optional<Endpoint> listen;  ///< none: the embedded broker serves this daemon alone

  bool operator==(const Embedded&) const = default;
};

struct Auth {
  AuthMode mode = AuthMode::open;
  /// Whether a source named the mode. Without that, only loopback listeners pass the loader.
  bool mode_chosen = false;
  std::vector<mqtt::BrokerUrlPattern> broker_urls;  ///< that clients may ask for

  bool operator==(const Auth&) const = default;
};

struct Origins {
  /// Exact origins, "scheme://*.domain" or "*", next to loopback and same-host origins, which always pass.
  std::vector<std::string> allow;

  bool operator==(const Origins&) const = default;
};

struct Limits {
  std::uint32_t max_clients = 10000;
  std::uint32_t max_clients_per_ip = 0;  ///< 0: none
  std::size_t max_message_bytes = 65536;
  std::uint32_t max_subscriptions = 100;
  std::uint8_t max_qos = 2;
  std::uint32_t publish_rate = 200;
  std::uint32_t publish_burst = 400;
  std::uint32_t request_rate = 500;
  std::size_t outbox_bytes = std::size_t{512} * 1024;
  std::size_t memory = 0;  ///< bytes; 0: none
  std::chrono::seconds handshake_seconds{10};
  std::chrono::seconds keepalive_seconds{25};
  std::chrono::seconds session_expiry_max{300};
  std::uint32_t max_pools = 100;
  std::chrono::seconds pool_idle_seconds{60};

  bool operator==(const Limits&) const = default;
};

struct Compression {
  bool enabled = false;
  std::uint8_t level = 3;
  std::size_t min_bytes = 256;

  bool operator==(const Compression&) const = default;
};

struct Will {
  WillMode mode = WillMode::pooled;
  std::chrono::seconds grace{2};

  bool operator==(const Will&) const = default;
};

struct Apps {
  std::string prefix = "lobby/";  ///< always ends in "/"

  bool operator==(const Apps&) const = default;
};

struct Presence {
  Duration offline_expiry{std::chrono::days{7}};
  std::uint32_t max_watched = 1000;

  bool operator==(const Presence&) const = default;
};

struct Rooms {
  std::uint32_t history = 100;
  Duration history_expiry{std::chrono::days{7}};
  std::uint32_t max_members = 1000;

  bool operator==(const Rooms&) const = default;
};

struct Board {
  std::string name = "*";  ///< a pattern
  BoardOrder order = BoardOrder::descending;
  BoardOperator scoring = BoardOperator::best;
  BoardSubmit submit = BoardSubmit::anyone;
  BoardReset reset = BoardReset::never;
  std::string time_zone = "UTC";
  std::string topic;  ///< empty: none
  std::uint32_t max_entries = 100'000;
  std::uint32_t keep_periods = 2;

  bool operator==(const Board&) const = default;
};

struct Ice {
  std::vector<std::string> urls;
  std::string username;
  std::string credential;
  std::string secret;      ///< empty: none
  std::string old_secret;  ///< empty: none
  std::chrono::seconds ttl{86'400};

  bool operator==(const Ice&) const = default;
};

struct Log {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;

  bool operator==(const Log&) const = default;
};

struct Drain {
  std::chrono::seconds seconds{10};

  bool operator==(const Drain&) const = default;
};

struct Config {
  std::vector<Endpoint> listen{{.host = "127.0.0.1", .port = 8787}};
  std::optional<Endpoint> admin = Endpoint{.host = "127.0.0.1", .port = 8788};
  std::filesystem::path data_dir;  ///< the loader fills an empty one with the platform's state directory
  std::uint32_t threads = 0;       ///< 0: one per core, at most 4
  Instance instance;
  Broker broker;
  std::map<std::string, Broker, std::less<>> brokers;  ///< the further ones, by name; each has a URL
  Embedded embedded;
  Auth auth;
  Origins origins;
  Limits limits;
  Compression compression;
  Will will;
  Apps apps;
  Presence presence;
  Rooms rooms;
  std::vector<Board> boards;  ///< none: one with the defaults
  std::vector<Ice> ice;
  Log log;
  Drain drain;

  bool operator==(const Config&) const = default;
};

}  // namespace lobbyd::config
