#include "service/gateway/threads/loop_choice.hpp"

#include <algorithm>

namespace lobbyd::gateway {

namespace {

constexpr std::size_t most_by_itself = 4;

}  // namespace

std::size_t thread_count(std::size_t configured, std::size_t cores) {
  return configured > 0 ? configured : std::clamp(cores, std::size_t{1}, most_by_itself);
}

std::size_t choose_loop(std::span<const LoopLoad> loads) {
  std::size_t chosen = 0;
  for (std::size_t index = 1; index < loads.size(); ++index) {
    const LoopLoad& best = loads[chosen];
    const LoopLoad& other = loads[index];
    if ((other.connections + 1) * best.weight <= (best.connections + 1) * other.weight) {
      chosen = index;
    }
  }
  return chosen;
}

}  // namespace lobbyd::gateway
