#include "service/upstream/publish_queue.hpp"

#include <utility>

namespace lobbyd::upstream {

bool PublishQueue::push(PublisherId publisher, Message& message, PublishHandler& handler) {
  const std::size_t weight = message.weight();
  const std::size_t most_messages = limits_.messages + (message.last ? limits_.last_messages : 0);
  const std::size_t most_bytes = limits_.bytes + (message.last ? limits_.last_bytes : 0);
  if (messages_ >= most_messages || bytes_ >= most_bytes || weight > most_bytes - bytes_) {
    return false;
  }
  ++messages_;
  bytes_ += weight;
  Flow& flow = flows_[publisher];
  const bool first = flow.waiting.empty();
  flow.waiting.push_back({std::move(message), std::move(handler), weight});
  if (first) {
    give_turn(publisher, flow);
  }
  return true;
}

PublishQueue::Round& PublishQueue::round_of(const Flow& flow) {
  return flow.waiting.front().message.qos == mqtt::QoS::at_most_once ? free_ : windowed_;
}

void PublishQueue::give_turn(PublisherId publisher, Flow& flow) {
  flow.turn = ++last_turn_;
  flow.deficit += limits_.quantum;
  round_of(flow).emplace(flow.turn, publisher);
}

PublishQueue::Round* PublishQueue::next_round(bool window_open) {
  if (!window_open || windowed_.empty()) {
    return free_.empty() ? nullptr : &free_;
  }
  return !free_.empty() && free_.begin()->first < windowed_.begin()->first ? &free_ : &windowed_;
}

std::optional<QueuedPublish> PublishQueue::pop(bool window_open) {
  // Ends because a publisher's deficit grows with each turn that passes it by.
  while (Round* const round = next_round(window_open)) {
    const auto place = round->begin();
    const PublisherId publisher = place->second;
    Flow& flow = flows_.at(publisher);
    if (flow.waiting.front().weight <= flow.deficit) {
      return take_head(*round, place, flow);
    }
    round->erase(place);
    give_turn(publisher, flow);
  }
  return std::nullopt;
}

QueuedPublish PublishQueue::take_head(Round& round, Round::iterator place, Flow& flow) {
  QueuedPublish head = std::move(flow.waiting.front());
  flow.waiting.pop_front();
  flow.deficit -= head.weight;
  const PublisherId publisher = place->second;
  if (flow.waiting.empty()) {
    // What was not used up is lost: else a publisher could save for a burst.
    round.erase(place);
    flows_.erase(publisher);
  } else if (&round_of(flow) != &round) {
    round.erase(place);
    round_of(flow).emplace(flow.turn, publisher);
  }
  return head;
}

void PublishQueue::settled(std::size_t weight) {
  --messages_;
  bytes_ -= weight;
}

std::vector<QueuedPublish> PublishQueue::take_qos_0() {
  std::vector<QueuedPublish> taken;
  for (auto flow = flows_.begin(); flow != flows_.end();) {
    round_of(flow->second).erase(flow->second.turn);
    flow->second.waiting.remove_if([&](QueuedPublish& entry) {
      const bool goes = entry.message.qos == mqtt::QoS::at_most_once;
      if (goes) {
        settled(entry.weight);
        taken.push_back(std::move(entry));
      }
      return goes;
    });
    if (flow->second.waiting.empty()) {
      flow = flows_.erase(flow);
    } else {
      windowed_.emplace(flow->second.turn, flow->first);
      ++flow;
    }
  }
  return taken;
}

std::vector<QueuedPublish> PublishQueue::take_all() {
  std::vector<QueuedPublish> taken;
  for (auto& [publisher, flow] : flows_) {
    for (QueuedPublish& entry : flow.waiting) {
      settled(entry.weight);
      taken.push_back(std::move(entry));
    }
  }
  flows_.clear();
  free_.clear();
  windowed_.clear();
  return taken;
}

}  // namespace lobbyd::upstream
