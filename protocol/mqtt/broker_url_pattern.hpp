#pragma once

// Which brokers may be asked for: a URL in which `*` stands for what may be anything.

#include "protocol/mqtt/broker_url.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {

// SCHEME://HOST[:PORT][/PATH], or `*` alone for every broker on a network. In HOST and PATH a `*` stands for any
// characters, as PORT for any port. What is left out is what it is in a URL: the scheme's port, the path /mqtt. A `*`
// in PATH stands for no dot segments, and one in HOST for no IPv6 address, unless HOST is `*` alone.
struct BrokerUrlPattern {
  std::optional<Carrier> carrier;     // none: any but a Unix socket
  std::string host;                   // in lower case, without brackets
  std::optional<std::uint16_t> port;  // none: any
  std::string path;                   // of WebSockets; else empty

  bool matches(const BrokerUrl& url) const;
  // Whether it was written for one host alone. Then its author knows where it leads; a host with a `*` may be made by
  // others to lead anywhere.
  bool names_host() const { return host.find('*') == std::string::npos; }

  // Whether names of anybody's match: those behind its last `*` do not end in two labels of the author's choice, as
  // "*.example.org" does.
  bool is_wide() const;

  friend bool operator==(const BrokerUrlPattern&, const BrokerUrlPattern&) = default;
};

// The error says what would be right.
std::expected<BrokerUrlPattern, std::string> parse_broker_url_pattern(std::string_view text);

// What parse_broker_url_pattern takes back to an equal value.
std::string to_string(const BrokerUrlPattern& pattern);

}  // namespace lobbyd::mqtt
