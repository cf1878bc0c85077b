#include "config/checks.hpp"

#include "config/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

namespace lobbyd::config {

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_topic_prefix = 256;
constexpr std::size_t longest_credential = 65535;  // MQTT5 §1.5.4: a string's length is two bytes
constexpr std::size_t longest_path = 4096;

bool is_name_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || character == '.' || character == '-';
}

std::string not_this(std::string_view wanted, std::string_view text) {
  return std::string(wanted) + ", not " + shown_text(text);
}

/// Browsers send scheme://host[:port], in lower case, without a path (RFC 6454 §6.2).
bool is_origin(std::string_view origin) {
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) {
    return false;
  }
  std::string_view host = origin.substr(scheme_end + 3);
  if (host.starts_with("*.")) {
    host.remove_prefix(2);
  }
  const auto is_plain = [](char character) {
    return character > ' ' && character < 0x7F && (character < 'A' || character > 'Z') &&
           std::string_view("/*?#@\\").find(character) == std::string_view::npos;
  };
  return !host.empty() && std::ranges::all_of(origin.substr(0, scheme_end), is_plain) &&
         std::ranges::all_of(host, is_plain);
}

/// A broker and the section that describes it.
struct Described {
  std::string section;
  const Broker& broker;

  std::string key(std::string_view name) const { return section + "." + std::string(name); }
};

std::vector<Described> all_brokers(const Config& config) {
  std::vector<Described> brokers = {{"broker", config.broker}};
  for (const auto& [name, broker] : config.brokers) {
    brokers.push_back({"brokers." + name, broker});
  }
  return brokers;
}

void find_broker_conflicts(const Described& described, std::vector<Conflict>& conflicts) {
  const auto& [section, broker] = described;
  const auto key = [&](std::string_view name) { return described.key(name); };
  if (broker.pool_max < broker.pool_size) {
    conflicts.push_back({{key("pool_max"), key("pool_size")},
                         key("pool_max") + " (" + std::to_string(broker.pool_max) + ") must be at least " +
                             key("pool_size") + " (" + std::to_string(broker.pool_size) + ")"});
  }
  const bool has_password = !broker.password.empty() || !broker.password_file.empty();
  if (!broker.password.empty() && !broker.password_file.empty()) {
    conflicts.push_back({{key("password_file"), key("password")},
                         key("password") + " and " + key("password_file") + " cannot both be set: remove one of them"});
  }
  if (has_password && broker.username.empty() && broker.protocol != ProtocolChoice::mqtt_5) {
    conflicts.push_back(
        {{key("password"), key("password_file")},
         "a password needs " + key("username") + ", too: MQTT 3.1.1 has no password without a user name"});
  }
  if (broker.cert_file.empty() != broker.key_file.empty()) {
    conflicts.push_back({{key(broker.cert_file.empty() ? "key_file" : "cert_file")},
                         key("cert_file") + " and " + key("key_file") + " belong together: set both, or neither"});
  }
}

// What one read of retained messages, or the clients' filters, takes besides a filter: the echo, the mark, a message
// each; and what the topics of the daemons need.
void find_limit_conflicts(const Described& described, std::vector<Conflict>& conflicts) {
  const auto at_least = [&](std::string_view name, std::uint32_t value, std::uint32_t least) {
    if (value != 0 && value < least) {
      conflicts.push_back({{described.key(name)},
                           "must be 0 (no limit) or at least " + std::to_string(least) + ", not " +
                               std::to_string(value) + ": lobbyd needs some itself"});
    }
  };
  const Broker& broker = described.broker;
  at_least("max_filters_per_connection", broker.max_filters_per_connection, 3);
  at_least("max_filters_per_subscribe", broker.max_filters_per_subscribe, 2);
  at_least("max_publish_rate", broker.max_publish_rate, 2);
  at_least("max_topic_levels", broker.max_topic_levels, 8);
  at_least("max_topic_bytes", broker.max_topic_bytes, 160);
}

