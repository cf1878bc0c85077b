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
  std::string text = "secret word";
  const char* bytes = text.data();
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(bytes[0], '\0');
}

}  // namespace
}  // namespace lobbyd::mqtt
