#pragma once

// JSON as this API writes it: members keep the order in which they were added.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace lobbyd::api {

using Json = nlohmann::ordered_json;

// The largest integer that survives in every client: beyond it a double has gaps (Godot and JavaScript have no other
// numbers).
inline constexpr std::int64_t max_safe_integer = 9007199254740992;  // 2^53

// Compact JSON text. Never fails: what is not UTF-8 in a string becomes U+FFFD.
std::string write_json(const Json& value);

// Appends `text`, UTF-8, as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace lobbyd::api
