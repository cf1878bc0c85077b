#include "service/hub/request_order.hpp"

#include <utility>

namespace lobbyd::hub {

RequestOrder::Ticket RequestOrder::begin(State state) {
  slots_.push_back({state, {}, {}});
  holding_ += holds_back(state) ? 1 : 0;
  return first_ + slots_.size() - 1;
}

RequestOrder::Ticket RequestOrder::begin_subscribe() {
  return begin(State::subscribing);
}

void RequestOrder::end_subscribe(Ticket ticket) {
  slot(ticket).state = State::answered;
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
  for (Slot& slot : slots_) {
    if (slot.state == State::subscribing) {
      slot.state = State::answered;
      --holding_;
    }
  }
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
  return begin(State::sent);
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
  for (std::size_t at = 0; waiting_ > 0 && at < slots_.size() && !holds_back(slots_[at].state); ++at) {
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
