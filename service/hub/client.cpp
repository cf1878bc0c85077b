#include "service/hub/client.hpp"

#include <utility>

namespace lobbyd::hub {

namespace {

// What remembering a topic costs besides its text.
constexpr std::size_t entry_bytes = 64;

}  // namespace

HoldBack::Since HoldBack::begin() {
  ++holders_;
  return now_;
}

void HoldBack::end() {
  if (--holders_ == 0) {
    open_ = false;
    newest_.clear();
    newest_bytes_ = 0;
  }
}

bool HoldBack::keep(const Delivery& delivery, bool outdates, Limits limits) {
  ++now_;
  if (outdates) {
    remember(delivery.message->topic(), limits);
  }
  kept_.push_back(delivery);
  messages_ += delivery.message->count();
  bytes_ += delivery.message->weight();
  open_ = open_ || messages_ >= limits.messages || bytes_ >= limits.bytes;
  return !open_;
}

void HoldBack::remember(std::string_view topic, Limits limits) {
  if (const auto found = newest_.find(topic); found != newest_.end()) {
    found->second = now_;
    return;
  }
  newest_bytes_ += topic.size() + entry_bytes;
  if (newest_.size() >= limits.messages || newest_bytes_ > limits.bytes) {
    newest_.clear();
    newest_bytes_ = 0;
    forgotten_ = now_;
    return;
  }
  newest_.emplace(topic, now_);
}

std::vector<Delivery> HoldBack::take() {
  messages_ = 0;
  bytes_ = 0;
  return std::exchange(kept_, {});
}

bool HoldBack::outdated(std::string_view topic, Since since) const {
  if (forgot(since)) {
    return true;
  }
  const auto found = newest_.find(topic);
  return found != newest_.end() && found->second > since;
}

void Client::flush() {
  for (const Delivery& delivery : hold_back.take()) {
    if (receiver != nullptr) {
      receiver->deliver(delivery);
    }
  }
}

}  // namespace lobbyd::hub
