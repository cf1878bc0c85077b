#include "service/hub/upstream_filters.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace lobbyd::hub {

namespace {

// MQTT5 §3.8.2.1.2
constexpr std::uint32_t max_subscription_id = 268'435'455;

mqtt::QoS granted_qos(mqtt::ReasonCode reason) {
  return static_cast<mqtt::QoS>(reason);
}

mqtt::ReasonCode reason_of(mqtt::QoS granted) {
  return static_cast<mqtt::ReasonCode>(granted);
}

}  // namespace

std::uint32_t UpstreamFilters::enter(const std::string& text, const std::string& topic_filter, bool shared) {
  const auto [found, fresh] = entries_.try_emplace(text);
  Entry& entry = found->second;
  if (fresh) {
    last_id_ = last_id_ % max_subscription_id + 1;
    entry.topic_filter = topic_filter;
    entry.shared = shared;
    entry.id = last_id_;
  }
  return entry.id;
}

void UpstreamFilters::want(const std::string& text, mqtt::QoS qos, Granted granted) {
  const auto found = entries_.find(text);
  Entry& entry = found->second;
  if (entry.grant && qos <= entry.grant->asked) {
    return granted(reason_of(entry.grant->granted));
  }
  const bool under_way = !entry.waiting.empty() && qos <= entry.asked;
  entry.asked = std::max(entry.asked, qos);
  entry.waiting.push_back(std::move(granted));
  if (!under_way) {
    Answers answers;
    place(found, answers);
    give(std::move(answers));
  }
}

void UpstreamFilters::unwant(const std::string& text) {
  const auto node = entries_.extract(text);
  if (!node) {
    return;
  }
  Entry& entry = node.mapped();
  Answers answers;
  for (Granted& granted : entry.waiting) {
    answers.emplace_back(std::move(granted), reason_of(entry.asked));
  }
  if (entry.lane) {
    leave_shared_lane(text, entry);
  } else if (mode_ == Mode::covers) {
    carry_out(plan_.remove(text), answers);
  } else if (mode_ == Mode::identifiers) {
    lanes_.release(upstream::LaneId::subscriptions, text);
  }
  give(std::move(answers));
}

void UpstreamFilters::narrow() {
  Answers answers;
  carry_out(plan_.narrow(), answers);
  give(std::move(answers));
}

// What is held in the new way comes before what was held in the old one goes, so that nothing is missed.
void UpstreamFilters::on_lane_up(const upstream::Capabilities& capabilities) {
  const Mode mode = capabilities.subscription_ids ? Mode::identifiers : Mode::covers;
  if (mode == mode_) {
    return;
  }
  const auto before = held_on_subscriptions();
  mode_ = mode;
  plan_.clear();
  Answers answers;
  for (auto found = entries_.begin(); found != entries_.end();) {
    place(found++, answers);
  }
  const auto now = held_on_subscriptions();
  for (const std::string& filter : before) {
    if (!now.contains(filter)) {
      lanes_.release(upstream::LaneId::subscriptions, filter);
    }
  }
  give(std::move(answers));
}

std::unordered_set<std::string> UpstreamFilters::held_on_subscriptions() const {
  std::unordered_set<std::string> filters;
  if (mode_ == Mode::covers) {
    std::ranges::copy(plan_.held(), std::inserter(filters, filters.end()));
  } else if (mode_ == Mode::identifiers) {
    std::ranges::copy(std::views::keys(entries_), std::inserter(filters, filters.end()));
  }
  return filters;
}

bool UpstreamFilters::is_on(upstream::LaneId lane, const Filter& filter) const {
  const auto found = entries_.find(filter.text);
  return found != entries_.end() && found->second.lane.value_or(upstream::LaneId::subscriptions) == lane;
}

// At the broker ------------------------------------------------------------------------------------------------

