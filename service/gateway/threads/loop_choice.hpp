#pragma once

// How many loops there are, and which of them a new connection is put on. Pure.

#include <cstddef>
#include <span>

namespace lobbyd::gateway {

// `configured`: 0 for one per core, at most 4.
std::size_t thread_count(std::size_t configured, std::size_t cores);

struct LoopLoad {
  std::size_t weight;  // its share of the connections, against that of the others; not 0
  std::size_t connections;
};

// The loop that has the fewest for its weight; of several the last. `loads` is not empty.
std::size_t choose_loop(std::span<const LoopLoad> loads);

}  // namespace lobbyd::gateway
