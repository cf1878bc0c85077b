#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::upstream {

enum class Scheme { tcp, unix_socket };

// Where a broker listens.
struct Endpoint {
  Scheme scheme = Scheme::tcp;
  std::string host;        // a name or an address, without brackets; empty for unix_socket
  std::uint16_t port = 0;  // 0 for unix_socket
  std::string path;        // absolute; empty for tcp

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// Plain MQTT over TCP, as registered with IANA.
inline constexpr std::uint16_t default_port = 1883;

// The longest path that fits sockaddr_un::sun_path, its final NUL left out.
inline constexpr std::size_t unix_path_limit = 107;

// Takes tcp://HOST[:PORT], mqtt://HOST[:PORT] (the same) and unix:///PATH; IPv6 addresses stand in brackets. A single
// slash after HOST[:PORT] is allowed; user names, queries and other paths are not. The error is a sentence that says
// what would be right; it does not repeat the URL, which may hold a password.
std::expected<Endpoint, std::string> parse_endpoint(std::string_view url);

// The URL that parse_endpoint takes back to an equal Endpoint.
std::string to_string(const Endpoint& endpoint);

}  // namespace lobbyd::upstream
