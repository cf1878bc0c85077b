#include "service/hub/live_messages.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::hub {

LiveMessages::LiveMessages(const Names& names, Subscriptions& subscriptions, FanOut& fan_out, Subscribing& subscribing,
                           FindOrigin find_origin, std::size_t max_bytes)
    : names_(names),
      subscriptions_(subscriptions),
      fan_out_(fan_out),
      subscribing_(subscribing),
      find_origin_(std::move(find_origin)),
      max_bytes_(max_bytes) {}

void LiveMessages::take(upstream::LaneId lane, const mqtt::Publish& publish, Message::TimePoint now) {
  if (continues(lane, publish) && taken_->join(publish, max_bytes_)) {
    return;
  }
  flush();
  taken_ = std::make_shared<Message>(publish, now);
  lane_ = lane;
  ids_.assign(publish.subscription_ids.begin(), publish.subscription_ids.end());
}

bool LiveMessages::continues(upstream::LaneId lane, const mqtt::Publish& publish) const {
  return taken_ && lane == lane_ && std::ranges::equal(publish.subscription_ids, ids_);
}

void LiveMessages::flush() {
  if (!taken_) {
    return;
  }
  const MessagePtr message = std::exchange(taken_, nullptr);
  const auto matched = matched_by(message->topic());
  // Members of a shared subscription take turns.
  if (message->count() > 1 && std::ranges::any_of(matched, &Filter::shared)) {
    for (const MessagePtr& part : message->parts()) {
      deliver(part, matched);
    }
  } else {
    deliver(message, matched);
  }
}

std::span<Filter* const> LiveMessages::matched_by(std::string_view topic) {
  const std::vector<Filter*>& matched = subscriptions_.match(topic);
  const UpstreamFilters& upstream = subscriptions_.upstream();
  if (upstream.has_identifiers()) {
    return matched;
  }
  on_lane_.clear();
  std::ranges::copy_if(matched, std::back_inserter(on_lane_),
                       [&](const Filter* filter) { return upstream.is_on(lane_, *filter); });
  return on_lane_;
}

void LiveMessages::deliver(const MessagePtr& message, std::span<Filter* const> matched) {
  const Client* const origin = message->origin().empty() ? nullptr : find_origin_(message->origin());
  const Audience audience = names_.is_closed(message->topic()) ? Audience::services : Audience::clients;
  Delivery delivery{.message = message, .filter = {}};
  for (const Target& target : fan_out_.select(matched, ids_, origin, audience)) {
    delivery.qos = std::min(message->qos(), target.member->qos);
    delivery.mode = target.member->mode;
    if (delivery.filter != target.filter->name) {
      delivery.filter = target.filter->name;
    }
    subscribing_.deliver(*target.client, delivery);
  }
}

}  // namespace lobbyd::hub
