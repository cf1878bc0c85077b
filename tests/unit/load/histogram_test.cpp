#include "tests/bench/load/histogram.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>

namespace lobbyd::load {
namespace {

using std::chrono::nanoseconds;

// A value that is alone comes back no smaller, and no more than a 128th larger.
void expect_near(std::int64_t value) {
  Histogram histogram;
  histogram.add(nanoseconds(value));
  const auto found = histogram.at(0.5).count();
  EXPECT_GE(found, value);
  EXPECT_LE(found - value, value / 128) << value;
}

TEST(HistogramTest, KeepsValuesToLessThanOnePercent) {
  for (int bits = 0; bits < 62; ++bits) {
    const auto power = std::int64_t{1} << bits;
    for (const std::int64_t value : {power - 1, power, power + 1, power + power / 3}) expect_near(value);
  }
  expect_near(std::numeric_limits<std::int64_t>::max());
}

TEST(HistogramTest, TakesQuantilesByRank) {
  Histogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.add(nanoseconds(value));
  EXPECT_EQ(histogram.total(), 100U);
  EXPECT_EQ(histogram.at(0).count(), 1);
  EXPECT_EQ(histogram.at(0.5).count(), 50);
  EXPECT_EQ(histogram.at(0.99).count(), 99);
  EXPECT_EQ(histogram.at(0.991).count(), 100);
  EXPECT_EQ(histogram.at(1).count(), 100);
}

TEST(HistogramTest, CountsWhatIsNegativeAsZero) {
  Histogram histogram;
  histogram.add(nanoseconds(-5));
  EXPECT_EQ(histogram.at(1).count(), 0);
}

TEST(HistogramTest, HasNothingToTellWithoutSamples) {
  EXPECT_EQ(Histogram().at(0.5).count(), 0);
}

}  // namespace
}  // namespace lobbyd::load
