#pragma once

// JSON objects that somebody else may have written, and their members: one that has another type is as good as absent.

#include "protocol/api/json.hpp"
#include "protocol/api/json_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::hub {

// Null where the text is larger, or no object. Valid until the thread parses the next one.
inline const api::JsonValue* parse_object(std::string_view text, std::size_t max_bytes) {
  thread_local api::JsonReader reader;
  if (text.size() > max_bytes) {
    return nullptr;
  }
  const auto json = reader.read(text);
  return json && (*json)->is<api::JsonValue::Object>() ? *json : nullptr;
}

template <typename Type>
const Type* member_of(const api::JsonValue& object, std::string_view name) {
  const api::JsonValue* const member = api::find_member(object, name);
  return member == nullptr ? nullptr : member->get_if<Type>();
}

inline std::optional<std::string> text_member(const api::JsonValue& object, std::string_view name) {
  const auto* const text = member_of<std::string_view>(object, name);
  return text == nullptr ? std::nullopt : std::optional(std::string(*text));
}

inline std::optional<bool> flag_member(const api::JsonValue& object, std::string_view name) {
  const auto* const flag = member_of<bool>(object, name);
  return flag == nullptr ? std::nullopt : std::optional(*flag);
}

// A whole number from 0.
inline std::optional<std::uint64_t> number_member(const api::JsonValue& object, std::string_view name,
                                                  std::int64_t highest = api::max_safe_integer) {
  const auto* const number = member_of<std::int64_t>(object, name);
  return number == nullptr || *number < 0 || *number > highest ? std::nullopt
                                                               : std::optional(static_cast<std::uint64_t>(*number));
}

}  // namespace lobbyd::hub
