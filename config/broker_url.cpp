#include "config/broker_url.hpp"

#include "config/text.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <optional>

namespace lobbyd::config {

namespace {

constexpr std::uint16_t default_port = 1883;      // assigned to MQTT by IANA
constexpr std::size_t longest_socket_path = 107;  // sockaddr_un::sun_path, less its final NUL
constexpr std::string_view wanted = "must be tcp://HOST[:PORT], mqtt://HOST[:PORT], unix:///PATH or embedded:";

std::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  return std::unexpected(std::string(wanted) + ", not " + shown_text(text) + std::string(why));
}

bool is_host_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '.' || character == '-' || character == '_';
}

bool is_ipv6(std::string_view host) {
  in6_addr binary{};
  return inet_pton(AF_INET6, std::string(host).c_str(), &binary) == 1;
}

/// Splits "HOST[:PORT]" or "[IPV6][:PORT]"; the port comes with its colon, or is empty.
std::optional<std::pair<std::string_view, std::string_view>> split_authority(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    return std::pair(authority.substr(1, end - 1), authority.substr(end + 1));
  }
  const std::size_t end = std::min(authority.find(':'), authority.size());
  return std::pair(authority.substr(0, end), authority.substr(end));
}

std::expected<BrokerUrl, std::string> parse_tcp(std::string_view text, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    // The text is not repeated here: it holds the password.
    return std::unexpected(
        std::string("must not hold credentials, which would end up in logs: "
                    "use broker.username and broker.password (or broker.password_file)"));
  }
  if (authority.ends_with('/')) {
    authority.remove_suffix(1);
  }
  const auto parts = split_authority(authority);
  if (!parts) {
    return wrong(text, ": the bracket is not closed");
  }
  const auto& [host, port] = *parts;
  const bool right = authority.starts_with('[') ? is_ipv6(host) : std::ranges::all_of(host, is_host_character);
  if (host.empty() || !right) {
    return wrong(text, ": the host must be a name, an IPv4 address, or an IPv6 address in brackets");
  }
  BrokerUrl url{.transport = BrokerTransport::tcp, .host = std::string(host), .port = default_port, .socket_path = {}};
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), url.port);
    if (port.front() != ':' || error != std::errc() || end != port.data() + port.size() || url.port == 0) {
      return wrong(text, ": the port must be from 1 to 65535");
    }
  }
  return url;
}

std::expected<BrokerUrl, std::string> parse_unix(std::string_view text, std::string_view path) {
  if (!path.starts_with('/') || path.size() < 2 || has_control_characters(path)) {
    return wrong(text, ": the socket's path must be absolute");
  }
  if (path.size() > longest_socket_path) {
    return wrong(text, ": the system takes socket paths of at most 107 bytes");
  }
  return BrokerUrl{.transport = BrokerTransport::unix_socket, .host = {}, .port = 0, .socket_path = path};
}

}  // namespace

std::expected<BrokerUrl, std::string> parse_broker_url(std::string_view text) {
  constexpr std::string_view unix_scheme = "unix://";
  if (text == "embedded:") {
    return BrokerUrl{};
  }
  for (const std::string_view scheme : {"tcp://", "mqtt://"}) {
    if (text.starts_with(scheme)) {
      return parse_tcp(text, text.substr(scheme.size()));
    }
  }
  if (text.starts_with(unix_scheme)) {
    return parse_unix(text, text.substr(unix_scheme.size()));
  }
  // Of a text that may hold credentials, nothing is shown.
  return text.find('@') == std::string_view::npos ? wrong(text, "") : std::unexpected(std::string(wanted));
}

std::string to_string(const BrokerUrl& url) {
  switch (url.transport) {
    case BrokerTransport::embedded:
      return "embedded:";
    case BrokerTransport::unix_socket:
      return "unix://" + url.socket_path.string();
    case BrokerTransport::tcp:
      break;
  }
  const bool ipv6 = url.host.find(':') != std::string::npos;
  return "tcp://" + (ipv6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

}  // namespace lobbyd::config
