#include "protocol/websocket/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace lobbyd::websocket {
namespace {

using namespace std::string_literals;

std::string encode(std::uint32_t code_point) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (code_point < 0x80) {
    return {static_cast<char>(code_point)};
  }
  if (code_point < 0x800) {
    return {static_cast<char>(0xC0 | code_point >> 6), tail(code_point)};
  }
  if (code_point < 0x10000) {
    return {static_cast<char>(0xE0 | code_point >> 12), tail(code_point >> 6), tail(code_point)};
  }
  return {static_cast<char>(0xF0 | code_point >> 18), tail(code_point >> 12), tail(code_point >> 6), tail(code_point)};
}

TEST(Utf8, TakesEveryCodePointButSurrogates) {
  for (std::uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    ASSERT_EQ(is_valid_utf8(encode(code_point)), !surrogate) << std::hex << code_point;
  }
}

TEST(Utf8, RefusesWhatIsBeyondUnicode) {
  for (std::uint32_t code_point = 0x110000; code_point < 0x200000; code_point += 0x1001) {
    ASSERT_FALSE(is_valid_utf8(encode(code_point))) << std::hex << code_point;
  }
}

TEST(Utf8, RefusesEverySequenceOfTwoBytesThatIsNoneOfRfc3629) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const bool valid =
          first < 0x80 ? second < 0x80 : first >= 0xC2 && first <= 0xDF && second >= 0x80 && second <= 0xBF;
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(is_valid_utf8(text), valid) << first << " " << second;
    }
  }
}

TEST(Utf8, RefusesWhatMarkusKuhnsTestListsAsMalformed) {
  const std::string malformed[] = {
      "\x80"s,
      "\xbf"s,
      "\x80\xbf"s,
      "\xc0 "s,
      "\xe0 "s,
      "\xf0 "s,
      "\xf8 "s,
      "\xfc "s,
      "\xc3"s,
      "\xe0\xa0"s,
      "\xf0\x90\x80"s,
      "\xef\xbf"s,
      "\xdf"s,
      "\xfe"s,
      "\xff"s,
      "\xfe\xfe\xff\xff"s,
      "\xc0\xaf"s,
      "\xe0\x80\xaf"s,
      "\xf0\x80\x80\xaf"s,
      "\xf8\x80\x80\x80\xaf"s,
      "\xc1\xbf"s,
      "\xe0\x9f\xbf"s,
      "\xf0\x8f\xbf\xbf"s,
      "\xc0\x80"s,
      "\xed\xa0\x80"s,
      "\xed\xaf\xbf"s,
      "\xed\xbf\xbf"s,
      "\xed\xa0\x80\xed\xb0\x80"s,
      "\xf4\x90\x80\x80"s,
      "\xf5\x80\x80\x80"s,
  };
  for (const std::string& text : malformed) {
    EXPECT_FALSE(is_valid_utf8(text));
    EXPECT_FALSE(is_valid_utf8("eight ascii bytes before: " + text));
    EXPECT_FALSE(is_valid_utf8(text + "and behind"));
  }
}

TEST(Utf8, FindsTheFaultAtEveryPlaceOfALongText) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      std::string text(size, 'a');
      ASSERT_TRUE(is_valid_utf8(text));
      text[place] = '\xff';
      ASSERT_FALSE(is_valid_utf8(text)) << size << " " << place;
    }
  }
}

TEST(Utf8Validator, GivesTheSameForEveryCut) {
  const std::string text =
      "a\u00e9\u20ac\U0001F3AE, ASCII in between, \uD7FF\uE000\U0010FFFF\U00010000 and at the end"s;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Validator validator;
    const bool inside_character = cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80;
    ASSERT_TRUE(validator.feed(text.substr(0, cut)));
    EXPECT_EQ(validator.complete(), !inside_character) << cut;
    ASSERT_TRUE(validator.feed(text.substr(cut)));
    EXPECT_TRUE(validator.complete());
  }
}

TEST(Utf8Validator, TellsAtTheFirstByteThatCannotBe) {
  Utf8Validator validator;
  EXPECT_TRUE(validator.feed("\xce\xba\xe1\xbd\xb9\xf4"));
  EXPECT_FALSE(validator.feed("\x90"));
}

TEST(Utf8Validator, BeginsAnewAfterReset) {
  Utf8Validator validator;
  EXPECT_TRUE(validator.feed("\xe0"));
  validator.reset();
  EXPECT_TRUE(validator.complete());
  EXPECT_TRUE(validator.feed("\xc3\x80"));
  EXPECT_TRUE(validator.complete());
}

}  // namespace
}  // namespace lobbyd::websocket
