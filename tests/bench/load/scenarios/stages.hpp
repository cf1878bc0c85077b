#pragma once

// Fleets with their traffic, as more than one scenario has them.

#include "tests/bench/load/fleet.hpp"
#include "tests/bench/load/scenario.hpp"
#include "tests/bench/load/traffic.hpp"

#include <cstddef>
#include <string>

namespace lobbyd::load {

inline constexpr std::size_t room_size = 8;

// One topic that all subscribe to; the publisher is at the broker.
class FanOut {
 public:
  FanOut(Kind kind, const Settings& settings, std::size_t clients);
  Traffic& traffic() { return traffic_; }
  const Target& target() const { return target_; }

 private:
  Loop loop_;
  Target target_;
  Fleet subscribers_;
  Fleet publisher_;
  Traffic traffic_;
};

// A topic for each room; its members publish, each by its own connection.
class Rooms {
 public:
  Rooms(Kind kind, const Settings& settings, std::size_t rooms);
  Traffic& traffic() { return traffic_; }

 private:
  std::string topic_of(std::size_t room) const;

  Loop loop_;
  Target target_;
  Fleet members_;
  Traffic traffic_;
};

}  // namespace lobbyd::load
