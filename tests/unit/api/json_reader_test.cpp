#include "protocol/api/json_reader.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <ctime>
#include <string>

namespace lobbyd::api {
namespace {

using namespace std::string_literals;

std::string rewritten(std::string_view text) {
  JsonReader reader;
  const auto read = reader.read(text);
  if (!read) {
    return "error: " + read.error();
  }
  std::string json;
  append_json(json, **read);
  return json;
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

TEST(JsonReader, KeepsWhatItReads) {
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

TEST(JsonReader, KeepsTheOrderOfMembers) {
  EXPECT_EQ(rewritten(R"({"b":1,"a":2,"c":3})"), R"({"b":1,"a":2,"c":3})");
}

TEST(JsonReader, WritesWithoutWhiteSpace) {
  EXPECT_EQ(rewritten(" { \"a\" :\t[ 1 ,\n 2 ] } "), R"({"a":[1,2]})");
}

TEST(JsonReader, TurnsWholeFloatsIntoIntegers) {
  EXPECT_EQ(rewritten("1.0"), "1");
  EXPECT_EQ(rewritten("-0.0"), "0");
  EXPECT_EQ(rewritten("1e3"), "1000");
  EXPECT_EQ(rewritten("-2.50e1"), "-25");
  EXPECT_EQ(rewritten("9007199254740992.0"), "9007199254740992");
  EXPECT_EQ(rewritten(R"({"x":1.0,"y":[2.0,2.5]})"), R"({"x":1,"y":[2,2.5]})");
  JsonReader reader;
  EXPECT_TRUE(reader.read("1.0").value()->is<std::int64_t>());
  EXPECT_TRUE(reader.read("1e16").value()->is<double>());
  EXPECT_TRUE(reader.read("0.5").value()->is<double>());
}

TEST(JsonReader, TakesTheLastOfSeveralMembersOfOneName) {
  JsonReader reader;
  const JsonValue& object = *reader.read(R"({"a":1,"b":2,"a":3})").value();
  EXPECT_EQ(find_member(object, "a")->content, JsonValue::Content(std::int64_t{3}));
  EXPECT_EQ(find_member(object, "b")->content, JsonValue::Content(std::int64_t{2}));
  EXPECT_EQ(find_member(object, "c"), nullptr);
  EXPECT_EQ(find_member(object, ""), nullptr);
}

TEST(JsonReader, RefusesWhatIsNotJson) {
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
  JsonReader reader;
  for (const std::string& text : bad) {
    const auto parsed = reader.read(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().starts_with("not valid JSON at byte ")) << parsed.error();
  }
}

TEST(JsonReader, ReadsNumbersOfAnyLength) {
  EXPECT_EQ(rewritten("[0.1234567890123456789012345,-0.1234567890123456789012345]"),
            "[0.12345678901234568,-0.12345678901234568]");
  EXPECT_EQ(rewritten("[22999999999.99999999999999991999999]"), "[23000000000]");
  EXPECT_EQ(rewritten("[18446744073709551616,-9223372036854775809]"),
            "[1.8446744073709552e+19,-9.223372036854776e+18]");
  EXPECT_EQ(rewritten("[123456789012345680000]"), "[1.2345678901234568e+20]");
  EXPECT_EQ(rewritten("[1e-400,-0]"), "[0,0]");
  EXPECT_EQ(rewritten('[' + std::string(300, '9') + ']'), "[1e+300]");
  EXPECT_TRUE(rewritten('[' + std::string(400, '9') + ']').starts_with("error: "));
}

TEST(JsonReader, ReadsStringsWithEscapes) {
  EXPECT_EQ(rewritten(R"(["\u00e9\ud83c\udfae\/","\\","\"",{"a\tb":"\u0041"}])"),
            "[\"\u00e9\U0001F3AE/\",\"\\\\\",\"\\\"\",{\"a\\tb\":\"A\"}]");
}

TEST(JsonReader, SaysWhereTheFaultIs) {
  const std::pair<std::string, int> faults[] = {
      {"", 1},
      {"{", 2},
      {"[1,]", 4},
      {R"({"a"})", 5},
      {R"({"a":1,})", 8},
      {R"({"a":nul})", 6},
      {"{} {}", 4},
      {"\"a\tb\"", 3},
      {"{a:1}", 2},
      {R"([1,"\x"])", 8},
      {"[1e999]", 2},
      {"[\"a\xff\"]", 4},
      {"hello", 1},
      {R"({"a":1 "b":2})", 8},
  };
  for (const auto& [text, position] : faults) {
    EXPECT_EQ(rewritten(text), "error: not valid JSON at byte " + std::to_string(position)) << text;
  }
}

TEST(JsonReader, ReadsOneTextAfterAnother) {
  JsonReader reader;
  const std::string large = '"' + std::string(1000000, 'x') + '"';
  for (const std::string& text : {"[1,2]"s, large, R"({"a":"\n"})"s, "[}"s, large, "true"s}) {
    const auto read = reader.read(text);
    ASSERT_EQ(read.has_value(), text != "[}");
    if (read) {
      std::string json;
      append_json(json, **read);
      EXPECT_EQ(json, text);
    }
  }
}

TEST(JsonReader, IgnoresAByteOrderMark) {
  EXPECT_EQ(rewritten("\xEF\xBB\xBF[1]"), "[1]");
  EXPECT_EQ(rewritten("\xEF\xBB\xBF[1,]"), "error: not valid JSON at byte 7");
}

TEST(JsonReader, RefusesDeepNesting) {
  JsonReader reader;
  for (const auto& [open, close] : {std::pair("["s, "]"s), std::pair("{\"a\":"s, "}"s)}) {
    EXPECT_TRUE(reader.read(nested(max_json_depth, open, close)));
    const auto deeper = reader.read(nested(max_json_depth + 1, open, close));
    ASSERT_FALSE(deeper);
    EXPECT_EQ(deeper.error(), "JSON nested deeper than 64 levels");
    EXPECT_FALSE(reader.read(nested(200000, open, "")));
  }
}

TEST(JsonReader, ReadsManyMembersInLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 100000; ++i) {
    text += "\"" + std::to_string(i) + "\":0,";
  }
  text += "\"last\":1}";
  const std::clock_t start = std::clock();
  JsonReader reader;
  EXPECT_NE(find_member(*reader.read(text).value(), "last"), nullptr);
  // Of processor time, so that a busy machine is no fault. Looking each member up among those before it takes minutes.
  EXPECT_LT(std::clock() - start, 20 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace lobbyd::api
