#pragma once

#include "service/upstream/filter_lanes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub {

// Lanes that answer when the test says so.
class RecordingLanes final : public upstream::FilterLanes {
 public:
  struct Held {
    upstream::LaneId lane;
    std::string filter;
    mqtt::QoS qos;
    std::uint32_t id;
    upstream::HoldHandler handler;
  };

  std::optional<upstream::LaneId> open_lane() override {
    if (open.size() == most) {
      return std::nullopt;
    }
    const upstream::LaneId lane{++last_};
    open.insert(lane);
    return lane;
  }
  void close_lane(upstream::LaneId lane) override { open.erase(lane); }
  void hold(upstream::LaneId lane, const std::string& filter, mqtt::QoS qos, std::uint32_t id,
            upstream::HoldHandler handler) override {
    log.push_back("hold " + filter);
    asked.push_back({lane, filter, qos, id, std::move(handler)});
  }
  void release(upstream::LaneId lane, const std::string& filter) override {
    log.push_back("release " + filter);
    std::erase_if(asked, [&](const Held& held) { return held.lane == lane && held.filter == filter; });
  }

  // To the oldest hold that waits.
  void answer(mqtt::ReasonCode reason) {
    Held held = std::move(asked.at(0));
    asked.erase(asked.begin());
    held.handler(reason);
  }
  void grant_all() {
    while (!asked.empty()) {
      answer(static_cast<mqtt::ReasonCode>(asked.front().qos));
    }
  }

  std::vector<Held> asked;
  std::vector<std::string> log;
  std::set<upstream::LaneId> open;
  std::size_t most = 2;

 private:
  std::uint32_t last_ = 1;
};

}  // namespace lobbyd::hub