void UpstreamFilters::place(Entries::iterator found, Answers& answers) {
  auto& [text, entry] = *found;
  switch (mode_) {
    case Mode::unknown:
      return;
    case Mode::identifiers:
      hold(upstream::LaneId::subscriptions, found, entry.id);
      leave_shared_lane(text, entry);
      return;
    case Mode::covers:
      break;
  }
  entry.hold = 0;
  if (!entry.shared) {
    carry_out(plan_.add(text, entry.asked), answers);
    return;
  }
  if (!entry.lane) {
    entry.lane = shared_lanes_.enter(entry.topic_filter);
  }
  if (entry.lane) {
    hold(*entry.lane, found, 0);
  } else {
    conclude(text, mqtt::ReasonCode::quota_exceeded, answers);
  }
}

void UpstreamFilters::hold(upstream::LaneId lane, Entries::iterator found, std::uint32_t id) {
  auto& [text, entry] = *found;
  entry.hold = ++last_hold_;
  lanes_.hold(lane, text, entry.asked, id,
              [this, text, number = entry.hold](mqtt::ReasonCode reason) { on_answer(text, number, reason); });
}

void UpstreamFilters::leave_shared_lane(const std::string& text, Entry& entry) {
  if (const auto lane = std::exchange(entry.lane, std::nullopt)) {
    lanes_.release(*lane, text);
    shared_lanes_.leave(*lane, entry.topic_filter);
  }
}

void UpstreamFilters::carry_out(const CoverPlan::Changes& changes, Answers& answers, mqtt::ReasonCode refusal) {
  for (const CoverPlan::Hold& cover : changes.hold) {
    lanes_.hold(upstream::LaneId::subscriptions, cover.filter, cover.qos, 0,
                [this, cover](mqtt::ReasonCode reason) { on_cover_answer(cover, reason); });
  }
  for (const std::string& filter : changes.release) {
    lanes_.release(upstream::LaneId::subscriptions, filter);
  }
  for (const auto& [filter, granted] : changes.served) {
    conclude(filter, reason_of(granted), answers);
  }
  for (const std::string& filter : changes.refused) {
    conclude(filter, refusal, answers);
  }
}

void UpstreamFilters::on_cover_answer(const CoverPlan::Hold& cover, mqtt::ReasonCode reason) {
  Answers answers;
  if (mqtt::is_failure(reason)) {
    carry_out(plan_.refused(cover), answers, reason);
  } else {
    carry_out(plan_.acknowledged(cover, granted_qos(reason)), answers);
  }
  give(std::move(answers));
}

void UpstreamFilters::on_answer(const std::string& text, std::uint64_t hold, mqtt::ReasonCode reason) {
  const auto found = entries_.find(text);
  if (found == entries_.end() || found->second.hold != hold) {
    return;
  }
  Answers answers;
  conclude(text, reason, answers);
  give(std::move(answers));
}

void UpstreamFilters::conclude(const std::string& text, mqtt::ReasonCode reason, Answers& answers) {
  const auto found = entries_.find(text);
  Entry& entry = found->second;
  for (Granted& granted : std::exchange(entry.waiting, {})) {
    answers.emplace_back(std::move(granted), reason);
  }
  if (!mqtt::is_failure(reason)) {
    entry.grant = Grant{.asked = entry.asked, .granted = granted_qos(reason)};
    return;
  }
  if (entry.grant) {
    spdlog::warn("the broker refused filter \"{}\" at QoS {}: {}", text, static_cast<int>(entry.asked),
                 mqtt::name(reason));
  }
  if (entry.grant && entry.grant->asked < entry.asked) {
    // Those who had it at a lower QoS keep it.
    entry.asked = entry.grant->asked;
    place(found, answers);
  } else {
    leave_shared_lane(text, entry);
    entries_.erase(found);
  }
}

void UpstreamFilters::give(Answers answers) {
  for (auto& [granted, reason] : answers) {
    granted(reason);
  }
}

}  // namespace lobbyd::hub
