#include "protocol/api/json.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace lobbyd::api {
namespace {

using namespace std::string_literals;

std::string rewritten(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? write_json(*parsed) : "error: " + parsed.error();
}

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) {
    text += open;
  }
  text += "0";
  for (std::size_t i = 0; i < depth; ++i) {
    text += close;
  }
  return text;
}

TEST(Json, KeepsWhatItReads) {
  const std::string texts[] = {
      "null",
      "true",
      "false",
      "0",
      "-1",
      "1.5",
      "-0.001",
      "1e+300",
      "9223372036854775807",
      "18446744073709551615",
      "-9223372036854775808",
      R"("")",
      R"("a\u0000b")",
      R"("\"\\/\b\f\n\r\t")",
      "\"\u00fc\U0001F3AE\"",
      "[]",
      "{}",
      R"([null,[true,{"z":1,"a":{"":[]}}],"x"])",
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(rewritten(text), text);
  }
}

TEST(Json, KeepsTheOrderOfMembers) {
  EXPECT_EQ(rewritten(R"({"b":1,"a":2,"c":3})"), R"({"b":1,"a":2,"c":3})");
}

TEST(Json, WritesWithoutWhiteSpace) {
  EXPECT_EQ(rewritten(" { \"a\" :\t[ 1 ,\n 2 ] } "), R"({"a":[1,2]})");
}

TEST(Json, TurnsWholeFloatsIntoIntegers) {
  EXPECT_EQ(rewritten("1.0"), "1");
  EXPECT_EQ(rewritten("-0.0"), "0");
  EXPECT_EQ(rewritten("1e3"), "1000");
  EXPECT_EQ(rewritten("-2.50e1"), "-25");
  EXPECT_EQ(rewritten("9007199254740992.0"), "9007199254740992");
  EXPECT_EQ(rewritten(R"({"x":1.0,"y":[2.0,2.5]})"), R"({"x":1,"y":[2,2.5]})");
  EXPECT_TRUE(parse_json("1.0")->is_number_integer());
  EXPECT_TRUE(parse_json("1e16")->is_number_float());
  EXPECT_TRUE(parse_json("0.5")->is_number_float());
}

TEST(Json, TakesTheLastOfSeveralMembersOfOneName) {
  auto object = *parse_json(R"({"a":1,"b":2,"a":3})");
  EXPECT_EQ(*find_member(std::as_const(object), "a"), 3);
  EXPECT_EQ(*find_member(object, "b"), 2);
  EXPECT_EQ(find_member(object, "c"), nullptr);
  EXPECT_EQ(find_member(object, ""), nullptr);
}

TEST(Json, RefusesWhatIsNotJson) {
  const std::string bad[] = {"",
                             " ",
                             "nul",
                             "{",
                             "}",
                             "[1,]",
                             "{\"a\"}",
                             "{a:1}",
                             "'a'",
                             "\"a",
                             "01",
                             "+1",
                             ".5",
                             "1.",
                             "NaN",
                             "Infinity",
                             "1e999",
                             "// comment\n1",
                             "1 2",
                             "{} {}",
                             "\"\t\"",
                             "\"\\x\"",
                             "\"\\ud800\"",
                             "\"\\udc00\"",
                             "\"\xff\"",
                             "\"\xed\xa0\x80\"",
                             "1\0"s,
                             "\0"s,
                             "{}\0garbage"s};
  for (const std::string& text : bad) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().starts_with("not valid JSON at byte ")) << parsed.error();
  }
}

TEST(Json, RefusesDeepNesting) {
  for (const auto& [open, close] : {std::pair("["s, "]"s), std::pair("{\"a\":"s, "}"s)}) {
    EXPECT_TRUE(parse_json(nested(max_json_depth, open, close)));
    const auto deeper = parse_json(nested(max_json_depth + 1, open, close));
    ASSERT_FALSE(deeper);
    EXPECT_EQ(deeper.error(), "JSON nested deeper than 64 levels");
    EXPECT_FALSE(parse_json(nested(200000, open, "")));
  }
}

TEST(Json, ReadsManyMembersInLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 100000; ++i) {
    text += "\"" + std::to_string(i) + "\":0,";
  }
  text += "\"last\":1}";
  const std::clock_t start = std::clock();
  EXPECT_EQ(*find_member(*parse_json(text), "last"), 1);
  // Of processor time, so that a busy machine is no fault. Looking each member up among those before it takes minutes.
  EXPECT_LT(std::clock() - start, 20 * CLOCKS_PER_SEC);
}

TEST(Json, WritesStringsThatAreNotUtf8) {
  EXPECT_EQ(write_json("a\xff"), "\"a\uFFFD\"");
}

TEST(JsonString, EscapesEveryByteThatNeedsIt) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string text = "<" + std::string(1, static_cast<char>(byte)) + ">";
    std::string out = "before ";
    append_json_string(out, text);
    EXPECT_EQ(out, "before " + Json(text).dump()) << byte;
  }
}

TEST(JsonString, CopiesRunsBetweenEscapes) {
  for (const std::string& text :
       {""s, "plain"s, "\"\""s, "a\"b\\c\nd"s, "\nlead"s, "trail\n"s, "\0\0"s, "\u00fc\U0001F3AE"s}) {
    std::string out;
    append_json_string(out, text);
    EXPECT_EQ(out, Json(text).dump());
  }
}

}  // namespace
}  // namespace lobbyd::api
