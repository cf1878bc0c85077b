#include "service/hub/client.hpp"

#include <utility>

namespace lobbyd::hub {

namespace {

// What remembering a topic costs besides its text.
constexpr std::size_t entry_bytes = 64;

}  // namespace

HoldBack::Since HoldBack::begin() {
  if (!memory_) {
    memory_ = std::make_unique<Memory>();
  }
  ++memory_->holders;
  return memory_->now;
}

void HoldBack::end() {
  if (--memory_->holders == 0) {
    memory_->open = false;
    memory_->newest.clear();
    memory_->newest_bytes = 0;
    if (memory_->kept.empty()) {
      memory_.reset();
    }
  }
}

bool HoldBack::keep(const Delivery& delivery, bool outdates, Limits limits) {
  Memory& memory = *memory_;
  ++memory.now;
  if (outdates) {
    memory.remember(delivery.message->topic(), limits);
  }
  memory.kept.push_back(delivery);
  memory.messages += delivery.message->count();
  memory.bytes += delivery.message->weight();
  memory.open = memory.open || memory.messages >= limits.messages || memory.bytes >= limits.bytes;
  return !memory.open;
}

void HoldBack::Memory::remember(std::string_view topic, Limits limits) {
  if (const auto found = newest.find(topic); found != newest.end()) {
    found->second = now;
    return;
  }
  newest_bytes += topic.size() + entry_bytes;
  if (newest.size() >= limits.messages || newest_bytes > limits.bytes) {
    newest.clear();
    newest_bytes = 0;
    forgotten = now;
    return;
  }
  newest.emplace(topic, now);
}

std::vector<Delivery> HoldBack::take() {
  if (!memory_) {
    return {};
  }
  memory_->messages = 0;
  memory_->bytes = 0;
  std::vector<Delivery> kept = std::exchange(memory_->kept, {});
  if (memory_->holders == 0) {
    memory_.reset();
  }
  return kept;
}

bool HoldBack::outdated(std::string_view topic, Since since) const {
  if (!memory_) {
    return false;
  }
  if (forgot(since)) {
    return true;
  }
  const auto found = memory_->newest.find(topic);
  return found != memory_->newest.end() && found->second > since;
}

void Client::flush() {
  for (const Delivery& delivery : hold_back.take()) {
    if (receiver != nullptr) {
      receiver->deliver(delivery);
    }
  }
}

}  // namespace lobbyd::hub
