#include "protocol/mqtt/topic_aliases.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

namespace lobbyd::mqtt {
namespace {

// The property is an identifier and two bytes. It is paid without a gain when it is set up, and saves the topic less
// itself whenever it is used: from seven bytes on the first use is worth more than the set-up.
constexpr std::size_t shortest_topic = 7;

}  // namespace

void InboundTopicAliases::reset(std::uint16_t maximum) {
  topics_.assign(maximum, {});
}

std::expected<std::string_view, ReasonCode> InboundTopicAliases::resolve(std::uint16_t alias, std::string_view topic) {
  if (alias == 0 || alias > topics_.size()) return std::unexpected(ReasonCode::topic_alias_invalid);
  std::string& known = topics_[alias - std::size_t{1}];
  if (!topic.empty()) known = topic;
  if (known.empty()) return std::unexpected(ReasonCode::protocol_error);
  return known;
}

void OutboundTopicAliases::reset(std::uint16_t maximum) {
  maximum_ = maximum;
  by_topic_.clear();
  entries_.clear();
  seen_.clear();
  next_seen_ = 0;
}

OutboundTopicAliases::Plan OutboundTopicAliases::plan(std::string_view topic) const {
  if (maximum_ == 0 || topic.size() < shortest_topic) return {};
  if (const auto found = by_topic_.find(topic); found != by_topic_.end()) return {.alias = found->second->alias};
  if (!is_remembered(std::hash<std::string_view>{}(topic))) return {};
  const bool has_free = entries_.size() < maximum_;
  return {.alias = has_free ? static_cast<std::uint16_t>(entries_.size() + 1) : entries_.back().alias, .set_up = true};
}

void OutboundTopicAliases::commit(std::string_view topic, Plan plan) {
  if (maximum_ == 0 || topic.size() < shortest_topic) return;
  if (plan.set_up) {
    set_up(topic, plan.alias);
  } else if (plan.alias != 0) {
    entries_.splice(entries_.begin(), entries_, by_topic_.find(topic)->second);
  } else {
    remember(std::hash<std::string_view>{}(topic));
  }
}

void OutboundTopicAliases::set_up(std::string_view topic, std::uint16_t alias) {
  if (entries_.size() < maximum_) {
    entries_.push_front({.topic = std::string(topic), .alias = alias});
  } else {
    by_topic_.erase(entries_.back().topic);
    entries_.splice(entries_.begin(), entries_, std::prev(entries_.end()));
    entries_.front().topic = topic;
  }
  by_topic_.emplace(entries_.front().topic, entries_.begin());
}

void OutboundTopicAliases::remember(std::size_t hash) {
  if (is_remembered(hash)) return;
  if (seen_.size() < maximum_) {
    seen_.push_back(hash);
    return;
  }
  seen_[next_seen_] = hash;
  next_seen_ = (next_seen_ + 1) % seen_.size();
}

bool OutboundTopicAliases::is_remembered(std::size_t hash) const {
  return std::ranges::find(seen_, hash) != seen_.end();
}

}  // namespace lobbyd::mqtt
