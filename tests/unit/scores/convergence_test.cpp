#include "tests/unit/mqtt/text_words.hpp"
#include "tests/unit/scores/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <ostream>
#include <stdexcept>
#include <string_view>

// Several instances share a board. Whatever happens, in the end all have the same entries, and so has one that comes
// anew; nobody goes on talking; and where nothing was lost on the way every submission counts.
//
// LOBBYD_SEEDS=first:count chooses the seeds. One alone (LOBBYD_SEEDS=17:1) prints all that happens.

namespace lobbyd::scores::test {
namespace {

constexpr int failures_shown = 3;

struct Seeds {
  std::uint32_t first = 1;
  std::uint32_t count = 1'000;
};

Seeds chosen_seeds() {
  const char* const text = std::getenv("LOBBYD_SEEDS");
  if (text == nullptr) return {};
  const std::string_view words = text;
  const std::size_t colon = words.find(':');
  if (colon == std::string_view::npos) throw std::invalid_argument("LOBBYD_SEEDS is not first:count");
  return {mqtt::test::number_from<std::uint32_t>(words.substr(0, colon)),
          mqtt::test::number_from<std::uint32_t>(words.substr(colon + 1))};
}

TEST(Convergence, EverySeed) {
  const Seeds seeds = chosen_seeds();
  ASSERT_GT(seeds.count, 0U);
  std::ostream* const everything = seeds.count == 1 ? &std::cout : nullptr;
  std::size_t most_published = 0;
  int failures = 0;
  for (std::uint32_t seed = seeds.first; seed - seeds.first < seeds.count && failures < failures_shown; ++seed) {
    World world(seed, everything);
    const auto broken = world.run();
    most_published = std::max(most_published, world.published_to_settle());
    if (broken.empty()) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << ": " << broken.front()
                  << "; to see it alone, run this program with LOBBYD_SEEDS=" << seed << ":1";
  }
  RecordProperty("most_messages_to_settle", static_cast<int>(most_published));
}

}  // namespace
}  // namespace lobbyd::scores::test
