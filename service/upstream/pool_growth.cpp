#include "service/upstream/pool_growth.hpp"

#include <algorithm>

namespace lobbyd::upstream {

std::uint32_t connections_wanted(const PoolCounts& counts) {
  const std::uint32_t wanted = std::max(counts.open, counts.size);
  const bool all_stand = counts.connected == wanted;
  const bool all_congested = counts.congested == wanted;
  return all_stand && all_congested && wanted < counts.maximum ? wanted + 1 : wanted;
}

}  // namespace lobbyd::upstream
