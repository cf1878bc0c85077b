#include "service/health/stalls.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace lobbyd::health {
namespace {

using namespace std::chrono_literals;

class StallsTest : public testing::Test {
 protected:
  static TimePoint at(std::chrono::milliseconds time) { return TimePoint{} + time; }
  void check(std::chrono::milliseconds time) {
    for (const Stalls::Stall& stall : stalls_.check(heartbeats_.all(), at(time))) {
      told_.push_back(stall.loop + (stall.over ? " over " : " for ") +
                      std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(stall.time).count()));
    }
  }
  using Told = std::vector<std::string>;

  Heartbeats heartbeats_;
  std::shared_ptr<Heartbeat> one_ = heartbeats_.add("one", at(0ms));
  std::shared_ptr<Heartbeat> other_ = heartbeats_.add("other", at(0ms));
  Stalls stalls_{1s};
  Told told_;
};

TEST_F(StallsTest, LoopsThatTurnAreNotSpokenOf) {
  for (auto time = 0ms; time < 10s; time += 250ms) {
    one_->beat(at(time));
    other_->beat(at(time));
    check(time + 100ms);
  }
  EXPECT_EQ(told_, Told{});
}

TEST_F(StallsTest, AStallIsToldWhenItBeginsAndWhenItIsOver) {
  for (auto time = 0ms; time <= 4s; time += 250ms) {
    one_->beat(at(time));
    check(time);
  }
  EXPECT_EQ(told_, Told{"other for 1000"});
  one_->beat(at(4'250ms));
  other_->beat(at(4'300ms));
  check(4'500ms);
  EXPECT_EQ(told_, (Told{"other for 1000", "other over 4300"}));
  check(4'750ms);
  EXPECT_EQ(told_.size(), 2U);
}

TEST_F(StallsTest, AStallThatTheChecksMissedIsToldAsWell) {
  check(100ms);
  // As when the whole process was stopped.
  one_->beat(at(5s));
  other_->beat(at(5s));
  one_->beat(at(5'250ms));
  check(5'300ms);
  EXPECT_EQ(told_, (Told{"one over 5000", "other over 5000"}));
}

TEST_F(StallsTest, OneStallAfterAnother) {
  check(2s);
  one_->beat(at(2'500ms));
  other_->beat(at(2'500ms));
  check(4s);
  EXPECT_EQ(told_, (Told{"one for 2000", "other for 2000", "one over 2500", "one for 1500", "other over 2500",
                         "other for 1500"}));
}

TEST_F(StallsTest, ALoopThatHasEndedIsNotWatched) {
  one_.reset();
  other_->beat(at(9s));
  check(9'500ms);
  EXPECT_EQ(told_, Told{"other over 9000"});
}

TEST_F(StallsTest, TheLongestSilenceIsNamed) {
  EXPECT_FALSE(heartbeats_.longest_silence(at(4s), 5s));
  one_->beat(at(1s));
  const auto silence = heartbeats_.longest_silence(at(7s), 5s);
  ASSERT_TRUE(silence);
  EXPECT_EQ(silence->name, "other");
  EXPECT_EQ(silence->time, 7s);
}

}  // namespace
}  // namespace lobbyd::health
