#pragma once

// Which loops have stopped turning, and which turn again. Pure: time is passed in.

#include "service/health/heartbeats.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace lobbyd::health {

class Stalls {
 public:
  struct Stall {
    std::string loop;
    std::chrono::nanoseconds time;  // so far, or in all
    bool over;
  };

  // A loop that has not turned for so long is stalled.
  explicit Stalls(std::chrono::nanoseconds limit) : limit_(limit) {}

  // What is new since the last check: a stall that began is told of once, and one that is over in any case, also where
  // the checks themselves were late.
  std::vector<Stall> check(std::span<const std::shared_ptr<Heartbeat>> loops, TimePoint now);

 private:
  std::chrono::nanoseconds limit_;
  std::unordered_set<const Heartbeat*> told_;
};

}  // namespace lobbyd::health
