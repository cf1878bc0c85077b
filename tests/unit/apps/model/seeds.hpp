#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace lobbyd::apps::test {

// LOBBYD_SEEDS=first:count chooses the seeds. One alone (LOBBYD_SEEDS=17:1) prints all that happens.
struct Seeds {
  std::uint32_t first = 1;
  std::uint32_t count = 0;
};

inline std::uint32_t seed_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("LOBBYD_SEEDS is not first:count");
  }
  return number;
}

inline Seeds chosen_seeds(std::uint32_t usual_count) {
  const char* const text = std::getenv("LOBBYD_SEEDS");
  if (text == nullptr) {
    return {.first = 1, .count = usual_count};
  }
  const std::string_view words = text;
  const auto colon = words.find(':');
  return {.first = seed_number(words.substr(0, colon)),
          .count = colon == std::string_view::npos ? 1 : seed_number(words.substr(colon + 1))};
}

}  // namespace lobbyd::apps::test
