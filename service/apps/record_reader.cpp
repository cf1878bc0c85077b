#include "service/apps/record_reader.hpp"

#include "protocol/api/params.hpp"

#include <type_traits>

namespace lobbyd::apps {
RecordReader::RecordReader(api::JsonReader& reader, std::string_view payload, std::size_t max_bytes) {
  if (payload.size() > max_bytes) {
    return;
  }
  const auto value = reader.read(payload);
  if (value && (*value)->is<api::JsonValue::Object>()) {
    object_ = *value;
    right_ = true;
  }
}

const api::JsonValue* RecordReader::find(std::string_view name) const {
  return object_ == nullptr ? nullptr : api::find_member(*object_, name);
}

bool RecordReader::has(std::string_view name) const {
  return find(name) != nullptr;
}

template <class Type>
const Type* RecordReader::require(std::string_view name) {
  const api::JsonValue* value = find(name);
  const Type* content = value == nullptr ? nullptr : value->get_if<Type>();
  right_ = right_ && content != nullptr;
  return content;
}

std::string RecordReader::text(std::string_view name, std::size_t max_bytes) {
  const auto* text = require<std::string_view>(name);
  if (text == nullptr || text->size() > max_bytes) {
    fail();
    return {};
  }
  return std::string(*text);
}

std::string RecordReader::checked(std::string_view name, bool (*valid)(std::string_view)) {
  const auto* text = require<std::string_view>(name);
  if (text == nullptr || !valid(*text)) {
    fail();
    return {};
  }
  return std::string(*text);
}

std::string RecordReader::client_id(std::string_view name) {
  return checked(name, api::is_valid_name);
}

// The characters of a client id: in open mode they are the same.
std::string RecordReader::player(std::string_view name) {
  return checked(name, api::is_valid_name);
}

std::string RecordReader::instance(std::string_view name) {
  return checked(name, api::is_instance_name);
}

HybridTime RecordReader::time(std::string_view name) {
  const auto* text = require<std::string_view>(name);
  const auto time = text == nullptr ? std::nullopt : HybridTime::from_text(*text);
  right_ = right_ && time && *time;
  return time.value_or(HybridTime());
}

std::int64_t RecordReader::number(std::string_view name, std::int64_t lowest, std::int64_t highest) {
  const auto* number = require<std::int64_t>(name);
  if (number == nullptr || *number < lowest || *number > highest) {
    fail();
    return 0;
  }
  return *number;
}

bool RecordReader::flag(std::string_view name) {
  if (!has(name)) {
    return false;
  }
  const bool* flag = require<bool>(name);
  right_ = right_ && flag != nullptr && *flag;
  return right_;
}

std::string RecordReader::json(std::string_view name, std::size_t max_bytes) {
  const api::JsonValue* value = find(name);
  if (value == nullptr) {
    return "null";
  }
  std::string text;
  api::append_json(text, *value);
  if (text.size() > max_bytes) {
    fail();
    return "null";
  }
  return text;
}

}  // namespace lobbyd::apps
