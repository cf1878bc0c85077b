#include "tests/unit/mqtt/text_words.hpp"
#include "tests/unit/wills/model_course.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

// Several registries on a model of a broker. See model_course.hpp for what is checked.
//
// LOBBYD_SEEDS=first:count chooses the seeds. One alone (LOBBYD_SEEDS=17:1) prints all that happens.

namespace lobbyd::hub::model {
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

TEST(WillsModel, EverySeed) {
  const Seeds seeds = chosen_seeds();
  ASSERT_GT(seeds.count, 0U);
  std::ostream* const everything = seeds.count == 1 ? &std::cout : nullptr;
  spdlog::set_level(spdlog::level::off);
  std::size_t published = 0;
  int failures = 0;
  for (std::uint32_t seed = seeds.first; seed - seeds.first < seeds.count && failures < failures_shown; ++seed) {
    Course course(seed, everything);
    const auto broken = course.run();
    published += course.published();
    if (broken.empty()) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << ": " << broken.front()
                  << "; to see it alone, run this program with LOBBYD_SEEDS=" << seed << ":1";
  }
  spdlog::set_level(spdlog::level::info);
  RecordProperty("wills_published", static_cast<int>(published));
}

}  // namespace
}  // namespace lobbyd::hub::model
