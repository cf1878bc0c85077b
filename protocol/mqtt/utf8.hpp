#pragma once

// UTF-8, as Unicode has it and as MQTT narrows it.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

namespace lobbyd::mqtt {

// The longest string or binary field, in bytes (MQTT5 §1.5.4).
inline constexpr std::size_t maximum_string_size = 65'535;

// Well-formed UTF-8 in the sense of Unicode (no overlong forms, no surrogates, nothing above U+10FFFF). U+0000 is
// well formed: this is the rule for payloads and JSON. The empty text is valid.
bool is_valid_utf8(std::string_view text);

enum class StringError : std::uint8_t { too_long, not_utf8, contains_nul };

// The rule for each UTF-8 encoded string of MQTT (MQTT5 §1.5.4).
std::expected<void, StringError> check_string(std::string_view text);

}  // namespace lobbyd::mqtt
