#include "protocol/mqtt/broker_url.hpp"

#include "protocol/mqtt/url_parts.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::mqtt {
namespace {

std::unexpected<std::string> refuse(std::string_view reason) {
  return std::unexpected(std::string(reason));
}

std::expected<void, std::string> check_host(const UrlParts& parts) {
  if (parts.host.empty()) return refuse("the host is missing: it must be " + std::string(broker_url_forms));
  if (parts.host.size() > host_limit) return refuse("the host is longer than 253 characters");
  if (!parts.bracketed && !std::ranges::all_of(parts.host, is_host_character)) {
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

std::expected<BrokerUrl, std::string> network_url(const UrlParts& parts) {
  if (auto valid = check_host(parts); !valid) return std::unexpected(std::move(valid.error()));
  auto path = parse_path(parts.carrier, parts.path);
  if (!path) return std::unexpected(std::move(path.error()));
  BrokerUrl url{parts.carrier, lower_case(parts.host), default_port(parts.carrier), std::move(*path)};
  if (parts.port) {
    const auto port = parse_port(*parts.port);
    if (!port) return std::unexpected(port.error());
    url.port = *port;
  }
  return url;
}

std::expected<BrokerUrl, std::string> unix_url(std::string_view path) {
  if (!path.starts_with('/') || path.size() < 2) {
    return refuse("a Unix socket's path must be absolute, as in unix:///run/broker.sock");
  }
  if (path.size() > unix_path_limit) return refuse("a Unix socket's path may be no longer than 107 bytes");
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
  if (std::ranges::any_of(path, is_control)) return refuse("the path holds a control character");
  return BrokerUrl{Carrier::unix_socket, {}, 0, std::string(path)};
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
  const auto parts = split_url(text);
  if (!parts) return std::unexpected(parts.error());
  return parts->carrier == Carrier::unix_socket ? unix_url(parts->path) : network_url(*parts);
}

std::string bracketed_host(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string to_string(const BrokerUrl& url) {
  std::string text(scheme_of(url.carrier));
  text += "://";
  if (url.carrier != Carrier::unix_socket) {
    text += bracketed_host(url.host);
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
