#include "service/upstream/subscription_table.hpp"

#include "protocol/mqtt/topic.hpp"

#include <algorithm>
#include <iterator>

namespace lobbyd::upstream {
namespace {

// Batches stay well under what brokers take; a single filter may still be longer than that.
constexpr std::size_t batch_bytes = 32U << 10U;
// Fixed header, packet identifier, properties (MQTT5 §3.8).
constexpr std::size_t packet_overhead = 16;
// Length and options of each filter.
constexpr std::size_t filter_overhead = 3;

}  // namespace

// The wishes --------------------------------------------------------------------------------------------------

void SubscriptionTable::hold(const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id,
                             HoldHandler handler) {
  const auto found = entries_.try_emplace(filter).first;
  Entry& entry = found->second;
  entry.wanted_qos = entry.wanted ? std::max(entry.wanted_qos, qos) : qos;
  entry.wanted = true;
  entry.wanted_id = subscription_id;
  entry.parked = false;
  if (handler) {
    entry.waiters.push_back({qos, std::move(handler)});
  }
  look_at(found);
}

void SubscriptionTable::release(const std::string& filter) {
  const auto found = entries_.find(filter);
  if (found == entries_.end()) {
    return;
  }
  found->second.wanted = false;
  found->second.waiters.clear();
  no_longer_restoring(found->second);
  look_at(found);
}

bool SubscriptionTable::wants(const std::string& filter) const {
  const auto found = entries_.find(filter);
  return found != entries_.end() && found->second.wanted;
}

bool SubscriptionTable::stands(const std::string& filter) const {
  const auto found = entries_.find(filter);
  return found != entries_.end() && found->second.state == State::held;
}

std::size_t SubscriptionTable::wanted() const {
  return static_cast<std::size_t>(std::ranges::count_if(entries_, [](const auto& item) { return item.second.wanted; }));
}

SubscriptionTable::Action SubscriptionTable::action(const Entry& entry) const {
  switch (entry.state) {
    case State::subscribing:
    case State::unsubscribing:
      return Action::none;
    case State::idle:
      if (!entry.wanted) {
        return Action::forget;
      }
      return entry.parked ? Action::none : Action::subscribe;
    case State::unsure:
      if (!entry.wanted) {
        return Action::unsubscribe;
      }
      return entry.parked ? Action::none : Action::subscribe;
    case State::held:
      break;
  }
  if (!entry.wanted) {
    return Action::unsubscribe;
  }
  const bool other_id = limits_.subscription_ids && entry.sent_id != entry.wanted_id;
  const bool outdated = entry.sent_qos < entry.wanted_qos || other_id;
  return outdated && !entry.parked ? Action::subscribe : Action::none;
}

void SubscriptionTable::look_at(Entries::iterator found) {
  Entry& entry = found->second;
  switch (action(entry)) {
    case Action::forget:
      if (!entry.queued) {
        entries_.erase(found);
      }
      return;
    case Action::subscribe:
    case Action::unsubscribe:
      if (linked_ && !std::exchange(entry.queued, true)) {
        changed_.push_back(found->first);
      }
      return;
    case Action::none:
      if (linked_ && entry.state == State::held) {
        answer_waiters(entry, entry.sent_qos, entry.granted);
      }
      return;
  }
}

void SubscriptionTable::answer_waiters(Entry& entry, mqtt::QoS up_to, mqtt::ReasonCode reason) {
  for (Waiter& waiter : std::exchange(entry.waiters, {})) {
    if (waiter.qos > up_to) {
      entry.waiters.push_back(std::move(waiter));
    } else {
      answers_.push_back({std::move(waiter.handler), reason});
    }
  }
}

// The link ----------------------------------------------------------------------------------------------------

void SubscriptionTable::link_up(const mqtt::ServerLimits& limits) {
  linked_ = true;
  limits_ = limits;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto present = entry++;
    present->second.parked = false;
    if (!limits.session_present) {
      present->second.state = State::idle;
    }
    if (action(present->second) == Action::subscribe) {
      present->second.restoring = true;
      ++restoring_;
    }
    look_at(present);
  }
}

void SubscriptionTable::link_down() {
  linked_ = false;
  changed_.clear();
  under_way_.clear();
  std::erase_if(entries_, [](const auto& item) { return item.second.state == State::idle && !item.second.wanted; });
  for (auto& [filter, entry] : entries_) {
    entry.queued = false;
    no_longer_restoring(entry);
    // Not even what was granted is sure: a broker that was killed may come back with the session, and without the
    // subscriptions of its last seconds.
    if (entry.state != State::idle) {
      entry.state = State::unsure;
    }
  }
}

void SubscriptionTable::no_longer_restoring(Entry& entry) {
  if (std::exchange(entry.restoring, false)) {
    --restoring_;
  }
}

// Requests ----------------------------------------------------------------------------------------------------

std::optional<SubscriptionTable::Request> SubscriptionTable::next_request(mqtt::Tag tag) {
  if (under_way_.size() >= request_limit) {
    return std::nullopt;
  }
  UnderWay request;
  std::size_t bytes = packet_overhead;
  while (!changed_.empty() && gather(request, bytes)) {
    changed_.pop_front();
  }
  if (request.items.empty()) {
    return std::nullopt;
  }
  std::optional<std::uint32_t> id;
  if (request.kind == Request::Kind::subscribe && limits_.subscription_ids) {
    const std::uint32_t sent_id = entries_.at(request.items.front().filter).sent_id;
    id = sent_id != 0 ? std::optional(sent_id) : std::nullopt;
  }
  const UnderWay& kept = under_way_.emplace(tag, std::move(request)).first->second;
  return Request{kept.kind, tag, id, kept.items};
}

