#include "service/apps/hybrid_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::apps {
namespace {

constexpr std::int64_t now = 1'770'000'000'000;

TEST(HybridTime, NoneIsBeforeAllTimes) {
  EXPECT_FALSE(HybridTime{});
  EXPECT_TRUE(HybridTime(0, 1));
  EXPECT_LT(HybridTime{}, HybridTime(0, 1));
}

TEST(HybridTime, IsMillisecondsAndACounter) {
  const HybridTime time(now, 7);
  EXPECT_EQ(time.ms(), now);
  EXPECT_EQ(time.counter(), 7);
  EXPECT_EQ(HybridTime(HybridTime::latest_ms, 0xFFFF).ms(), HybridTime::latest_ms);
}

TEST(HybridTime, IsOrderedByMillisecondsThenByTheCounter) {
  EXPECT_LT(HybridTime(now, 0xFFFF), HybridTime(now + 1));
  EXPECT_LT(HybridTime(now, 1), HybridTime(now, 2));
}

TEST(HybridTime, AfterTheLastOfAMillisecondComesTheFirstOfTheNext) {
  EXPECT_EQ(HybridTime(now, 3).next(), HybridTime(now, 4));
  EXPECT_EQ(HybridTime(now, 0xFFFF).next(), HybridTime(now + 1));
}

TEST(HybridTime, TextsSortAsTheTimesDo) {
  std::vector<std::string> texts;
  for (const HybridTime time : {HybridTime{}, HybridTime(1), HybridTime(0x0FFF), HybridTime(now), HybridTime(now, 9),
                                HybridTime(now, 10), HybridTime(now + 1), HybridTime(HybridTime::latest_ms, 0xFFFF)}) {
    texts.push_back(time.text());
    EXPECT_EQ(HybridTime::from_text(texts.back()), time);
  }
  EXPECT_TRUE(std::ranges::is_sorted(texts));
  EXPECT_EQ(HybridTime(now, 10).text(), "019c1c38a400000a");
}

TEST(HybridTime, OtherTextsAreNoTimes) {
  for (const char* text : {"", "019c1c38a400000", "019c1c38a400000aa", "019C1C38A400000A", "019c1c38a400000g",
                           "-19c1c38a400000a", "0x9c1c38a400000a", " 19c1c38a400000a"}) {
    EXPECT_EQ(HybridTime::from_text(text), std::nullopt) << text;
  }
}

TEST(HybridClock, GoesWithTheSystemsClock) {
  HybridClock clock;
  EXPECT_EQ(clock.tick(now), HybridTime(now));
  EXPECT_EQ(clock.tick(now + 5), HybridTime(now + 5));
}

TEST(HybridClock, CountsWithinAMillisecond) {
  HybridClock clock;
  clock.tick(now);
  EXPECT_EQ(clock.tick(now), HybridTime(now, 1));
  EXPECT_EQ(clock.tick(now), HybridTime(now, 2));
}

TEST(HybridClock, NeverGoesBack) {
  HybridClock clock;
  clock.tick(now);
  EXPECT_EQ(clock.tick(now - 3'600'000), HybridTime(now, 1));
  EXPECT_EQ(clock.tick(std::numeric_limits<std::int64_t>::min()), HybridTime(now, 2));
}

TEST(HybridClock, GrowsStrictlyHoweverOftenItIsAsked) {
  HybridClock clock;
  HybridTime last;
  for (int count = 0; count < 200'000; ++count) {
    const HybridTime time = clock.tick(now);
    ASSERT_LT(last, time);
    last = time;
  }
  EXPECT_EQ(last.ms(), now + 3);
}

TEST(HybridClock, WhatComesAfterAnObservedTimeIsLater) {
  HybridClock clock;
  EXPECT_TRUE(clock.observe(HybridTime(now + 50'000, 3), now));
  EXPECT_EQ(clock.tick(now), HybridTime(now + 50'000, 4));
}

TEST(HybridClock, AnEarlierTimeMovesNothing) {
  HybridClock clock;
  clock.tick(now);
  EXPECT_TRUE(clock.observe(HybridTime(now - 1'000'000), now));
  EXPECT_EQ(clock.tick(now), HybridTime(now, 1));
}

TEST(HybridClock, ATimeTooFarAheadIsIgnored) {
  HybridClock clock;
  EXPECT_TRUE(clock.observe(HybridTime(now + 60'000, 0xFFFF), now));
  EXPECT_FALSE(clock.observe(HybridTime(now + 60'001), now));
  EXPECT_FALSE(clock.observe(HybridTime(HybridTime::latest_ms), now));
  EXPECT_EQ(clock.tick(now), HybridTime(now + 60'001)) << "the one after the last that was taken";
}

// Else an instance could drive the others' clocks on for ever, a minute at a time.
TEST(HybridClock, HowFarAheadIsMeasuredFromTheSystemsClock) {
  HybridClock clock;
  EXPECT_TRUE(clock.observe(HybridTime(now + 60'000), now));
  EXPECT_FALSE(clock.observe(HybridTime(now + 61'000), now));
}

// After the system's clock has stepped back, its own times come back from the broker.
TEST(HybridClock, ItsOwnTimesAreNeverTooFarAhead) {
  HybridClock clock;
  const HybridTime own = clock.tick(now);
  EXPECT_TRUE(clock.observe(own, now - 3'600'000));
}

}  // namespace
}  // namespace lobbyd::apps
