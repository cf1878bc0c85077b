#include "protocol/mqtt/url_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace lobbyd::mqtt {
namespace {

struct Scheme {
  std::string_view name;
  Carrier carrier;
};

// The first of each carrier is the one that is written.
constexpr std::array<Scheme, 7> schemes = {{{"tcp", Carrier::tcp},
                                            {"mqtt", Carrier::tcp},
                                            {"ssl", Carrier::tls},
                                            {"mqtts", Carrier::tls},
                                            {"ws", Carrier::websocket},
                                            {"wss", Carrier::websocket_tls},
                                            {"unix", Carrier::unix_socket}}};

std::unexpected<std::string> refuse(std::string_view reason) {
  return std::unexpected(std::string(reason));
}

bool is_visible(char c) {
  return c > ' ' && c < 0x7f;
}

// fe80::/10. Other addresses have no zone (RFC 4007 §6), and libraries differ over what they make of one.
bool is_link_local(std::string_view address) {
  const std::string head = lower_case(address.substr(0, 4));
  return head == "fe80" || head == "fe90" || head == "fea0" || head == "feb0";
}

// Whether it is a correct address shows when it is used; a zone (RFC 4007 §11) may follow '%'.
bool is_ipv6_like(std::string_view text) {
  const auto end = text.find('%');
  const auto address = text.substr(0, end);
  const bool is_address = address.find(':') != std::string_view::npos &&
                          address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  if (!is_address || end == std::string_view::npos) return is_address;
  const auto zone = text.substr(end + 1);
  return is_link_local(address) && !zone.empty() && std::ranges::all_of(zone, is_host_character);
}

std::expected<UrlParts, std::string> split_bracketed(UrlParts parts, std::string_view authority) {
  const auto close = authority.find(']');
  if (close == std::string_view::npos) return refuse("a '[' without its ']' in the address");
  parts.host = authority.substr(1, close - 1);
  parts.bracketed = true;
  if (!is_ipv6_like(parts.host))
    return refuse("what stands in brackets must be an IPv6 address; only a link-local one (fe80::) has a zone");
  const auto rest = authority.substr(close + 1);
  if (rest.empty()) return parts;
  if (rest.front() != ':') return refuse("after ']' only :PORT may follow");
  parts.port = rest.substr(1);
  return parts;
}

std::expected<UrlParts, std::string> split_authority(UrlParts parts, std::string_view authority) {
  if (authority.starts_with('[')) return split_bracketed(parts, authority);
  const auto colon = authority.find(':');
  parts.host = authority.substr(0, colon);
  if (colon == std::string_view::npos) return parts;
  parts.port = authority.substr(colon + 1);
  if (parts.port->find(':') != std::string_view::npos) {
    return refuse("an IPv6 address must stand in brackets, as in tcp://[::1]:1883");
  }
  return parts;
}

std::expected<UrlParts, std::string> split_network(Carrier carrier, std::string_view text) {
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  if (text.substr(0, end).find('@') != std::string_view::npos) {
    return refuse("a user name and password belong into the username and password settings, not into the URL");
  }
  if (!std::ranges::all_of(text, is_visible)) {
    return refuse("it holds a space, a control character or one beyond ASCII: write those percent-encoded");
  }
  UrlParts parts;
  parts.carrier = carrier;
  parts.path = text.substr(end);
  return split_authority(parts, text.substr(0, end));
}

}  // namespace

std::expected<UrlParts, std::string> split_url(std::string_view text) {
  constexpr std::string_view separator = "://";
  const auto end = text.find(separator);
  const std::string name = end == std::string_view::npos ? std::string() : lower_case(text.substr(0, end));
  const auto scheme = std::ranges::find(schemes, name, &Scheme::name);
  if (scheme == schemes.end()) return refuse("it must be " + std::string(broker_url_forms));
  const auto rest = text.substr(end + separator.size());
  if (scheme->carrier != Carrier::unix_socket) return split_network(scheme->carrier, rest);
  UrlParts parts;
  parts.carrier = scheme->carrier;
  parts.path = rest;
  return parts;
}

std::string_view scheme_of(Carrier carrier) {
  return std::ranges::find(schemes, carrier, &Scheme::carrier)->name;
}

std::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
    return refuse("the port must be a number from 1 to 65535");
  }
  return value;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace lobbyd::mqtt
