#include "service/hub/origins.hpp"

#include <gtest/gtest.h>

namespace lobbyd::hub {
namespace {

TEST(Origins, TellSerialsOfThisRunFromAllElse) {
  const Origins mine;
  const Origins other;
  EXPECT_EQ(mine.serial_of(mine.of(17)), 17U);
  EXPECT_EQ(mine.serial_of(other.of(17)), std::nullopt);
  for (const std::string& text : {mine.of(1) + "x", mine.of(1).substr(0, mine.of(1).size() - 1), std::string(),
                                  std::string("1"), mine.of(1) + "0000000000000000000000"}) {
    EXPECT_EQ(mine.serial_of(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace lobbyd::hub
