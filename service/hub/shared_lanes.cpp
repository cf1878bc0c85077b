#include "service/hub/shared_lanes.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace lobbyd::hub {

std::optional<upstream::LaneId> SharedLanes::enter(const std::string& topic_filter) {
  for (auto& [lane, filters] : filters_) {
    const bool taken = filters.any_overlapping(
        topic_filter, [&](const std::string& other) { return mqtt::overlaps(other, topic_filter); });
    if (!taken) {
      filters.insert(topic_filter, topic_filter);
      return lane;
    }
  }
  const auto lane = lanes_.open_lane();
  if (lane) {
    filters_[*lane].insert(topic_filter, topic_filter);
  } else if (!std::exchange(told_, true)) {
    spdlog::warn(
        "a shared subscription to \"{}\" is refused, and others may be: it overlaps others on each of the {} "
        "connections that may be opened "
        "for them; a broker with subscription identifiers (MQTT 5) needs no connections for them",
        topic_filter, filters_.size());
  }
  return lane;
}

void SharedLanes::leave(upstream::LaneId lane, const std::string& topic_filter) {
  const auto found = filters_.find(lane);
  found->second.erase(topic_filter, topic_filter);
  if (found->second.empty()) {
    filters_.erase(found);
    told_ = false;
    lanes_.close_lane(lane);
  }
}

}  // namespace lobbyd::hub
