#include "tests/unit/apps/model/seeds.hpp"
#include "tests/unit/signalling/simulated_signalling.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <ostream>

// Whatever happens: the peers end the same on every instance, no two with one id, and are what they were told. Where
// nothing befalls anybody, no two ever have one id, and each message arrives once and in order.

namespace lobbyd::apps::test {
namespace {

constexpr int failures_shown = 3;

TEST(SignalSimulation, EverySeed) {
  const Seeds seeds = chosen_seeds(300);
  ASSERT_GT(seeds.count, 0U);
  std::ostream* const everything = seeds.count == 1 ? &std::cout : nullptr;
  int failures = 0;
  for (std::uint32_t seed = seeds.first; seed - seeds.first < seeds.count && failures < failures_shown; ++seed) {
    SimulatedSignalling signalling(seed, everything);
    const auto faults = signalling.run();
    if (!faults.empty()) {
      ++failures;
      ADD_FAILURE() << "seed " << seed << ": " << faults.front()
                    << "; to see it alone, run this program with LOBBYD_SEEDS=" << seed << ":1";
    }
  }
}

}  // namespace
}  // namespace lobbyd::apps::test
