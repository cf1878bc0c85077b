#include "protocol/mqtt/broker_url_pattern.hpp"

#include "protocol/mqtt/url_parts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lobbyd::mqtt {
namespace {

constexpr std::string_view anything = "*";

std::unexpected<std::string> refuse(std::string_view reason) {
  return std::unexpected(std::string(reason));
}

// Each `*` takes as little as it can; when the rest does not fit, the last one takes a character more.
bool matches_text(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t next = 0;
  std::optional<std::pair<std::size_t, std::size_t>> retry;  // behind the last `*`, and what it leaves of the text
  while (next < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      retry = {++at, next};
    } else if (at < pattern.size() && pattern[at] == text[next]) {
      ++at;
      ++next;
    } else if (retry) {
      at = retry->first;
      next = ++retry->second;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

// An IPv6 address is no name that somebody's pattern could describe: it matches as a whole, or where every host does.
bool matches_host(std::string_view pattern, std::string_view host) {
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  return is_ipv6 ? host == pattern || (pattern == anything && host.find('%') == std::string_view::npos)
                 : matches_text(pattern, host);
}

// Servers resolve dot segments, and some decode the path before, even twice, or leave out what follows a ';' in a
// segment: then it leads elsewhere than it seems to.
bool is_plain_path(std::string_view path) {
  constexpr std::array<std::string_view, 10> tricks = {"/../", "/./", "/..;", "/.;", "\\",
                                                       "%2e",  "%2f", "%5c",  "%3b", "%25"};
  const std::string before_query = lower_case(path.substr(0, path.find('?'))) + "/";
  return std::ranges::none_of(tricks,
                              [&](std::string_view part) { return before_query.find(part) != std::string::npos; });
}

bool matches_path(std::string_view pattern, std::string_view path) {
  return path == pattern || (is_plain_path(path) && matches_text(pattern, path));
}

std::expected<std::string, std::string> parse_host(const UrlParts& parts) {
  if (parts.host.empty()) return refuse("the host is missing: a * stands for every host");
  if (parts.host.size() > host_limit) return refuse("the host is longer than 253 characters");
  const auto may_stand = [](char c) { return is_host_character(c) || c == '*'; };
  if (!parts.bracketed && !std::ranges::all_of(parts.host, may_stand)) {
    return refuse("the host must be a name or an address, in which * stands for any characters");
  }
  return lower_case(parts.host);
}

std::expected<std::string, std::string> parse_path(const UrlParts& parts) {
  if (!uses_websocket(parts.carrier)) {
    if (!parts.path.empty() && parts.path != "/") return refuse("nothing may follow HOST:PORT");
    return std::string();
  }
  if (parts.path.size() > request_path_limit) return refuse("the path is longer than 8000 characters");
  if (!parts.path.empty() && !parts.path.starts_with('/')) return refuse("the path must begin with /");
  return std::string(parts.path.empty() ? default_websocket_path : parts.path);
}

}  // namespace

bool BrokerUrlPattern::is_wide() const {
  const auto star = host.rfind('*');
  if (star == std::string::npos) return false;
  std::size_t labels = 0;
  std::string_view rest = std::string_view(host).substr(star + 1);
  for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    rest.remove_prefix(dot + 1);
    labels += rest.empty() || rest.front() == '.' ? 0 : 1;
  }
  return labels < 2;
}

bool BrokerUrlPattern::matches(const BrokerUrl& url) const {
  if (url.carrier == Carrier::unix_socket) return false;
  return (!carrier || *carrier == url.carrier) && (!port || *port == url.port) && matches_host(host, url.host) &&
         (!uses_websocket(url.carrier) || matches_path(path, url.path));
}

std::expected<BrokerUrlPattern, std::string> parse_broker_url_pattern(std::string_view text) {
  if (text == anything) {
    return BrokerUrlPattern{std::nullopt, std::string(anything), std::nullopt, std::string(anything)};
  }
  const auto parts = split_url(text);
  if (!parts) return std::unexpected(parts.error());
  if (parts->carrier == Carrier::unix_socket) return refuse("clients cannot ask for a Unix socket");
  auto host = parse_host(*parts);
  if (!host) return std::unexpected(std::move(host.error()));
  auto path = parse_path(*parts);
  if (!path) return std::unexpected(std::move(path.error()));
  BrokerUrlPattern pattern{parts->carrier, std::move(*host), default_port(parts->carrier), std::move(*path)};
  if (parts->port == anything) {
    pattern.port.reset();
  } else if (parts->port) {
    const auto port = parse_port(*parts->port);
    if (!port) return refuse(port.error() + ", or *");
    pattern.port = *port;
  }
  return pattern;
}

std::string to_string(const BrokerUrlPattern& pattern) {
  if (!pattern.carrier) return std::string(anything);
  return std::string(scheme_of(*pattern.carrier)) + "://" + bracketed_host(pattern.host) + ":" +
         (pattern.port ? std::to_string(*pattern.port) : std::string(anything)) + pattern.path;
}

}  // namespace lobbyd::mqtt
