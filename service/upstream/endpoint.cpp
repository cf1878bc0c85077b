#include "service/upstream/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace lobbyd::upstream {
namespace {

constexpr std::string_view accepted_forms = "tcp://HOST:PORT, mqtt://HOST:PORT or unix:///PATH";

// RFC 1035 §2.3.4 allows a name 253 characters in text form.
constexpr std::size_t host_limit = 253;

bool is_printable(char c) {
  return c > ' ' && c != 0x7f;
}

// Whether it is a correct address shows when it is used; a zone (RFC 4007 §11) may follow '%'.
bool is_ipv6_like(std::string_view text) {
  const auto address = text.substr(0, text.find('%'));
  return address.find(':') != std::string_view::npos &&
         address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

std::unexpected<std::string> refuse(std::string_view reason) {
  return std::unexpected("broker URL: " + std::string(reason));
}

std::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0 || value > 65535) {
    return refuse("the port must be a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(value);
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

std::expected<Endpoint, std::string> parse_tcp(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('@') != std::string_view::npos) {
    return refuse("a user name and password belong into the username and password settings, not into the URL");
  }
  if (text.find_first_of("/?#") != std::string_view::npos) return refuse("nothing may follow HOST:PORT");
  const auto authority = split_authority(text);
  if (!authority) return std::unexpected(authority.error());
  if (authority->host.empty()) return refuse("the host is missing; give " + std::string(accepted_forms));
  if (authority->host.size() > host_limit) return refuse("the host is longer than 253 characters");
  Endpoint endpoint{Scheme::tcp, std::string(authority->host), default_port, {}};
  if (authority->port) {
    const auto port = parse_port(*authority->port);
    if (!port) return std::unexpected(port.error());
    endpoint.port = *port;
  }
  return endpoint;
}

std::expected<Endpoint, std::string> parse_unix(std::string_view path) {
  if (!path.starts_with('/')) return refuse("a Unix socket's path must be absolute, as in unix:///run/broker.sock");
  if (path.size() < 2) return refuse("the path of the Unix socket is missing, as in unix:///run/broker.sock");
  if (path.size() > unix_path_limit) return refuse("a Unix socket's path may be no longer than 107 bytes");
  if (path.find('\0') != std::string_view::npos) return refuse("a path cannot hold a NUL character");
  return Endpoint{Scheme::unix_socket, {}, 0, std::string(path)};
}

}  // namespace

std::expected<Endpoint, std::string> parse_endpoint(std::string_view url) {
  constexpr std::string_view separator = "://";
  const auto end = url.find(separator);
  if (end == std::string_view::npos) return refuse("it must be " + std::string(accepted_forms));
  std::string scheme(url.substr(0, end));
  std::ranges::transform(scheme, scheme.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto rest = url.substr(end + separator.size());
  if (scheme == "unix") return parse_unix(rest);
  if (scheme != "tcp" && scheme != "mqtt") return refuse("unknown scheme; it must be " + std::string(accepted_forms));
  if (!std::ranges::all_of(rest, is_printable)) return refuse("it holds a space or a control character");
  return parse_tcp(rest);
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.scheme == Scheme::unix_socket) return "unix://" + endpoint.path;
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  const auto host = is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host;
  return "tcp://" + host + ":" + std::to_string(endpoint.port);
}

}  // namespace lobbyd::upstream
