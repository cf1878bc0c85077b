#include "service/upstream/publish_pace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <random>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using TimePoint = PublishPace::TimePoint;

constexpr TimePoint start{12'345s};

TEST(PublishPace, WithoutALimitItIsAlwaysOpen) {
  PublishPace pace(0);
  pace.spend(1'000'000, start);
  EXPECT_TRUE(pace.open(start));
  EXPECT_EQ(pace.opens(start), start);
}

class PublishPaceTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  // Sends as soon as it may.
  void send(TimePoint& now) {
    now = pace_.opens(now);
    ASSERT_TRUE(pace_.open(now));
    pace_.spend(1, now);
    sent_.push_back(now);
    while (sent_.front() <= now - 1s) {
      sent_.pop_front();
    }
    ASSERT_LE(sent_.size(), GetParam()) << "in one second";
  }

  PublishPace pace_{GetParam()};
  std::deque<TimePoint> sent_;  // in the last second
};
INSTANTIATE_TEST_SUITE_P(Rates, PublishPaceTest,
                         testing::Values(1U, 2U, 3U, 7U, 10U, 19U, 20U, 99U, 100U, 101U, 3'333U));

TEST_P(PublishPaceTest, SendsNoMoreInAnySecondAndNearlyAsMuch) {
  TimePoint now = start;
  const std::uint32_t count = GetParam() * 50;
  for (std::uint32_t number = 0; number < count; ++number) {
    send(now);
  }
  EXPECT_LE(now - start, 56s) << "a tenth less at most";
}

TEST_P(PublishPaceTest, PausesSaveNoMoreThanATenthOfASecond) {
  std::mt19937 random(GetParam());
  TimePoint now = start;
  for (int step = 0; step < 5'000; ++step) {
    send(now);
    if (random() % 8 == 0) {
      now += std::chrono::milliseconds(random() % 2'000);
    }
  }
}

TEST_P(PublishPaceTest, DoesNotDrift) {
  TimePoint now = start;
  send(now);
  while (pace_.open(now)) {
    send(now);
  }
  // The bucket is empty: from here all comes at the rate.
  const std::int64_t most = GetParam();
  const std::int64_t rate = most - std::max<std::int64_t>(most / 10, 1) + 1;
  const TimePoint empty = now;
  for (std::int64_t number = 1; number <= 100'000; ++number) {
    send(now);
    const auto exact = std::chrono::nanoseconds(number * 1'000'000'000 / rate);
    ASSERT_GE(now - empty, exact);
    ASSERT_LE(now - empty - exact, 3ns) << "what is rounded up for one message is not missed by the next";
  }
}

TEST_P(PublishPaceTest, WhatIsSentBeyondItIsWaitedForLater) {
  TimePoint now = start;
  pace_.spend(std::size_t{3} * GetParam(), now);
  EXPECT_FALSE(pace_.open(now));
  EXPECT_GT(pace_.opens(now), now + 1900ms);
  EXPECT_LE(pace_.opens(now), now + 4s);
}

TEST(PublishPace, ALongPauseOverflowsNothing) {
  PublishPace pace(1'000'000);
  pace.spend(100'000, start);
  EXPECT_TRUE(pace.open(start + std::chrono::hours(24 * 365 * 100)));
}

}  // namespace
}  // namespace lobbyd::upstream
