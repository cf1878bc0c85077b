#pragma once

// Reads the JSON of requests, with simdjson.

#include "protocol/api/json_value.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace lobbyd::api {

inline constexpr std::size_t max_json_depth = 64;

// Uses its memory again for each text; after a large one it gives it back with the next. One thread.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;

  // Reads one text, UTF-8, nested at most `max_json_depth` deep; the value is valid until the next call. Whole numbers
  // are integers however they were written, up to 2^53: Godot writes 1 as 1.0. Members that appear twice are there
  // twice. The error is a sentence in plain English.
  std::expected<const JsonValue*, std::string> read(std::string_view text);

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace lobbyd::api
