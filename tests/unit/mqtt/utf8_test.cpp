#include "protocol/mqtt/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {
namespace {

using namespace std::string_view_literals;

// The encoding by the definition of UTF-8, for any number of up to 21 bits: also for those that are no characters.
std::string encode_code_point(std::uint32_t value, std::size_t size) {
  if (size == 1) return {static_cast<char>(value)};
  std::string bytes(size, '\0');
  for (std::size_t i = size - 1; i > 0; --i, value >>= 6) bytes[i] = static_cast<char>(0x80 | (value & 0x3F));
  bytes[0] = static_cast<char>((0xF00U >> size & 0xFFU) | value);
  return bytes;
}

std::size_t shortest_size(std::uint32_t value) {
  if (value < 0x80) return 1;
  if (value < 0x800) return 2;
  return value < 0x10000 ? 3 : 4;
}

TEST(Utf8, TakesEveryCharacterInItsShortestFormOnly) {
  for (std::uint32_t value = 0; value <= 0x1FFFFF; ++value) {
    const bool is_character = value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    for (std::size_t size = shortest_size(value); size <= 4; ++size) {
      const bool expected = is_character && size == shortest_size(value);
      ASSERT_EQ(is_valid_utf8(encode_code_point(value, size)), expected) << value << " in " << size << " bytes";
    }
  }
}

TEST(Utf8, RefusesBytesThatAreNoCharacter) {
  for (const std::string_view text : {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xF5\x80\x80\x80"sv, "\xFE"sv,
                                      "\xFF"sv, "\xF8\x88\x80\x80\x80"sv, "\xC3\x28"sv, "\xE2\x82\x28"sv,
                                      "\xE2\x28\xA1"sv, "\xF0\x9F\x98\x28"sv, "\xF0\x9F\x28\x80"sv}) {
    EXPECT_FALSE(is_valid_utf8(text)) << ::testing::PrintToString(text);
  }
}

TEST(Utf8, RefusesEveryTruncatedCharacter) {
  for (const std::string_view character : {"é"sv, "漢"sv, "😀"sv}) {
    for (std::size_t size = 1; size < character.size(); ++size) {
      EXPECT_FALSE(is_valid_utf8(character.substr(0, size)));
      EXPECT_FALSE(is_valid_utf8("12345678" + std::string(character.substr(0, size))));
      EXPECT_FALSE(is_valid_utf8(std::string(character.substr(0, size)) + "12345678"));
    }
  }
}

// The fast path takes eight bytes at a time: a fault at each place of texts of each length must be seen.
TEST(Utf8, SeesAFaultAtEveryPlace) {
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::string ascii(size, 'x');
    ASSERT_TRUE(is_valid_utf8(ascii));
    for (std::size_t place = 0; place < size; ++place) {
      std::string text = ascii;
      text[place] = '\xFF';
      ASSERT_FALSE(is_valid_utf8(text)) << place << " of " << size;
      text.replace(place, 1, "é");
      ASSERT_TRUE(is_valid_utf8(text)) << place << " of " << size;
    }
  }
}

TEST(Utf8, TakesTheEmptyTextAndTheNulCharacter) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8("a\0b"sv));
}

TEST(MqttString, IsUtf8WithoutNulOfAtMost65535Bytes) {
  EXPECT_TRUE(check_string("").has_value());
  EXPECT_TRUE(check_string("grüße \x01\x7F").has_value());
  EXPECT_TRUE(check_string("\xEF\xBB\xBF").has_value()) << "a byte order mark is a character like any other";
  EXPECT_TRUE(check_string(std::string(65'535, 'x')).has_value());
  EXPECT_EQ(check_string(std::string(65'536, 'x')).error(), StringError::too_long);
  EXPECT_EQ(check_string("a\0b"sv).error(), StringError::contains_nul);
  EXPECT_EQ(check_string("\xED\xA0\x80").error(), StringError::not_utf8);
}

}  // namespace
}  // namespace lobbyd::mqtt
