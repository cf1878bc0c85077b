#pragma once

#include "service/upstream/filter_lanes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lobbyd::bench {

// A broker that grants whatever is asked for. It answers from within the call, as only a scene that is being set may.
class GrantingLanes final : public upstream::FilterLanes {
 public:
  std::optional<upstream::LaneId> open_lane() override { return std::nullopt; }
  void close_lane(upstream::LaneId) override {}
  void hold(upstream::LaneId, const std::string&, mqtt::QoS qos, std::uint32_t,
            upstream::HoldHandler handler) override {
    handler(static_cast<mqtt::ReasonCode>(qos));
  }
  void release(upstream::LaneId, const std::string&) override {}
};

}  // namespace lobbyd::bench
