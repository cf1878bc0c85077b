#include "service/hub/request_order.hpp"

#include <utility>

namespace lobbyd::hub {

RequestOrder::Ticket RequestOrder::begin_subscribe() {
  slots_.push_back({State::subscribing, {}, {}});
  ++subscribing_;
  return first_ + slots_.size() - 1;
}

void RequestOrder::end_subscribe(Ticket ticket) {
  slot(ticket).state = State::answered;
  --subscribing_;
  advance();
}

void RequestOrder::end_all_subscribes() {
  for (Slot& slot : slots_) {
    if (slot.state == State::subscribing) {
      slot.state = State::answered;
    }
  }
  subscribing_ = 0;
  advance();
}

RequestOrder::Ticket RequestOrder::begin_publish(Send send) {
  const Ticket ticket = first_ + slots_.size();
  if (holds_back()) {
    slots_.push_back({State::waiting, std::move(send), {}});
    ++waiting_;
  } else {
    slots_.push_back({State::sent, {}, {}});
    send(ticket);
  }
  return ticket;
}

RequestOrder::Ticket RequestOrder::begin_reply() {
  slots_.push_back({State::sent, {}, {}});
  return first_ + slots_.size() - 1;
}

void RequestOrder::answer(Ticket ticket, Answer answer) {
  Slot& answered = slot(ticket);
  answered.state = State::answered;
  answered.answer = std::move(answer);
  advance();
}

// Actions may call back into this object: each change of state comes before the action that it allows, and a
// nested call leaves the rest to the outer one.
void RequestOrder::advance() {
  if (advancing_) {
    return;
  }
  advancing_ = true;
  do {
    send_waiting();
    answer_front();
  } while (!slots_.empty() && slots_.front().state == State::answered);
  advancing_ = false;
}

void RequestOrder::send_waiting() {
  for (std::size_t at = 0; waiting_ > 0 && at < slots_.size() && slots_[at].state != State::subscribing; ++at) {
    if (slots_[at].state == State::waiting) {
      slots_[at].state = State::sent;
      --waiting_;
      Send send = std::move(slots_[at].send);
      send(first_ + at);
    }
  }
}

void RequestOrder::answer_front() {
  while (!slots_.empty() && slots_.front().state == State::answered) {
    Answer answer = std::move(slots_.front().answer);
    slots_.pop_front();
    ++first_;
    if (answer) {
      answer();
    }
  }
}

}  // namespace lobbyd::hub
