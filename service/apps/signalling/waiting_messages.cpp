#include "service/apps/signalling/waiting_messages.hpp"

#include <utility>

namespace lobbyd::apps {

std::size_t WaitingMessages::weight(const SignalMessage& message) {
  return sizeof(Waiting) + message.type.size() + message.data.size();
}

void WaitingMessages::add(SignalMessage message, TimePoint now) {
  bytes_ += weight(message);
  waiting_.push_back({.message = std::move(message), .until = now + patience});
  while (waiting_.size() > limits_.messages || bytes_ > limits_.bytes) {
    drop_first();
  }
}

void WaitingMessages::expire(TimePoint now) {
  while (!waiting_.empty() && waiting_.front().until <= now) {
    drop_first();
  }
}

void WaitingMessages::drop_first() {
  bytes_ -= weight(waiting_.front().message);
  waiting_.pop_front();
}

}  // namespace lobbyd::apps
