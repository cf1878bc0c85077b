#pragma once

#include "protocol/mqtt/client.hpp"
#include "service/upstream/filter_limits.hpp"

#include <cstdint>

namespace lobbyd::upstream {

// What a broker allows, or does in its own way, and no packet tells.
struct BrokerTraits {
  FilterLimits filters = {};
  std::uint32_t publish_rate = 0;  // messages a second on one connection at most; 0: no limit
  bool retained_wildcards = true;  // it sends retained messages for filters with wildcards, too
  mqtt::UntoldLimits limits_3_1_1 = {};
};

}  // namespace lobbyd::upstream
