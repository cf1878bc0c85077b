#include "tests/bench/load/stamp.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::load {
namespace {

constexpr Stamp stamp{.stream = 0xFEDC'BA98, .sequence = 17, .due = Time(Clock::duration(1'234'567'890'123))};

TEST(StampTest, ComesBackFromThePayload) {
  std::string payload = "what was there before";
  write_stamp(stamp, 128, payload);
  EXPECT_EQ(payload.size(), 128U);
  const auto read = read_stamp(payload);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->stream, stamp.stream);
  EXPECT_EQ(read->sequence, stamp.sequence);
  EXPECT_EQ(read->due, stamp.due);
}

TEST(StampTest, IsTheLeastOfAPayload) {
  std::string payload;
  write_stamp(stamp, 0, payload);
  EXPECT_EQ(payload.size(), stamp_size);
  EXPECT_TRUE(read_stamp(payload));
}

TEST(StampTest, RefusesWhatWasNotWrittenSo) {
  std::string payload;
  write_stamp(stamp, 64, payload);
  EXPECT_FALSE(read_stamp(payload.substr(0, stamp_size - 1)));
  for (const std::size_t place : {std::size_t{0}, std::size_t{8}, stamp_size - 1}) {
    std::string damaged = payload;
    damaged[place] = 'G';
    EXPECT_FALSE(read_stamp(damaged)) << place;
  }
}

}  // namespace
}  // namespace lobbyd::load
