#include "service/hub/request_order.hpp"

#include <utility>
#include <vector>

namespace lobbyd::hub {

RequestOrder::Ticket RequestOrder::begin(State state) {
  slots_.push_back({.state = state, .send = {}, .answer = {}});
  holding_ += holds_back(state) ? 1 : 0;
  return first_ + slots_.size() - 1;
}

RequestOrder::Ticket RequestOrder::begin_subscribe(Send send) {
  const Ticket ticket = begin(State::asking);
  slot(ticket).send = std::move(send);
  ++asking_;
  advance();
  return ticket;
}

void RequestOrder::end_subscribe(Ticket ticket) {
  if (ticket < first_) {
    return;
  }
  Slot& ended = slot(ticket);
  asking_ -= ended.state == State::asking ? 1 : 0;
  ended.state = State::answered;
  const Send dropped = std::move(ended.send);
  --holding_;
  advance();
}

RequestOrder::Ticket RequestOrder::begin_barrier() {
  return begin(State::barred);
}

void RequestOrder::end_barrier(Ticket ticket) {
  end_subscribe(ticket);
}

void RequestOrder::end_all_subscribes() {
  std::vector<Send> dropped;
  for (Slot& slot : slots_) {
    if (slot.state == State::asking || slot.state == State::subscribing) {
      slot.state = State::answered;
      dropped.push_back(std::move(slot.send));
      --holding_;
    }
  }
  asking_ = 0;
  advance();
}

RequestOrder::Ticket RequestOrder::begin_publish(mqtt::QoS qos, Send send) {
  const Ticket ticket = first_ + slots_.size();
  const bool confirmed = qos != mqtt::QoS::at_most_once;
  if (holds_back()) {
    slots_.push_back({.state = State::waiting, .send = std::move(send), .answer = {}, .confirmed = confirmed});
    ++waiting_;
  } else {
    slots_.push_back({.state = State::sent, .send = {}, .answer = {}, .confirmed = confirmed});
    send(ticket);
  }
  return ticket;
}

RequestOrder::Ticket RequestOrder::begin_reply() {
  return begin(State::sent);
}

void RequestOrder::answer(Ticket ticket, Answer answer) {
  if (ticket < first_) {
    return;
  }
  Slot& answered = slot(ticket);
  answered.state = State::answered;
  answered.answer = std::move(answer);
  advance();
}

void RequestOrder::excuse(Ticket ticket) {
  if (ticket < first_ || slot(ticket).state == State::answered || std::exchange(slot(ticket).excused, true)) {
    return;
  }
  ++excused_;
  advance();
}

void RequestOrder::after_all(Answer action) {
  const Ticket ticket = begin(State::answered);
  slot(ticket).answer = std::move(action);
  slot(ticket).after_all = true;
  advance();
}

void RequestOrder::abandon() {
  first_ += slots_.size();
  holding_ = asking_ = waiting_ = excused_ = 0;
  const Ring<Slot> dropped = std::exchange(slots_, {});
}

// Actions may call back into this object: each change of state comes before the action that it allows, and a
// nested call leaves the rest to the outer one.
void RequestOrder::advance() {
  changed_ = true;
  if (std::exchange(advancing_, true)) {
    return;
  }
  while (std::exchange(changed_, false)) {
    send_publishes();
    send_subscribes();
    answer_front();
  }
  advancing_ = false;
}

void RequestOrder::send_publishes() {
  for (std::size_t at = 0; waiting_ > 0 && at < slots_.size() && !holds_back(slots_[at].state); ++at) {
    if (slots_[at].state == State::waiting) {
      slots_[at].state = State::sent;
      --waiting_;
      Send send = std::move(slots_[at].send);
      send(first_ + at);
    }
  }
}

void RequestOrder::send_subscribes() {
  for (std::size_t at = 0; asking_ > 0 && at < slots_.size() && !holds_subscribes(slots_[at]); ++at) {
    if (slots_[at].state == State::asking) {
      slots_[at].state = State::subscribing;
      --asking_;
      Send send = std::move(slots_[at].send);
      send(first_ + at);
    }
  }
}

void RequestOrder::answer_front() {
  while (!slots_.empty() && slots_.front().state == State::answered) {
    Answer answer = std::move(slots_.front().answer);
    excused_ -= slots_.front().excused ? 1 : 0;
    slots_.pop_front();
    ++first_;
    if (answer) {
      answer();
    }
  }
  answer_behind_excused();
}

void RequestOrder::answer_behind_excused() {
  for (std::size_t at = 0; excused_ > 0 && at < slots_.size(); ++at) {
    if (slots_[at].state != State::answered && !slots_[at].excused) {
      return;
    }
    if (slots_[at].state == State::answered && slots_[at].answer && !slots_[at].after_all) {
      std::exchange(slots_[at].answer, nullptr)();
    }
  }
}

}  // namespace lobbyd::hub
