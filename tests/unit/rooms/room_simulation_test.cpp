#include "tests/unit/apps/model/seeds.hpp"
#include "tests/unit/rooms/simulated_rooms.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <ostream>

// Whatever happens: members and histories end the same on every instance, and are what clients were told.

namespace lobbyd::apps::test {
namespace {

constexpr int failures_shown = 3;

TEST(RoomSimulation, EverySeed) {
  const Seeds seeds = chosen_seeds(300);
  ASSERT_GT(seeds.count, 0U);
  std::ostream* const everything = seeds.count == 1 ? &std::cout : nullptr;
  int failures = 0;
  for (std::uint32_t seed = seeds.first; seed - seeds.first < seeds.count && failures < failures_shown; ++seed) {
    SimulatedRooms rooms(seed, everything);
    const auto faults = rooms.run();
    if (!faults.empty()) {
      ++failures;
      ADD_FAILURE() << "seed " << seed << ": " << faults.front()
                    << "; to see it alone, run this program with LOBBYD_SEEDS=" << seed << ":1";
    }
  }
}

}  // namespace
}  // namespace lobbyd::apps::test
