#include "service/health/memory_limit.hpp"

#include <gtest/gtest.h>

namespace lobbyd::health {
namespace {

using namespace std::chrono_literals;

class MemoryLimitTest : public testing::Test {
 protected:
  bool check(std::chrono::milliseconds at) { return limit_.check(TimePoint{} + at); }

  std::optional<std::size_t> held_ = 500;
  std::size_t freed_ = 0;  // of it, and not given back
  int trims_ = 0;
  MemoryLimit limit_{1600,
                     {.measure = [this] { return held_; },
                      .trim =
                          [this] {
                            ++trims_;
                            *held_ -= freed_;
                            freed_ = 0;
                          }}};
};

TEST_F(MemoryLimitTest, IsExceededAboveIt) {
  EXPECT_FALSE(check(0ms));
  held_ = 1600;
  EXPECT_FALSE(check(250ms));
  held_ = 1601;
  EXPECT_TRUE(check(500ms));
  EXPECT_TRUE(limit_.exceeded());
  EXPECT_EQ(limit_.held(), 1601U);
  EXPECT_FALSE(check(750ms)) << "no change";
}

TEST_F(MemoryLimitTest, RecoversSomeWayBelowIt) {
  held_ = 2000;
  EXPECT_TRUE(check(0ms));
  held_ = 1550;
  EXPECT_FALSE(check(250ms));
  EXPECT_TRUE(limit_.exceeded());
  held_ = 1500;
  EXPECT_TRUE(check(500ms));
  EXPECT_FALSE(limit_.exceeded());
}

TEST_F(MemoryLimitTest, WhatHasBeenFreedDoesNotCount) {
  held_ = 1700;
  freed_ = 200;
  EXPECT_FALSE(check(0ms));
  EXPECT_EQ(trims_, 1);
}

TEST_F(MemoryLimitTest, IsNotTrimmedAgainAndAgain) {
  held_ = 2000;
  for (auto at = 0ms; at < 30s; at += 250ms) {
    check(at);
  }
  EXPECT_EQ(trims_, 3);
}

TEST_F(MemoryLimitTest, WhereTheSystemDoesNotTellItStaysAsItWas) {
  held_ = 2000;
  check(0ms);
  held_.reset();
  EXPECT_FALSE(check(250ms));
  EXPECT_TRUE(limit_.exceeded());
}

TEST(MemoryLimit, ZeroIsNone) {
  MemoryLimit none(0, {.measure = [] { return std::optional<std::size_t>(1'000'000'000); }, .trim = [] {}});
  EXPECT_FALSE(none.check({}));
  EXPECT_FALSE(none.exceeded());
}

}  // namespace
}  // namespace lobbyd::health
