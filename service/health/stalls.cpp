#include "service/health/stalls.hpp"

#include <algorithm>

namespace lobbyd::health {

std::vector<Stalls::Stall> Stalls::check(std::span<const std::shared_ptr<Heartbeat>> loops, TimePoint now) {
  std::erase_if(told_, [&](const Heartbeat* told) {
    return std::ranges::find(loops, told, &std::shared_ptr<Heartbeat>::get) == loops.end();
  });
  std::vector<Stall> stalls;
  for (const std::shared_ptr<Heartbeat>& loop : loops) {
    if (const auto pause = loop->take_longest_pause(); pause >= limit_) {
      told_.erase(loop.get());
      stalls.push_back({loop->name(), pause, true});
    }
    if (const auto time = loop->silent_for(now); time >= limit_ && told_.insert(loop.get()).second) {
      stalls.push_back({loop->name(), time, false});
    }
  }
  return stalls;
}

}  // namespace lobbyd::health
