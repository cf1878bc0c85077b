#include "protocol/api/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::api {
namespace {

using namespace std::string_literals;

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
