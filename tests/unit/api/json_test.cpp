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

TEST(JsonString, EscapesAtEveryPlace) {
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      for (const char* special : {"\"", "\\", "\n", "\x01", "\"\"", "\x1f\x7f", " \"", "\u00fc\""}) {
        const std::string text = std::string(place, '!') + special + std::string(size - place, ']');
        std::string out;
        append_json_string(out, text);
        ASSERT_EQ(out, Json(text).dump()) << text;
      }
    }
  }
}

TEST(JsonString, TakesTextsOfAnyLength) {
  for (std::size_t size = 240; size < 530; ++size) {
    const std::string text = std::string(size, 'x') + std::string(size, '\x02') + '"';
    std::string out;
    append_json_string(out, text);
    ASSERT_EQ(out, Json(text).dump()) << size;
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
