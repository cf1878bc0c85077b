#include "protocol/api/field_reader.hpp"

#include "protocol/api/base64.hpp"

#include <algorithm>
#include <iterator>

namespace lobbyd::api {
namespace {

std::string describe_value(const JsonValue& value) {
  if (value.is<JsonValue::Object>()) {
    return "an object";
  }
  if (value.is<JsonValue::Array>()) {
    return "an array";
  }
  if (const auto* text = value.get_if<std::string_view>()) {
    return quoted_excerpt(*text);
  }
  std::string json;
  append_json(json, value);
  return json;
}

std::string describe_range(FieldReader::Range range) {
  if (range.lowest == 0 && range.highest == 2) {
    return "0, 1 or 2";
  }
  return "an integer from " + std::to_string(range.lowest) + " to " + std::to_string(range.highest);
}

std::optional<std::int64_t> read_integer(const JsonValue& value, FieldReader::Range range) {
  const auto* number = value.get_if<std::int64_t>();
  return number != nullptr && *number >= range.lowest && *number <= range.highest ? std::optional(*number)
                                                                                  : std::nullopt;
}

bool is_string(const JsonValue& value) {
  return value.is<std::string_view>();
}

// Of an element that is one.
std::string string_of(const JsonValue& value) {
  return std::string(std::get<std::string_view>(value.content));
}

}  // namespace

const JsonValue* FieldReader::any(std::string_view name) {
  known_.push_back(name);
  const JsonValue* value = find_member(object_, name);
  return value == nullptr || value->is<std::nullptr_t>() ? nullptr : value;
}

std::string FieldReader::required_string(std::string_view name) {
  if (auto value = string(name)) {
    return *std::move(value);
  }
  fail_field(name, "is missing: it must be a string");
  return {};
}

std::optional<std::string> FieldReader::string(std::string_view name, std::size_t max_bytes) {
  const JsonValue* value = any(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  const auto* text = value->get_if<std::string_view>();
  if (text == nullptr) {
    mistyped(name, "a string", *value);
    return std::nullopt;
  }
  if (text->size() > max_bytes) {
    fail_field(name, "must have at most " + std::to_string(max_bytes) + " bytes, not " + std::to_string(text->size()));
    return std::nullopt;
  }
  return std::string(*text);
}

std::optional<std::string> FieldReader::mqtt_string(std::string_view name) {
  auto value = string(name, max_mqtt_string_bytes);
  return value && is_mqtt_string(name, *value) ? std::move(value) : std::nullopt;
}

std::optional<std::string> FieldReader::mqtt_bytes(std::string_view name, std::string_view base64_name) {
  auto text = string(name, max_mqtt_string_bytes);
  const auto base64 = string(base64_name);
  if (!base64) {
    return text;
  }
  if (text) {
    fail_field(name, "and \"" + full_name(base64_name) + "\" exclude each other: send one of them");
    return std::nullopt;
  }
  auto bytes = decode_base64(*base64);
  if (!bytes) {
    fail_field(base64_name, "must be base64 with the standard alphabet");
  } else if (bytes->size() > max_mqtt_string_bytes) {
    fail_field(base64_name, "must stand for at most " + std::to_string(max_mqtt_string_bytes) + " bytes, not " +
                                std::to_string(bytes->size()));
  }
  return bytes;
}

std::vector<std::string> FieldReader::one_or_several(std::string_view one, std::string_view several) {
  auto single = string(one);
  const JsonValue* array = any(several);
  if (array == nullptr) {
    if (!single) {
      fail_field(one, "or \"" + full_name(several) + "\" is missing: send a string or an array of strings");
      return {};
    }
    return {*std::move(single)};
  }
  if (single) {
    fail_field(one, "and \"" + full_name(several) + "\" exclude each other: send one of them");
    return {};
  }
  if (!array->is<JsonValue::Array>() || array->elements().empty() ||
      !std::ranges::all_of(array->elements(), is_string)) {
    fail_field(several, "must be an array of at least one string, and of strings only");
    return {};
  }
  std::vector<std::string> strings;
  std::ranges::transform(array->elements(), std::back_inserter(strings), string_of);
  return strings;
}

std::vector<std::pair<std::string, std::string>> FieldReader::pairs(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> result;
  const JsonValue* array = any(name);
  if (array == nullptr) {
    return result;
  }
  const auto is_pair = [](const JsonValue& element) {
    return element.is<JsonValue::Array>() && element.elements().size() == 2 &&
           std::ranges::all_of(element.elements(), is_string);
  };
  if (!array->is<JsonValue::Array>() || !std::ranges::all_of(array->elements(), is_pair)) {
    fail_field(name, R"(must be an array of pairs of strings, such as [["key","value"]])");
    return result;
  }
  for (const JsonValue& element : array->elements()) {
    const auto first = element.elements().begin();
    result.emplace_back(string_of(*first), string_of(*std::next(first)));
    if (!is_mqtt_string(name, result.back().first) || !is_mqtt_string(name, result.back().second)) {
      break;
    }
  }
  return result;
}

std::optional<std::int64_t> FieldReader::integer(std::string_view name, Range range) {
  const JsonValue* value = any(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  const auto number = read_integer(*value, range);
  if (!number) {
    mistyped(name, describe_range(range), *value);
  }
  return number;
}

std::int64_t FieldReader::required_integer(std::string_view name, Range range) {
  const auto number = integer(name, range);
  if (!number) {
    fail_field(name, "is missing: it must be " + describe_range(range));
  }
  return number.value_or(range.lowest);
}

bool FieldReader::boolean(std::string_view name, bool otherwise) {
  const JsonValue* value = any(name);
  if (value == nullptr) {
    return otherwise;
  }
  const auto* boolean = value->get_if<bool>();
  if (boolean == nullptr) {
    mistyped(name, "true or false", *value);
    return otherwise;
  }
  return *boolean;
}

const JsonValue* FieldReader::object(std::string_view name) {
  const JsonValue* value = any(name);
  if (value != nullptr && !value->is<JsonValue::Object>()) {
    mistyped(name, "an object", *value);
    return nullptr;
  }
  return value;
}

void FieldReader::fail(Error error) {
  if (!error_) {
    error_ = std::move(error);
  }
}

void FieldReader::fail_field(std::string_view name, std::string_view rest_of_message) {
  const std::string full = full_name(name);
  fail(invalid_field(full, '"' + full + "\" " + std::string(rest_of_message)));
}

std::optional<Error> FieldReader::take_error() {
  for (const JsonValue& member : object_.elements()) {
    if (std::ranges::find(known_, member.name) == known_.end()) {
      const std::string full = full_name(excerpt(member.name));
      return invalid_field(full, "unknown field \"" + full + "\"");
    }
  }
  return std::exchange(error_, std::nullopt);
}

std::string FieldReader::full_name(std::string_view name) const {
  return inside_.empty() ? std::string(name) : inside_ + '.' + std::string(name);
}

void FieldReader::mistyped(std::string_view name, std::string_view wanted, const JsonValue& got) {
  fail_field(name, "must be " + std::string(wanted) + ", not " + describe_value(got));
}

bool FieldReader::is_mqtt_string(std::string_view name, std::string_view value) {
  if (value.size() > max_mqtt_string_bytes) {
    fail_field(name, "must hold strings of at most " + std::to_string(max_mqtt_string_bytes) + " bytes");
    return false;
  }
  if (value.contains('\0')) {
    fail_field(name, "must not hold U+0000");
    return false;
  }
  return true;
}

std::string FieldReader::one_of_words(const std::vector<std::string_view>& words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    list += i == 0 ? "" : i + 1 < words.size() ? ", " : " or ";
    list += '"' + std::string(words[i]) + '"';
  }
  return list;
}

}  // namespace lobbyd::api
