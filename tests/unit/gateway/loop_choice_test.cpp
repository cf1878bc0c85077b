#include "service/gateway/threads/loop_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace lobbyd::gateway {
namespace {

using testing::ElementsAre;

std::vector<std::size_t> spread(std::vector<LoopLoad> loads, std::size_t connections) {
  std::vector<std::size_t> counts(loads.size());
  for (std::size_t count = 0; count < connections; ++count) {
    const std::size_t chosen = choose_loop(loads);
    ++loads[chosen].connections;
    ++counts[chosen];
  }
  return counts;
}

TEST(LoopChoiceTest, OneForEachCoreButAtMostFour) {
  EXPECT_EQ(thread_count(0, 1), 1U);
  EXPECT_EQ(thread_count(0, 3), 3U);
  EXPECT_EQ(thread_count(0, 4), 4U);
  EXPECT_EQ(thread_count(0, 64), 4U);
  EXPECT_EQ(thread_count(0, 0), 1U) << "where the system does not say";
}

TEST(LoopChoiceTest, AsManyAsAreConfigured) {
  EXPECT_EQ(thread_count(1, 8), 1U);
  EXPECT_EQ(thread_count(16, 2), 16U);
}

TEST(LoopChoiceTest, ALoneLoopTakesAll) {
  EXPECT_THAT(spread({{1, 0}}, 10), ElementsAre(10));
}

TEST(LoopChoiceTest, EachTakesItsShare) {
  EXPECT_THAT(spread({{1, 0}, {2, 0}, {2, 0}}, 50), ElementsAre(10, 20, 20));
}

TEST(LoopChoiceTest, TheFirstOnesGoToTheHeavier) {
  EXPECT_THAT(spread({{1, 0}, {2, 0}}, 2), ElementsAre(0, 2));
}

TEST(LoopChoiceTest, ALoopThatHasLostItsConnectionsIsFilledAgain) {
  EXPECT_THAT(spread({{1, 10}, {2, 0}, {2, 20}}, 20), ElementsAre(0, 20, 0));
}

}  // namespace
}  // namespace lobbyd::gateway
