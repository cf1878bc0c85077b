#include "service/apps/scores/score_record.hpp"

#include "protocol/api/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

namespace lobbyd::scores {
namespace {

// Adding zero makes 0 of -0, which would be written differently.
std::optional<double> in_range(double score) {
  return std::abs(score) <= max_score ? std::optional(score + 0.0) : std::nullopt;
}

std::optional<double> score_of(const api::JsonValue& value) {
  if (const auto* integer = value.get_if<std::int64_t>()) {
    return in_range(static_cast<double>(*integer));
  }
  if (const auto* real = value.get_if<double>()) {
    return in_range(*real);
  }
  return std::nullopt;
}

std::optional<std::int64_t> integer_of(const api::JsonValue& value, std::int64_t highest) {
  const auto* integer = value.get_if<std::int64_t>();
  return integer != nullptr && *integer >= 0 && *integer <= highest ? std::optional(*integer) : std::nullopt;
}

// Milliseconds, or these and the counter.
std::optional<HybridTime> time_of(const api::JsonValue& value) {
  std::int64_t counter = 0;
  const api::JsonValue* milliseconds = &value;
  if (value.is<api::JsonValue::Array>()) {
    const api::JsonElements elements = value.elements();
    if (elements.size() != 2) {
      return std::nullopt;
    }
    milliseconds = &*elements.begin();
    const auto second = integer_of(*std::next(elements.begin()), std::numeric_limits<std::uint16_t>::max());
    if (!second) {
      return std::nullopt;
    }
    counter = *second;
  }
  const auto ms = integer_of(*milliseconds, HybridTime::latest_ms);
  const auto time = ms ? HybridTime(*ms, static_cast<std::uint16_t>(counter)) : HybridTime{};
  return time ? std::optional(time) : std::nullopt;
}

// False: it is there, and is no time.
bool read_time(const api::JsonValue& object, std::string_view name, HybridTime& into) {
  const api::JsonValue* member = api::find_member(object, name);
  if (member == nullptr) {
    return true;
  }
  const auto time = time_of(*member);
  into = time.value_or(HybridTime{});
  return time.has_value();
}

std::string data_of(const api::JsonValue& value) {
  std::string data;
  if (!value.is<std::nullptr_t>()) {
    api::append_json(data, value);
  }
  return data;
}

void append_time(std::string& out, std::string_view name, HybridTime time) {
  if (!time) {
    return;
  }
  out += out.size() > 1 ? ",\"" : "\"";
  out += name;
  out += "\":";
  out += time.counter() == 0 ? std::to_string(time.ms())
                             : '[' + std::to_string(time.ms()) + ',' + std::to_string(time.counter()) + ']';
}

}  // namespace

std::optional<Record> read_record(api::JsonReader& reader, std::string_view payload) {
  if (payload.size() > max_record_bytes) {
    return std::nullopt;
  }
  const auto root = reader.read(payload);
  if (!root || !(*root)->is<api::JsonValue::Object>()) {
    return std::nullopt;
  }
  const api::JsonValue& object = **root;
  Record record;
  if (!read_time(object, "time", record.time) || !read_time(object, "removed", record.removed) ||
      !read_time(object, "since", record.since)) {
    return std::nullopt;
  }
  const api::JsonValue* score = api::find_member(object, "score");
  if (score == nullptr) {
    // A tombstone, and nothing else.
    return record.removed && !record.time && !record.since ? std::optional(record) : std::nullopt;
  }
  const auto value = score_of(*score);
  if (!value || !record.time || record.since > record.time || record.removed >= record.time) {
    return std::nullopt;
  }
  record.score = *value;
  if (const api::JsonValue* data = api::find_member(object, "data")) {
    record.data = data_of(*data);
  }
  return record.data.size() <= max_data_bytes ? std::optional(std::move(record)) : std::nullopt;
}

std::string write_record(const Record& record) {
  if (record == Record{}) {
    return {};
  }
  std::string out = "{";
  if (record.has_score()) {
    out += "\"score\":" + write_number(record.score);
    if (!record.data.empty()) {
      out += ",\"data\":" + record.data;
    }
    append_time(out, "time", record.time);
    append_time(out, "since", record.since);
  }
  append_time(out, "removed", record.removed);
  out += '}';
  return out;
}

std::optional<double> read_number(std::string_view payload) {
  constexpr std::string_view spaces = " \t\r\n";
  if (payload.size() > max_number_bytes) {
    return std::nullopt;
  }
  const std::size_t begin = std::min(payload.find_first_not_of(spaces), payload.size());
  const std::string_view text = payload.substr(begin, payload.find_last_not_of(spaces) + 1 - begin);
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  // Takes "inf" and "nan", too.
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? in_range(number) : std::nullopt;
}

std::string write_number(double score) {
  std::string out;
  api::JsonValue value;
  if (std::trunc(score) == score) {
    value.content = static_cast<std::int64_t>(score);
  } else {
    value.content = score;
  }
  api::append_json(out, value);
  return out;
}

}  // namespace lobbyd::scores
