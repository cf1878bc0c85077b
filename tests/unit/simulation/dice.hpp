#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace lobbyd::simulation {

// All chance of a course. The same numbers from the same seed everywhere: the standard's distributions differ from
// library to library, its engines do not.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}

  // In 0..limit-1.
  unsigned below(unsigned limit) { return static_cast<unsigned>(engine_()) % limit; }
  bool one_in(unsigned count) { return below(count) == 0; }
  std::chrono::milliseconds up_to(std::chrono::milliseconds longest) {
    return std::chrono::milliseconds(below(static_cast<unsigned>(longest.count()) + 1));
  }
  // In [0, 1).
  double fraction() { return static_cast<double>(below(1U << 20U)) / (1U << 20U); }

 private:
  std::mt19937 engine_;
};

}  // namespace lobbyd::simulation
