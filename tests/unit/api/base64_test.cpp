#include "protocol/api/base64.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace lobbyd::api {
namespace {

using namespace std::string_literals;

struct Vector {
  std::string bytes;
  std::string text;
};

// RFC 4648 §10, and the two characters of the alphabet that are neither letter nor digit.
const Vector vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
    {"\0\0\0"s, "AAAA"},
    {"\xff\xff\xff", "////"},
};

TEST(Base64, WritesTheVectorsOfTheStandard) {
  for (const Vector& vector : vectors) {
    EXPECT_EQ(encode_base64(vector.bytes), vector.text);
  }
}

TEST(Base64, ReadsTheVectorsOfTheStandard) {
  for (const Vector& vector : vectors) {
    EXPECT_EQ(decode_base64(vector.text), vector.bytes);
  }
}

TEST(Base64, ReadsTextWithoutPadding) {
  for (const Vector& vector : vectors) {
    EXPECT_EQ(decode_base64(vector.text.substr(0, vector.text.find('='))), vector.bytes);
  }
}

TEST(Base64, Appends) {
  std::string out = "before:";
  append_base64(out, "foo");
  EXPECT_EQ(out, "before:Zm9v");
}

TEST(Base64, RefusesWhatIsNotBase64) {
  const std::string bad[] = {"=",      "==",    "====",     "A",    "A===",    "Zg=",        "Zg===",
                             "Zm8==",  "Zm9v=", "Zm9v====", "Z=g=", "=Zg=",    "Zg==Zg==",   "Zm9 v",
                             "Zm9v\n", " Zm9v", "Zm9-",     "Zm9_", "Zm9v\0"s, "Zm\xc3\xa4", "Zm9vA",
                             "Zh==",   "Zh",    "Zm9=",     "Zm9",  "Z!=="};
  for (const std::string& text : bad) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

TEST(Base64, ReadsBackWhatItWrote) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random() & 0xFF);
    }
    const std::string text = encode_base64(bytes);
    EXPECT_EQ(text.size(), (size + 2) / 3 * 4);
    ASSERT_EQ(decode_base64(text), bytes) << size;
  }
}

}  // namespace
}  // namespace lobbyd::api
