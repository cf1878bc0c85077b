#pragma once

// What brokers' URLs and patterns of them are made of, taken apart without a judgement of the parts.

#include "protocol/mqtt/broker_url.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {

struct UrlParts {
  Carrier carrier = Carrier::tcp;
  std::string_view host;  // without the brackets of an IPv6 address
  bool bracketed = false;
  std::optional<std::string_view> port;
  std::string_view path;  // with its query; of a Unix socket all that follows the scheme
};

// Schemes in any case. The error says what would be right, and repeats nothing.
std::expected<UrlParts, std::string> split_url(std::string_view text);

// The name that is written for it.
std::string_view scheme_of(Carrier carrier);

// 1 to 65535.
std::expected<std::uint16_t, std::string> parse_port(std::string_view text);

// Host names and addresses are the same in any case (RFC 4343).
std::string lower_case(std::string_view text);

// A host, where `*` is allowed in patterns.
bool is_host_character(char c);

// RFC 1035 §2.3.4 allows a name 253 characters in text form.
inline constexpr std::size_t host_limit = 253;
// The longest that common web servers take.
inline constexpr std::size_t request_path_limit = 8'000;

}  // namespace lobbyd::mqtt