// PREFIXsync/INSTANCE/mark, where clients' brokers have a label behind the instance.
void find_prefix_conflicts(const Config& config, const Described& described, std::vector<Conflict>& conflicts) {
  constexpr std::size_t further_levels = 3;
  constexpr std::size_t further_bytes = 2 * longest_name + 20;
  const Broker& broker = described.broker;
  const std::string& prefix = config.apps.prefix;
  const auto levels = static_cast<std::size_t>(std::ranges::count(prefix, '/')) + further_levels;
  if (broker.max_topic_levels != 0 && levels > broker.max_topic_levels) {
    conflicts.push_back({{"apps.prefix", described.key("max_topic_levels"), described.key("profile")},
                         "has too many levels for the broker of [" + described.section + "], which takes " +
                             std::to_string(broker.max_topic_levels) + ": the topics of lobbyd have three more"});
  }
  if (broker.max_topic_bytes != 0 && prefix.size() + further_bytes > broker.max_topic_bytes) {
    conflicts.push_back({{"apps.prefix", described.key("max_topic_bytes"), described.key("profile")},
                         "is too long for the broker of [" + described.section + "], whose topics have " +
                             std::to_string(broker.max_topic_bytes) + " bytes: those of lobbyd have up to " +
                             std::to_string(further_bytes) + " more"});
  }
}

// LOBBYD_BROKERS_A_B_URL would set both.
std::string environment_name(std::string_view name) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return upper;
}

void find_named_broker_conflicts(const Config& config, std::vector<Conflict>& conflicts) {
  std::map<std::string, std::string> names;
  for (const auto& [name, broker] : config.brokers) {
    if (const auto [other, is_first] = names.emplace(environment_name(name), name); !is_first) {
      conflicts.push_back({{"brokers." + name, "brokers." + name + ".url"},
                           "differs from brokers." + other->second +
                               " in case, - and _ alone, which environment variables cannot tell apart: choose another "
                               "name"});
    }
    if (!broker.url) {
      conflicts.push_back({{"brokers." + name + ".url", "brokers." + name},
                           "needs its url, such as \"tcp://10.0.0.5:1883\": the embedded broker is that of [broker]"});
    }
  }
}

void find_tls_doubts(const Described& described, std::vector<std::string>& doubts) {
  const Broker& broker = described.broker;
  const bool has_tls = broker.url && mqtt::uses_tls(broker.url->carrier);
  if (!has_tls && (!broker.ca_file.empty() || !broker.cert_file.empty() || !broker.verify)) {
    doubts.push_back(described.key("ca_file") + ", cert_file, key_file and verify have no effect: " +
                     described.key("url") + " is not one with TLS (ssl://, mqtts://, wss://)");
  }
  if (has_tls && !broker.verify) {
    doubts.push_back(described.key("verify") +
                     " is false: whoever can stand between lobbyd and the broker may read and change everything, the "
                     "password included");
  }
}

void find_url_doubts(const Config& config, std::vector<std::string>& doubts) {
  for (const mqtt::BrokerUrlPattern& pattern : config.auth.broker_urls) {
    if (pattern.is_wide()) {
      doubts.push_back("auth.broker_urls: names of anybody's match \"" + mqtt::to_string(pattern) +
                       "\", so every client may have lobbyd connect to any host of the Internet");
    }
  }
}

