#include "service/hub/upstream_filters.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace lobbyd::hub {

namespace {

// MQTT5 §3.8.2.1.2
constexpr std::uint32_t max_subscription_id = 268'435'455;

mqtt::QoS granted_qos(mqtt::ReasonCode reason) {
  return static_cast<mqtt::QoS>(reason);
}

}  // namespace

std::uint32_t UpstreamFilters::enter(const std::string& text, const std::string& topic_filter, bool shared) {
  const auto [found, fresh] = entries_.try_emplace(text);
  Entry& entry = found->second;
  entry.unwanted = false;
  if (fresh) {
    last_id_ = last_id_ % max_subscription_id + 1;
    entry.topic_filter = topic_filter;
    entry.shared = shared;
    entry.id = last_id_;
  }
  return entry.id;
}

void UpstreamFilters::want(const std::string& text, mqtt::QoS qos, Granted granted) {
  Entry& entry = entries_.at(text);
  const bool first = !entry.granted && entry.waiting.empty();
  if (entry.granted && qos <= entry.qos) {
    granted(static_cast<mqtt::ReasonCode>(*entry.granted));
    return;
  }
  const bool raised = qos > entry.qos;
  entry.qos = std::max(entry.qos, qos);
  entry.waiting.push_back(std::move(granted));
  if ((first || raised) && mode_ != Mode::unknown) {
    place(text, entry);
  }
}

void UpstreamFilters::unwant(const std::string& text) {
  const auto found = entries_.find(text);
  if (found == entries_.end()) {
    return;
  }
  if (!found->second.waiting.empty()) {
    found->second.unwanted = true;
    return;
  }
  release(text, found->second);
  entries_.erase(found);
}

void UpstreamFilters::on_lane_up(const upstream::Capabilities& capabilities) {
  const Mode mode = capabilities.subscription_ids ? Mode::identifiers : Mode::covers;
  if (mode == mode_) {
    return;
  }
  if (mode_ != Mode::unknown) {
    for (auto& [text, entry] : entries_) {
      release(text, entry);
    }
  }
  mode_ = mode;
  plan_ = {};
  for (auto& [text, entry] : entries_) {
    place(text, entry);
  }
}

bool UpstreamFilters::is_on(upstream::LaneId lane, const Filter& filter) const {
  const auto found = entries_.find(filter.text);
  return found != entries_.end() && found->second.lane == lane;
}

void UpstreamFilters::place(const std::string& text, Entry& entry) {
  entry.lane = upstream::LaneId::subscriptions;
  if (mode_ == Mode::identifiers) {
    hold(entry.lane, text, entry);
  } else if (entry.shared) {
    entry.lane = lane_for(entry);
    hold(entry.lane, text, entry);
  } else {
    place_under_cover(text, entry);
  }
}

void UpstreamFilters::place_under_cover(const std::string& text, Entry& entry) {
  const auto added = plan_.add({.key = text, .topic_filter = entry.topic_filter, .qos = entry.qos});
  if (added.hold) {
    hold_cover(*added.hold);
  } else if (added.served) {
    on_answer(text, static_cast<mqtt::ReasonCode>(*added.served));
  }
}

void UpstreamFilters::hold(upstream::LaneId lane, const std::string& text, const Entry& entry) {
  const std::uint32_t id = mode_ == Mode::identifiers ? entry.id : 0;
  broker_.hold(lane, text, entry.qos, id, [this, text](mqtt::ReasonCode reason) { on_answer(text, reason); });
}

void UpstreamFilters::hold_cover(const CoverPlan::Hold& hold) {
  broker_.hold(upstream::LaneId::subscriptions, hold.filter, hold.qos, 0,
               [this, cover = hold.filter](mqtt::ReasonCode reason) { on_cover_answer(cover, reason); });
}

void UpstreamFilters::on_cover_answer(const std::string& cover, mqtt::ReasonCode reason) {
  std::vector<CoverPlan::Key> answered;
  if (mqtt::is_failure(reason)) {
    CoverPlan::Refused refused = plan_.refused(cover);
    if (refused.again) {
      hold_cover(*refused.again);
    }
    answered = std::move(refused.unserved);
  } else {
    CoverPlan::Acknowledged acknowledged = plan_.acknowledged(cover, granted_qos(reason));
    for (const std::string& replaced : acknowledged.release) {
      broker_.release(upstream::LaneId::subscriptions, replaced);
    }
    answered = std::move(acknowledged.served);
  }
  for (const CoverPlan::Key& text : answered) {
    on_answer(text, reason);
  }
}

void UpstreamFilters::on_answer(const std::string& text, mqtt::ReasonCode reason) {
  const auto found = entries_.find(text);
  if (found == entries_.end()) {
    return;
  }
  Entry& entry = found->second;
  std::vector<Granted> waiting = std::exchange(entry.waiting, {});
  if (!mqtt::is_failure(reason)) {
    entry.granted = granted_qos(reason);
    if (entry.unwanted) {
      release(text, entry);
      entries_.erase(found);
    }
  } else if (entry.granted && !entry.unwanted) {
    // Only the higher QoS was refused; those who had the filter keep it.
    spdlog::warn("the broker refused filter \"{}\" at QoS {}: {}", text, static_cast<int>(entry.qos),
                 mqtt::name(reason));
    entry.qos = *std::exchange(entry.granted, std::nullopt);
    place(text, entry);
  } else {
    entries_.erase(found);
  }
  for (Granted& granted : waiting) {
    granted(reason);
  }
}

void UpstreamFilters::release(const std::string& text, const Entry& entry) {
  if (mode_ == Mode::covers && !entry.shared) {
    for (const std::string& cover : plan_.remove(text)) {
      broker_.release(upstream::LaneId::subscriptions, cover);
    }
  } else if (mode_ != Mode::unknown) {
    broker_.release(entry.lane, text);
  }
}

upstream::LaneId UpstreamFilters::lane_for(const Entry& entry) {
  for (const upstream::LaneId lane : shared_lanes_) {
    const bool free = std::ranges::none_of(std::views::values(entries_), [&](const Entry& other) {
      return &other != &entry && other.lane == lane && mqtt::overlaps(other.topic_filter, entry.topic_filter);
    });
    if (free) {
      return lane;
    }
  }
  shared_lanes_.push_back(broker_.open_lane());
  return shared_lanes_.back();
}

}  // namespace lobbyd::hub
