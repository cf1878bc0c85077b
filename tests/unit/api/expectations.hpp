#pragma once

// What the tests of all methods' params share.

#include "protocol/api/params.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lobbyd::api::test {

// `text` as it comes out of an envelope.
inline Json params_of(std::string_view text) {
  auto parsed = parse_json(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Json::object());
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