void find_listener_conflicts(const Config& config, std::vector<Conflict>& conflicts) {
  struct Listener {
    std::string key;
    Endpoint endpoint;
  };
  std::vector<Listener> listeners;
  listeners.reserve(config.listen.size() + 2);
  for (const Endpoint& endpoint : config.listen) {
    listeners.push_back({"listen", endpoint});
  }
  if (config.admin) {
    listeners.push_back({"admin", *config.admin});
  }
  if (config.embedded.listen) {
    listeners.push_back({"embedded.listen", *config.embedded.listen});
    if (config.embedded.listen->port == 0) {
      conflicts.push_back({{"embedded.listen"}, "must name a port: the broker cannot take a free one"});
    }
  }
  for (auto listener = listeners.begin(); listener != listeners.end(); ++listener) {
    if (!config.auth.mode_chosen && !is_loopback(listener->endpoint)) {
      conflicts.push_back({{listener->key},
                           to_string(listener->endpoint) +
                               " can be reached from other machines, and nobody has said who may come in: add the line"
                               " mode = \"open\" under [auth] (or LOBBYD_AUTH_MODE=open) to let everybody in, or listen"
                               " on 127.0.0.1 or [::1]"});
    }
    const auto same = std::find_if(listeners.begin(), listener,
                                   [&](const Listener& other) { return other.endpoint == listener->endpoint; });
    if (same != listener && listener->endpoint.port != 0) {
      conflicts.push_back({{listener->key, same->key},
                           to_string(listener->endpoint) + " is taken twice, by " + same->key + " and " +
                               listener->key + ": give each its own port"});
    }
  }
}

void find_table_conflicts(const Config& config, std::vector<Conflict>& conflicts) {
  for (const Board& board : config.boards) {
    if (!board.topic.empty() && board.scoring == BoardOperator::sum) {
      conflicts.push_back({{"boards.topic"}, "a board with operator \"sum\" cannot be mirrored in a topic: remove it"});
    }
    if (!board.topic.empty() && board.reset != BoardReset::never && !board.topic.contains("{period}")) {
      conflicts.push_back({{"boards.topic"}, "the topic of a board that is reset must hold {period}"});
    }
  }
  for (const Ice& server : config.ice) {
    if (server.urls.empty()) {
      conflicts.push_back({{"ice.urls", "ice"}, "each [[ice]] must say its urls"});
    }
    if (!server.secret.empty() && (!server.username.empty() || !server.credential.empty())) {
      conflicts.push_back(
          {{"ice.username", "ice.credential"}, "ice.secret makes credentials: remove ice.username and ice.credential"});
    }
  }
}

}  // namespace

std::optional<std::string> check_listeners(const Value& value) {
  if (std::get<TextList>(value).empty()) {
    return "must name at least one address, such as [\"127.0.0.1:8787\"]";
  }
  return std::nullopt;
}

std::optional<std::string> check_broker_name(std::string_view name) {
  const auto is_bare = [](char character) { return is_name_character(character) && character != '.'; };
  if (name.empty() || name.size() > longest_name || !std::ranges::all_of(name, is_bare)) {
    return not_this("its name must be 1 to 64 of the characters A-Z a-z 0-9 _ -", name);
  }
  if (name == "main") {
    return "the broker named main is that of [broker]: choose another name";
  }
  return std::nullopt;
}

std::optional<std::string> check_instance_name(const Value& value) {
  const auto& name = std::get<std::string>(value);
  if (name.size() > longest_name || !std::ranges::all_of(name, is_name_character)) {
    return not_this("must be at most 64 of the characters A-Z a-z 0-9 _ . -", name);
  }
  return std::nullopt;
}

std::optional<std::string> check_credential(const Value& value) {
  const auto& text = std::get<std::string>(value);
  if (text.size() > longest_credential || !is_utf8(text) || text.find('\0') != std::string::npos) {
    return "must be UTF-8 without NUL, of at most 65535 bytes";
  }
  return std::nullopt;
}

std::optional<std::string> check_path(const Value& value) {
  const auto& path = std::get<std::string>(value);
  if (path.size() > longest_path || !is_utf8(path) || has_control_characters(path)) {
    return "must be a path in UTF-8, without control characters, of at most 4096 bytes";
  }
  return std::nullopt;
}

