#include "service/gateway/rivals.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::gateway {
namespace {

using namespace std::chrono_literals;

const Rivals::TimePoint start{};

TEST(RivalsTest, SomeTakeoversAreTolerated) {
  Rivals rivals;
  for (unsigned number = 1; number < Rivals::tolerated; ++number) {
    rivals.note("a", start);
    EXPECT_EQ(rivals.wait("a", start), 0ms);
  }
  rivals.note("a", start);
  EXPECT_EQ(rivals.wait("a", start), Rivals::first_wait);
  EXPECT_EQ(rivals.wait("b", start), 0ms);
}

TEST(RivalsTest, EachWaitsLongerThanTheOneBeforeUpToABound) {
  Rivals rivals;
  auto before = 0ms;
  for (unsigned number = 0; number < 40; ++number) {
    rivals.note("a", start);
    EXPECT_GE(rivals.wait("a", start), before);
    before = rivals.wait("a", start);
  }
  EXPECT_EQ(before, Rivals::longest_wait);
}

TEST(RivalsTest, PeaceIsForgiven) {
  Rivals rivals;
  for (unsigned number = 0; number < Rivals::tolerated; ++number) rivals.note("a", start);
  const auto later = start + Rivals::memory + Rivals::first_wait;
  EXPECT_EQ(rivals.wait("a", later - 1ms), Rivals::first_wait);
  EXPECT_EQ(rivals.wait("a", later), 0ms);
  rivals.note("a", later);
  EXPECT_EQ(rivals.wait("a", later), 0ms);
}

TEST(RivalsTest, BeyondTheBoundNobodyWaits) {
  Rivals rivals;
  for (std::size_t number = 0; number < Rivals::most; ++number) rivals.note(std::to_string(number), start);
  for (unsigned number = 0; number < 10; ++number) rivals.note("one more", start);
  EXPECT_EQ(rivals.wait("one more", start), 0ms);
  for (unsigned number = 0; number < Rivals::tolerated; ++number) rivals.note("one more", start + Rivals::memory);
  EXPECT_EQ(rivals.wait("one more", start + Rivals::memory), Rivals::first_wait) << "the others are forgotten by then";
}

}  // namespace
}  // namespace lobbyd::gateway
