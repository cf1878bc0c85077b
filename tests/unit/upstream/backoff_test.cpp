#include "service/upstream/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lobbyd::upstream {
namespace {

using std::chrono::milliseconds;

constexpr double almost_one = 0.999999999;

Random always(double value) {
  return [value] { return value; };
}

TEST(Backoff, CeilingDoublesUpToTheMaximum) {
  Backoff backoff({.initial = milliseconds(100), .maximum = milliseconds(1000)}, always(almost_one));
  EXPECT_EQ(backoff.next(), milliseconds(99));
  EXPECT_EQ(backoff.next(), milliseconds(199));
  EXPECT_EQ(backoff.next(), milliseconds(399));
  EXPECT_EQ(backoff.next(), milliseconds(799));
  EXPECT_EQ(backoff.next(), milliseconds(999));
  EXPECT_EQ(backoff.next(), milliseconds(999));
}

TEST(Backoff, JitterIsFull) {
  Backoff none({.initial = milliseconds(100)}, always(0.0));
  EXPECT_EQ(none.next(), milliseconds(0));
  EXPECT_EQ(none.next(), milliseconds(0));
  Backoff half({.initial = milliseconds(100)}, always(0.5));
  EXPECT_EQ(half.next(), milliseconds(50));
  EXPECT_EQ(half.next(), milliseconds(100));
}

TEST(Backoff, DefaultsBeginAt100MillisecondsAndEndAtTenSeconds) {
  Backoff backoff({}, always(almost_one));
  EXPECT_EQ(backoff.next(), milliseconds(99));
  for (int attempt = 0; attempt < 100; ++attempt) backoff.next();
  EXPECT_EQ(backoff.next(), milliseconds(9'999));
}

TEST(Backoff, ResetBeginsAnew) {
  Backoff backoff({.initial = milliseconds(100)}, always(0.5));
  backoff.next();
  backoff.next();
  backoff.reset();
  EXPECT_EQ(backoff.next(), milliseconds(50));
}

TEST(Backoff, AnInitialCeilingAboveTheMaximumIsCutToIt) {
  Backoff backoff({.initial = milliseconds(500), .maximum = milliseconds(200)}, always(0.5));
  EXPECT_EQ(backoff.next(), milliseconds(100));
  backoff.reset();
  EXPECT_EQ(backoff.next(), milliseconds(100));
}

TEST(Backoff, ARefusalWaitsLongAndIsSpreadToo) {
  Backoff soonest({}, always(0.0));
  EXPECT_EQ(soonest.next_after_refusal(), milliseconds(30'000));
  Backoff latest({}, always(almost_one));
  EXPECT_EQ(latest.next_after_refusal(), milliseconds(59'999));
  EXPECT_EQ(latest.next_after_refusal(), milliseconds(59'999));
}

TEST(Backoff, ARefusalLeavesTheCeilingAsItIs) {
  Backoff backoff({.initial = milliseconds(100)}, always(0.5));
  backoff.next();
  backoff.next_after_refusal();
  EXPECT_EQ(backoff.next(), milliseconds(100));
}

TEST(Backoff, RandomnessOutOfRangeIsClamped) {
  Backoff above({.initial = milliseconds(100)}, always(7.0));
  EXPECT_EQ(above.next(), milliseconds(100));
  Backoff below({.initial = milliseconds(100)}, always(-7.0));
  EXPECT_EQ(below.next(), milliseconds(0));
}

TEST(MakeRandom, StaysWithinItsRangeAndVaries) {
  const auto random = make_random();
  double lowest = 1.0;
  double highest = 0.0;
  for (int draw = 0; draw < 1000; ++draw) {
    const double value = random();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  EXPECT_LT(lowest, 0.1);
  EXPECT_GT(highest, 0.9);
}

TEST(MakeRandom, DiffersFromCallToCall) {
  const auto one = make_random();
  const auto other = make_random();
  int equal = 0;
  for (int draw = 0; draw < 100; ++draw) equal += one() == other() ? 1 : 0;
  EXPECT_LT(equal, 10);
}

}  // namespace
}  // namespace lobbyd::upstream
