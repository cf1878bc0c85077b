#pragma once

// Reads the JSON object that a retained record is. Anybody who may write below the prefix may have written it: every
// member is checked and bounded before it is kept. What is missing or wrong makes the whole record wrong; members that
// are not asked for are those of later versions, and ignored.

#include "protocol/api/json_reader.hpp"
#include "protocol/api/json_value.hpp"
#include "service/apps/hybrid_clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

class RecordReader {
 public:
  // Valid until the next text is read by `reader`. A payload of more bytes is not looked at.
  RecordReader(api::JsonReader& reader, std::string_view payload, std::size_t max_bytes);

  // Whether all is right so far.
  bool right() const { return right_; }
  void fail() { right_ = false; }

  bool has(std::string_view name) const;
  // Required. Empty, or 0, where something is wrong.
  std::string text(std::string_view name, std::size_t max_bytes);
  std::string client_id(std::string_view name);
  std::string player(std::string_view name);
  std::string instance(std::string_view name);
  HybridTime time(std::string_view name);
  std::int64_t number(std::string_view name, std::int64_t lowest, std::int64_t highest);
  // Absent is false, and true is all that it may be.
  bool flag(std::string_view name);
  // Any value as compact JSON text; absent is null.
  std::string json(std::string_view name, std::size_t max_bytes);

 private:
  const api::JsonValue* find(std::string_view name) const;
  template <class Type>
  const Type* require(std::string_view name);
  std::string checked(std::string_view name, bool (*valid)(std::string_view));

  const api::JsonValue* object_ = nullptr;
  bool right_ = false;
};

}  // namespace lobbyd::apps
