#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::config {

/// A local address to listen on. `host` is always a numeric IPv4 or IPv6 address, without brackets ("localhost" was
/// turned into 127.0.0.1), so that it needs no resolver. Port 0 lets the system take a free one.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const Endpoint&) const = default;
};

/// Reads "127.0.0.1:8787", "[::1]:8787" or "localhost:8787". The error says what would be right.
std::expected<Endpoint, std::string> parse_endpoint(std::string_view text);

/// The form that parse_endpoint reads, with brackets around IPv6.
std::string to_string(const Endpoint& endpoint);

/// 127.0.0.0/8 and ::1: reachable from this machine only.
bool is_loopback(const Endpoint& endpoint);

}  // namespace lobbyd::config