// Puts the first changed filter into the request if it needs one; false where it has to wait for the next.
bool SubscriptionTable::gather(UnderWay& request, std::size_t& bytes) {
  const auto found = entries_.find(changed_.front());
  Entry& entry = found->second;
  const Action wanted = action(entry);
  if (wanted != Action::subscribe && wanted != Action::unsubscribe) {
    entry.queued = false;
    look_at(found);
    return true;
  }
  if (wanted == Action::subscribe) {
    if (const auto reason = forbidden(found->first)) {
      entry.queued = false;
      mark_sent(entry, Request::Kind::subscribe);
      settle_refused(found, *reason);
      return true;
    }
  }
  const auto kind = wanted == Action::subscribe ? Request::Kind::subscribe : Request::Kind::unsubscribe;
  const std::size_t item_bytes = found->first.size() + filter_overhead;
  if (!request.items.empty()) {
    // A subscription id applies to all filters of its packet (MQTT5 §3.8.2.1.2).
    const bool alone = kind == Request::Kind::subscribe && limits_.subscription_ids;
    const std::size_t limit = limits_.maximum_packet_size == 0
                                  ? batch_bytes
                                  : std::min<std::size_t>(batch_bytes, limits_.maximum_packet_size);
    if (kind != request.kind || alone || request.items.size() == filters_at_once_ || bytes + item_bytes > limit) {
      return false;
    }
  }
  request.kind = kind;
  request.items.push_back({found->first, entry.wanted_qos});
  bytes += item_bytes;
  entry.queued = false;
  mark_sent(entry, kind);
  return true;
}

void SubscriptionTable::mark_sent(Entry& entry, Request::Kind kind) {
  if (kind == Request::Kind::unsubscribe) {
    entry.state = State::unsubscribing;
    return;
  }
  entry.may_stand = entry.state != State::idle;
  entry.state = State::subscribing;
  entry.sent_qos = entry.wanted_qos;
  entry.sent_id = limits_.subscription_ids ? entry.wanted_id : 0;
}

// A SUBSCRIBE with such a filter would end the connection (MQTT5 §3.2.2.3.11, §3.2.2.3.13, §4.7.1), or fail its batch.
std::optional<mqtt::ReasonCode> SubscriptionTable::forbidden(std::string_view filter) const {
  const bool v5 = limits_.version == mqtt::Version::v5;
  if (!(v5 ? mqtt::check_topic_filter(filter) : mqtt::check_plain_filter(filter))) {
    return mqtt::ReasonCode::topic_filter_invalid;
  }
  if (!limits_.wildcard && mqtt::has_wildcard(filter)) {
    return mqtt::ReasonCode::wildcard_subscriptions_not_supported;
  }
  if (!limits_.shared && mqtt::parse_shared(filter)) {
    return mqtt::ReasonCode::shared_subscriptions_not_supported;
  }
  return std::nullopt;
}

// Answers -----------------------------------------------------------------------------------------------------

std::optional<SubscriptionTable::UnderWay> SubscriptionTable::take_request(mqtt::Tag tag) {
  auto node = under_way_.extract(tag);
  return node ? std::optional(std::move(node.mapped())) : std::nullopt;
}

bool SubscriptionTable::subscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) {
  const auto request = take_request(tag);
  if (!request) {
    return false;
  }
  for (std::size_t index = 0; index < request->items.size(); ++index) {
    const auto found = entries_.find(request->items[index].filter);
    const auto reason = index < reasons.size() ? reasons[index] : mqtt::ReasonCode::unspecified_error;
    if (is_failure(reason)) {
      settle_refused(found, reason);
    } else {
      settle_granted(found, reason);
    }
  }
  return true;
}

void SubscriptionTable::settle_granted(Entries::iterator found, mqtt::ReasonCode reason) {
  Entry& entry = found->second;
  entry.state = State::held;
  entry.granted = reason;
  no_longer_restoring(entry);
  answer_waiters(entry, entry.sent_qos, reason);
  look_at(found);
}

void SubscriptionTable::settle_refused(Entries::iterator found, mqtt::ReasonCode reason) {
  Entry& entry = found->second;
  entry.state = entry.may_stand ? State::unsure : State::idle;
  no_longer_restoring(entry);
  if (entry.wanted && entry.waiters.empty()) {
    entry.parked = true;
    unrestored_.push_back({found->first, reason});
  } else {
    entry.wanted = false;
    answer_waiters(entry, mqtt::QoS::exactly_once, reason);
  }
  look_at(found);
}

bool SubscriptionTable::unsubscribed(mqtt::Tag tag) {
  const auto request = take_request(tag);
  if (!request) {
    return false;
  }
  for (const Item& item : request->items) {
    const auto found = entries_.find(item.filter);
    found->second.state = State::idle;
    look_at(found);
  }
  return true;
}

void SubscriptionTable::could_not_send(mqtt::Tag tag, mqtt::ReasonCode reason) {
  const auto request = take_request(tag);
  if (!request) {
    return;
  }
  for (const Item& item : request->items) {
    const auto found = entries_.find(item.filter);
    if (request->kind == Request::Kind::subscribe) {
      settle_refused(found, reason);
    } else {
      found->second.state = State::idle;
      look_at(found);
    }
  }
}

}  // namespace lobbyd::upstream
