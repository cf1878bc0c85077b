#pragma once

// JSON as this API uses it: members keep the order in which they were sent or added, since clients get their own
// JSON payloads back as text.

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::api {

using Json = nlohmann::ordered_json;

// The largest integer that survives in every client: beyond it a double has gaps (Godot and JavaScript have no other
// numbers).
inline constexpr std::int64_t max_safe_integer = 9007199254740992;  // 2^53

inline constexpr std::size_t max_json_depth = 64;

// Parses one JSON text, UTF-8, nested at most `max_json_depth` deep. Whole numbers come out as integers however they
// were written, up to 2^53: Godot writes 1 as 1.0. Members that appear twice are kept twice; `find_member` takes the
// last one. The error is a sentence in plain English.
std::expected<Json, std::string> parse_json(std::string_view text);

// The value of a member, or nullptr. Unlike Json::find it takes the last of several. `object` is an object.
const Json* find_member(const Json& object, std::string_view name);
Json* find_member(Json& object, std::string_view name);

// Compact JSON text. Never fails: what is not UTF-8 in a string becomes U+FFFD.
std::string write_json(const Json& value);

// Appends `text`, UTF-8, as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace lobbyd::api
