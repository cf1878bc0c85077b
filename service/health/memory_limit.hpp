#pragma once

// Whether the daemon holds more memory than it may, so that no further client is let in. It has to fall some way below
// the limit before they are: else each that leaves would let one in. Pure: how the memory is measured is passed in.

#include "service/health/heartbeats.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

namespace lobbyd::health {

class MemoryLimit {
 public:
  struct Means {
    std::function<std::optional<std::size_t>()> measure;  // bytes
    std::function<void()> trim;                           // gives back what has been freed
  };

  // `limit` in bytes; 0 is none.
  MemoryLimit(std::size_t limit, Means means);

  // Measures. True where `exceeded` has changed.
  bool check(TimePoint now);
  bool exceeded() const { return exceeded_; }
  std::size_t limit() const { return limit_; }
  // By the last measurement; 0 before the first, or without a limit.
  std::size_t held() const { return held_; }

 private:
  void measure();

  std::size_t limit_;
  Means means_;
  std::size_t held_ = 0;
  bool exceeded_ = false;
  TimePoint trimmed_;
};

}  // namespace lobbyd::health
