#pragma once

// What the tests of all methods' params share.

#include "protocol/api/json_reader.hpp"
#include "protocol/api/params.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lobbyd::api::test {

// A value with the reader that holds it.
class Params {
 public:
  explicit Params(std::string_view text) {
    const auto read = reader_.read(text);
    EXPECT_TRUE(read) << text;
    value_ = read.value_or(&none);
  }
  operator const JsonValue&() const { return *value_; }

 private:
  static constexpr JsonValue none{.name = {}, .content = JsonValue::Object()};
  JsonReader reader_;
  const JsonValue* value_;
};

// `text` as it comes out of an envelope.
inline Params params_of(std::string_view text) {
  return Params(text);
}

template <typename Parsed>
void expect_field_error(const Parsed& parsed, Reason reason, const std::string& field, std::string_view text) {
  ASSERT_FALSE(parsed.has_value()) << text;
  const Error& error = parsed.error();
  EXPECT_EQ(word(error.reason), word(reason)) << text;
  EXPECT_EQ(error.extra.value("field", ""), field) << text << ": " << error.message;
  EXPECT_NE(error.message.find('"' + field + '"'), std::string::npos) << text << ": " << error.message;
}

}  // namespace lobbyd::api::test