std::optional<std::string> check_origins(const Value& value) {
  for (const std::string& origin : std::get<TextList>(value)) {
    if (origin != "*" && origin != "null" && !is_origin(origin)) {
      return not_this(
          "must hold origins as browsers send them (lower case, no path), such as \"https://game.example.org\", "
          "\"https://*.example.org\" or \"*\"",
          origin);
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_topic_prefix(const Value& value) {
  const auto& prefix = std::get<std::string>(value);
  if (!prefix.ends_with('/')) {
    return not_this(R"(must end in "/", such as "lobby/")", prefix);
  }
  if (prefix.find_first_of("+#") != std::string::npos) {
    return not_this("must not hold the wildcards + and #", prefix);
  }
  if (prefix.starts_with('$')) {
    return not_this("must not begin with $, which brokers keep for themselves", prefix);
  }
  if (prefix.size() > longest_topic_prefix || !is_utf8(prefix) || has_control_characters(prefix)) {
    return not_this("must be UTF-8 without control characters, of at most 256 bytes", prefix);
  }
  return std::nullopt;
}

std::optional<std::string> check_board_pattern(const Value& value) {
  const auto& pattern = std::get<std::string>(value);
  const auto fits = [](char c) { return is_name_character(c) || c == ':' || c == '@' || c == '*'; };
  if (pattern.empty() || pattern.size() > longest_name || !std::ranges::all_of(pattern, fits)) {
    return not_this("must be 1 to 64 of the characters A-Z a-z 0-9 _ . : @ - and *", pattern);
  }
  return std::nullopt;
}

std::optional<std::string> check_time_zone(const Value& value) {
  const auto& zone = std::get<std::string>(value);
  const auto fits = [](char c) { return is_name_character(c) || c == '/' || c == '+'; };
  if (zone.empty() || zone.size() > longest_name || !std::ranges::all_of(zone, fits) || zone.contains("..")) {
    return not_this("must be the name of a time zone, such as \"Europe/Berlin\"", zone);
  }
  return std::nullopt;
}

std::optional<std::string> check_ice_urls(const Value& value) {
  constexpr std::array<std::string_view, 4> schemes = {"stun:", "stuns:", "turn:", "turns:"};
  for (const std::string& url : std::get<TextList>(value)) {
    const auto fits = [&](std::string_view scheme) { return url.starts_with(scheme) && url.size() > scheme.size(); };
    if (std::ranges::none_of(schemes, fits)) {
      return not_this("must be addresses that begin with stun:, stuns:, turn: or turns:", url);
    }
  }
  return std::nullopt;
}

std::vector<Conflict> find_conflicts(const Config& config) {
  std::vector<Conflict> conflicts;
  find_table_conflicts(config, conflicts);
  for (const Described& broker : all_brokers(config)) {
    find_broker_conflicts(broker, conflicts);
    find_limit_conflicts(broker, conflicts);
    find_prefix_conflicts(config, broker, conflicts);
  }
  find_named_broker_conflicts(config, conflicts);
  find_listener_conflicts(config, conflicts);
  return conflicts;
}

std::vector<std::string> find_doubts(const Config& config) {
  std::vector<std::string> doubts;
  for (const Described& broker : all_brokers(config)) {
    find_tls_doubts(broker, doubts);
  }
  find_url_doubts(config, doubts);
  for (const Endpoint& endpoint : config.listen) {
    if (!is_loopback(endpoint)) {
      doubts.push_back("auth.mode is \"open\": whoever reaches " + to_string(endpoint) +
                       " may use it, under any name that they choose");
    }
  }
  if (config.embedded.listen && config.broker.url) {
    doubts.emplace_back("embedded.listen has no effect: broker.url names a broker that lobbyd does not start itself");
  } else if (config.embedded.listen && !is_loopback(*config.embedded.listen)) {
    doubts.push_back("embedded.listen: whoever reaches " + to_string(*config.embedded.listen) +
                     " may read and write every topic, those of lobbyd itself included");
  }
  return doubts;
}

}  // namespace lobbyd::config
