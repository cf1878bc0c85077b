#pragma once

// Reads the members of a JSON object into typed values, one line for each field:
//
//   FieldReader fields(params);
//   PublishParams publish;
//   publish.topic = fields.required_string("topic");
//   publish.retain = fields.boolean("retain", false);
//   return fields.finish(std::move(publish));
//
// The first fault is kept and the rest is read on with default values, so that at the end every known field has been
// named: `finish` reports an unknown field first, since a misspelt name is the cause where the right one is missing.
// A null counts as absent.

#include "protocol/api/error.hpp"
#include "protocol/api/json_value.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::api {

// MQTT carries strings and binary data with a length of two bytes (MQTT5 §1.5.4, §1.5.6).
inline constexpr std::size_t max_mqtt_string_bytes = 65535;

class FieldReader {
 public:
  struct Range {
    std::int64_t lowest;
    std::int64_t highest;
  };
  template <typename Enum>
  using Words = std::initializer_list<std::pair<std::string_view, Enum>>;

  // `object` is an object and outlives the reader. `inside` is the name of the field that it is the value of, if any.
  explicit FieldReader(const JsonValue& object, std::string_view inside = {}) : object_(object), inside_(inside) {
    known_.reserve(most_fields);
  }

  // Any value; nullptr where the field is absent.
  const JsonValue* any(std::string_view name);

  std::string required_string(std::string_view name);
  std::optional<std::string> string(std::string_view name, std::size_t max_bytes = std::string::npos);

  // A string as MQTT has them: at most 65,535 bytes and no U+0000.
  std::optional<std::string> mqtt_string(std::string_view name);

  // Arbitrary bytes: the field itself is a string and stands for its UTF-8 bytes, its twin `NAME_base64` for any.
  std::optional<std::string> mqtt_bytes(std::string_view name, std::string_view base64_name);

  // One string as the field `one`, or at least one as the array `several`; exactly one of the two is required.
  std::vector<std::string> one_or_several(std::string_view one, std::string_view several);

  // An array of pairs of MQTT strings.
  std::vector<std::pair<std::string, std::string>> pairs(std::string_view name);

  std::optional<std::int64_t> integer(std::string_view name, Range range);
  std::int64_t required_integer(std::string_view name, Range range);
  bool boolean(std::string_view name, bool otherwise);

  const JsonValue* object(std::string_view name);

  template <typename Enum>
  Enum one_of(std::string_view name, Words<Enum> words, Enum otherwise) {
    const JsonValue* value = any(name);
    if (value == nullptr) {
      return otherwise;
    }
    const auto* text = value->get_if<std::string_view>();
    std::vector<std::string_view> known;
    for (const auto& [word, meaning] : words) {
      if (text != nullptr && *text == word) {
        return meaning;
      }
      known.push_back(word);
    }
    mistyped(name, one_of_words(known), *value);
    return otherwise;
  }

  // Keeps the error unless there is one already.
  void fail(Error error);
  void fail_field(std::string_view name, std::string_view rest_of_message);

  template <typename Value>
  std::expected<Value, Error> finish(Value value) {
    if (auto error = take_error()) {
      return std::unexpected(*std::move(error));
    }
    return value;
  }

  // Where a nested object's reader hands its error to the outer one.
  std::optional<Error> take_error();

 private:
  // Of most objects.
  static constexpr std::size_t most_fields = 16;

  std::string full_name(std::string_view name) const;
  void mistyped(std::string_view name, std::string_view wanted, const JsonValue& got);
  bool is_mqtt_string(std::string_view name, std::string_view value);
  static std::string one_of_words(const std::vector<std::string_view>& words);

  const JsonValue& object_;
  std::string inside_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

}  // namespace lobbyd::api
