#include "config/value.hpp"

#include "config/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::config {
namespace {

TEST(Value, ReadsBooleans) {
  EXPECT_EQ(parse_value(Kind::boolean, "true"), Value(true));
  EXPECT_EQ(parse_value(Kind::boolean, "false"), Value(false));
  for (const std::string text : {"", "1", "yes", "True", " true"}) {
    EXPECT_FALSE(parse_value(Kind::boolean, text)) << text;
  }
}

TEST(Value, ReadsIntegers) {
  EXPECT_EQ(parse_value(Kind::integer, "0"), Value(std::int64_t{0}));
  EXPECT_EQ(parse_value(Kind::integer, "-12"), Value(std::int64_t{-12}));
  EXPECT_EQ(parse_value(Kind::integer, "9223372036854775807"), Value(std::int64_t{9223372036854775807}));
  for (const std::string text : {"", "1.0", "1x", " 1", "+1", "0x10", "9223372036854775808"}) {
    EXPECT_FALSE(parse_value(Kind::integer, text)) << text;
  }
}

TEST(Value, ReadsTextsAndLists) {
  EXPECT_EQ(parse_value(Kind::text, " as it is "), Value(std::string(" as it is ")));
  EXPECT_EQ(parse_value(Kind::text_list, "a, b"), Value(TextList{"a", "b"}));
  EXPECT_EQ(parse_value(Kind::text_list, ""), Value(TextList{}));
}

TEST(Value, IsWrittenAsToml) {
  EXPECT_EQ(to_toml(Value(true)), "true");
  EXPECT_EQ(to_toml(Value(std::int64_t{-5})), "-5");
  EXPECT_EQ(to_toml(Value(TextList{})), "[]");
  EXPECT_EQ(to_toml(Value(TextList{"a", "b"})), R"(["a", "b"])");
  EXPECT_EQ(to_toml(Value(std::string("a\"b\\c\n\x7F\u00e9"))), "\"a\\\"b\\\\c\\u000A\\u007F\u00e9\"");
}

TEST(Value, IsShownCutBetweenCharacters) {
  EXPECT_EQ(shown_text("short"), "\"short\"");
  const std::string cut = shown_text(std::string(78, 'x') + "\u20ac\u20ac\u20ac");
  EXPECT_TRUE(is_utf8(cut));
  EXPECT_EQ(cut, "\"" + std::string(78, 'x') + "\u2026");
  EXPECT_EQ(shown_text("\xFF"), "\"(not UTF-8)\"");
}

}  // namespace
}  // namespace lobbyd::config
