#pragma once

#include <cstdint>

namespace lobbyd::upstream {

struct PoolCounts {
  std::uint32_t size = 2;      // configured: from the start
  std::uint32_t maximum = 16;  // configured; at least `size`
  std::uint32_t open = 0;      // connections that there are, standing or not
  std::uint32_t connected = 0;
  std::uint32_t congested =
      0;  // of these, those that have had messages waiting for a while: for the window, or the pace
};

// How many connections the pool shall have. It grows by one while all are congested, and the next one comes only
// when the last one stands, so that a broker that refuses more is not besieged. It never shrinks: publishers stick to
// their connections.
std::uint32_t connections_wanted(const PoolCounts& counts);

}  // namespace lobbyd::upstream
