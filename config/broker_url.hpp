#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace lobbyd::config {

enum class BrokerTransport { embedded, tcp, unix_socket };

/// Where the broker is. `host` (a name or a numeric address, without brackets) and `port` belong to tcp,
/// `socket_path` (absolute) to unix_socket.
struct BrokerUrl {
  BrokerTransport transport = BrokerTransport::embedded;
  std::string host;
  std::uint16_t port = 0;
  std::filesystem::path socket_path;

  bool operator==(const BrokerUrl&) const = default;
};

/// Reads "embedded:", "tcp://HOST[:PORT]", "mqtt://HOST[:PORT]" (the same; port 1883 unless given) or "unix:///PATH".
/// The error says what would be right. Credentials inside the URL are refused, as URLs end up in logs.
std::expected<BrokerUrl, std::string> parse_broker_url(std::string_view text);

/// The form that parse_broker_url reads; holds no secrets, so it may be logged.
std::string to_string(const BrokerUrl& url);

}  // namespace lobbyd::config
