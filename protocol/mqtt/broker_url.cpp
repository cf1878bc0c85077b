#include "protocol/mqtt/broker_url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

namespace lobbyd::mqtt {
namespace {

// RFC 1035 §2.3.4 allows a name 253 characters in text form.
constexpr std::size_t host_limit = 253;
// The longest that common web servers take.
constexpr std::size_t request_path_limit = 8'000;

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

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

// Whether it is a correct address shows when it is used; a zone (RFC 4007 §11) may follow '%'.
bool is_ipv6_like(std::string_view text) {
  const auto address = text.substr(0, text.find('%'));
  return address.find(':') != std::string_view::npos &&
         address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

std::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
    return refuse("the port must be a number from 1 to 65535");
  }
  return value;
}

struct Authority {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::expected<Authority, std::string> split_bracketed(std::string_view text) {
  const auto close = text.find(']');
  if (close == std::string_view::npos) return refuse("a '[' without its ']' in the address");
  const auto host = text.substr(1, close - 1);
  if (!is_ipv6_like(host)) return refuse("what stands in brackets must be an IPv6 address");
  const auto rest = text.substr(close + 1);
  if (rest.empty()) return Authority{host, std::nullopt};
  if (rest.front() != ':') return refuse("after ']' only :PORT may follow");
  return Authority{host, rest.substr(1)};
}

std::expected<Authority, std::string> split_authority(std::string_view text) {
  if (text.starts_with('[')) return split_bracketed(text);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return Authority{text, std::nullopt};
  if (text.find(':', colon + 1) != std::string_view::npos) {
    return refuse("an IPv6 address must stand in brackets, as in tcp://[::1]:1883");
  }
  return Authority{text.substr(0, colon), text.substr(colon + 1)};
}

std::expected<void, std::string> check_host(std::string_view host, bool bracketed) {
  if (host.empty()) return refuse("the host is missing: it must be " + std::string(broker_url_forms));
  if (host.size() > host_limit) return refuse("the host is longer than 253 characters");
  if (!bracketed && !std::ranges::all_of(host, is_host_character)) {
    return refuse("the host must be a name, an IPv4 address, or an IPv6 address in brackets");
  }
  return {};
}

std::expected<std::string, std::string> parse_path(Carrier carrier, std::string_view path) {
  if (!uses_websocket(carrier)) {
    if (!path.empty() && path != "/") return refuse("nothing may follow HOST:PORT");
    return std::string();
  }
  if (path.find('#') != std::string_view::npos) return refuse("a broker's URL has no fragment (#)");
  if (path.size() > request_path_limit) return refuse("the path is longer than 8000 characters");
  if (path.empty()) return std::string(default_websocket_path);
  return path.starts_with('/') ? std::string(path) : std::string(default_websocket_path) + std::string(path);
}

std::expected<BrokerUrl, std::string> parse_network(Carrier carrier, std::string_view text) {
  if (text.substr(0, text.find_first_of("/?#")).find('@') != std::string_view::npos) {
    return refuse("a user name and password belong into the username and password settings, not into the URL");
  }
  if (!std::ranges::all_of(text, is_visible)) {
    return refuse("it holds a space, a control character or one beyond ASCII: write those percent-encoded");
  }
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  const auto authority = split_authority(text.substr(0, end));
  if (!authority) return std::unexpected(authority.error());
  if (auto valid = check_host(authority->host, text.starts_with('[')); !valid) {
    return std::unexpected(std::move(valid.error()));
  }
  auto path = parse_path(carrier, text.substr(end));
  if (!path) return std::unexpected(std::move(path.error()));
  BrokerUrl url{carrier, std::string(authority->host), default_port(carrier), std::move(*path)};
  if (authority->port) {
    const auto port = parse_port(*authority->port);
    if (!port) return std::unexpected(port.error());
    url.port = *port;
  }
  return url;
}

std::expected<BrokerUrl, std::string> parse_unix(std::string_view path) {
  if (!path.starts_with('/') || path.size() < 2) {
    return refuse("a Unix socket's path must be absolute, as in unix:///run/broker.sock");
  }
  if (path.size() > unix_path_limit) return refuse("a Unix socket's path may be no longer than 107 bytes");
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
  if (std::ranges::any_of(path, is_control)) return refuse("the path holds a control character");
  return BrokerUrl{Carrier::unix_socket, {}, 0, std::string(path)};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace

std::uint16_t default_port(Carrier carrier) {
  switch (carrier) {
    case Carrier::tcp:
      return 1883;
    case Carrier::tls:
      return 8883;
    case Carrier::websocket:
      return 80;
    case Carrier::websocket_tls:
      return 443;
    case Carrier::unix_socket:
      break;
  }
  return 0;
}

std::expected<BrokerUrl, std::string> parse_broker_url(std::string_view text) {
  constexpr std::string_view separator = "://";
  const auto end = text.find(separator);
  const std::string name = end == std::string_view::npos ? std::string() : lower_case(text.substr(0, end));
  const auto scheme = std::ranges::find(schemes, name, &Scheme::name);
  if (scheme == schemes.end()) return refuse("it must be " + std::string(broker_url_forms));
  const auto rest = text.substr(end + separator.size());
  return scheme->carrier == Carrier::unix_socket ? parse_unix(rest) : parse_network(scheme->carrier, rest);
}

std::string to_string(const BrokerUrl& url) {
  std::string text(std::ranges::find(schemes, url.carrier, &Scheme::carrier)->name);
  text += "://";
  if (url.carrier != Carrier::unix_socket) {
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    text += is_ipv6 ? "[" + url.host + "]" : url.host;
    text += ":" + std::to_string(url.port);
  }
  return text + url.path;
}

std::string without_query(const BrokerUrl& url) {
  BrokerUrl shown = url;
  if (uses_websocket(url.carrier)) {
    shown.path.resize(std::min(shown.path.find('?'), shown.path.size()));
  }
  return to_string(shown);
}

}  // namespace lobbyd::mqtt
