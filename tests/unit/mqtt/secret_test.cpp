#include "protocol/mqtt/secret.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::mqtt {
namespace {

using namespace std::string_literals;

TEST(Secret, IsRevealedAsItWas) {
  for (const std::string& clear : {""s, "secret word"s, "a\0b\xff"s, std::string(65'535, 'x')}) {
    const Secret secret(clear);
    EXPECT_EQ(secret.reveal(), clear);
    EXPECT_EQ(secret.size(), clear.size());
    Secret other("another");
    other = secret;
    EXPECT_EQ(other.reveal(), clear);
    EXPECT_EQ(Secret(other).reveal(), clear);
  }
}

TEST(Secret, WipingLeavesNothing) {
  std::string text = "a secret that is longer than what a string holds within itself";
  const std::size_t size = text.size();
  const char* bytes = text.data();
  wipe(text);
  EXPECT_TRUE(text.empty());
  // The memory is still the string's.
  ASSERT_EQ(text.data(), bytes);
  for (std::size_t index = 0; index < size; ++index) {
    EXPECT_EQ(bytes[index], '\0') << index;
  }
}

}  // namespace
}  // namespace lobbyd::mqtt
