#include "config/endpoint.hpp"

#include "config/value.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace lobbyd::config {

namespace {

constexpr std::string_view wanted = "must be ADDRESS:PORT, such as 127.0.0.1:8787 or [::1]:8787";

std::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  return std::unexpected(std::string(wanted) + ", not " + shown_text(text) + std::string(why));
}

bool is_address(int family, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  return inet_pton(family, host.c_str(), binary.data()) == 1;
}

}  // namespace

std::expected<Endpoint, std::string> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return wrong(text, ": the port is missing");
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  if (host.empty()) {
    return wrong(text, ": name the address, 0.0.0.0 or [::] for every interface, 127.0.0.1 for this machine alone");
  }
  Endpoint endpoint;
  if (host.starts_with('[') && host.ends_with(']')) {
    endpoint.host = host.substr(1, host.size() - 2);
    if (!is_address(AF_INET6, endpoint.host)) {
      return wrong(text, ": what stands in brackets is not an IPv6 address");
    }
  } else if (host == "localhost") {
    endpoint.host = "127.0.0.1";
  } else {
    endpoint.host = host;
    if (!is_address(AF_INET, endpoint.host)) {
      const bool bare_ipv6 = host.find(':') != std::string_view::npos || host.starts_with('[');
      return wrong(text, bare_ipv6 ? ": an IPv6 address stands in brackets, and the port after them"
                                   : ": the address must be numeric, or localhost");
    }
  }
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), endpoint.port);
  if (error != std::errc() || end != port_text.data() + port_text.size()) {
    return wrong(text, ": the port must be from 0 to 65535");
  }
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

bool is_loopback(const Endpoint& endpoint) {
  in6_addr ipv6{};
  if (inet_pton(AF_INET6, endpoint.host.c_str(), &ipv6) == 1) {
    return IN6_IS_ADDR_LOOPBACK(&ipv6);
  }
  return endpoint.host.starts_with("127.");
}

}  // namespace lobbyd::config
