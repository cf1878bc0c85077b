#pragma once

// Where a broker listens, and how it is spoken to.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {

enum class Carrier : std::uint8_t { tcp, tls, websocket, websocket_tls, unix_socket };

struct BrokerUrl {
  Carrier carrier = Carrier::tcp;
  std::string host;        // a name or an address in lower case, without brackets; empty for unix_socket
  std::uint16_t port = 0;  // 0 for unix_socket
  std::string path;        // of the socket (absolute), or of the HTTP request with its query; else empty

  friend bool operator==(const BrokerUrl&, const BrokerUrl&) = default;
};

constexpr bool uses_tls(Carrier carrier) {
  return carrier == Carrier::tls || carrier == Carrier::websocket_tls;
}
constexpr bool uses_websocket(Carrier carrier) {
  return carrier == Carrier::websocket || carrier == Carrier::websocket_tls;
}

// 1883 and 8883 are registered with IANA for MQTT; a WebSocket has those of HTTP.
std::uint16_t default_port(Carrier carrier);
inline constexpr std::string_view default_websocket_path = "/mqtt";
// sockaddr_un::sun_path on Linux, its final NUL left out.
inline constexpr std::size_t unix_path_limit = 107;

// The forms that parse_broker_url takes, for messages.
inline constexpr std::string_view broker_url_forms =
    "tcp://HOST[:PORT] (or mqtt://), ssl://HOST[:PORT] (or mqtts://), ws://HOST[:PORT][/PATH], "
    "wss://HOST[:PORT][/PATH] "
    "or unix:///PATH";

// Schemes in any case; IPv6 addresses stand in brackets. The error says what would be right; it does not repeat the
// URL, which may hold a password. Credentials inside the URL are refused, as URLs end up in logs.
std::expected<BrokerUrl, std::string> parse_broker_url(std::string_view text);

// As it stands in a URL: an IPv6 address in brackets.
std::string bracketed_host(const std::string& host);

// What parse_broker_url takes back to an equal value.
std::string to_string(const BrokerUrl& url);
// For logs: a query is left out, since it may be a credential (presigned URLs).
std::string without_query(const BrokerUrl& url);

}  // namespace lobbyd::mqtt
