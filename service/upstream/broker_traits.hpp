#pragma once

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/types.hpp"
#include "service/upstream/filter_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lobbyd::upstream {

// Of topics and filters. A broker may end the connection, which all clients share, over one that passes them.
struct TopicLimits {
  std::size_t levels = 200;  // of a shared subscription those of the filter within
  std::size_t bytes = 65'535;
  std::string_view reserved = {};  // characters that the broker changes
};

// What a broker allows, or does in its own way, and no packet tells.
struct BrokerTraits {
  FilterLimits filters = {};
  TopicLimits topics = {};
  std::uint32_t publish_rate = 0;  // messages a second on one connection at most; 0: no limit
  bool retained_wildcards = true;  // it sends retained messages for filters with wildcards, too
  // Subscribing again at another QoS does not replace the subscription, but adds one: each filter is held at this.
  std::optional<mqtt::QoS> filter_qos = {};
  mqtt::UntoldLimits limits_3_1_1 = {};
};

}  // namespace lobbyd::upstream
