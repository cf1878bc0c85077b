#pragma once

// Writes a JSON object member by member: a record, or what a client is told.

#include "protocol/api/json.hpp"
#include "service/apps/hybrid_clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::apps {

class RecordWriter {
 public:
  // `name` is plain: it is written as it is.
  RecordWriter& text(std::string_view name, std::string_view value) {
    begin(name);
    api::append_json_string(json_, value);
    return *this;
  }
  RecordWriter& json(std::string_view name, std::string_view value) {
    begin(name);
    json_ += value;
    return *this;
  }
  RecordWriter& number(std::string_view name, std::int64_t value) { return json(name, std::to_string(value)); }
  RecordWriter& time(std::string_view name, HybridTime value) { return text(name, value.text()); }
  // False is left out.
  RecordWriter& flag(std::string_view name, bool value) { return value ? json(name, "true") : *this; }
  // Whole members, joined by commas.
  RecordWriter& members(std::string_view json) {
    json_ += json_.empty() ? '{' : ',';
    json_ += json;
    return *this;
  }

  // Of at least one member.
  std::string take() { return std::move(json_) + '}'; }

 private:
  void begin(std::string_view name) {
    json_ += json_.empty() ? "{\"" : ",\"";
    json_ += name;
    json_ += "\":";
  }

  std::string json_;
};

}  // namespace lobbyd::apps
