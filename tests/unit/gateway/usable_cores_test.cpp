#include "service/system/usable_cores.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace lobbyd {
namespace {

TEST(UsableCores, AreThoseThatTheProcessIsBoundTo) {
  EXPECT_GE(usable_cores(), 1U);
  EXPECT_LE(usable_cores(), std::thread::hardware_concurrency());
  std::size_t bound = 0;
  // What a thread is bound to goes with it.
  std::jthread([&bound] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    bound = usable_cores();
  }).join();
  EXPECT_EQ(bound, 1U);
}

}  // namespace
}  // namespace lobbyd
