#include "service/hub/publish_keys.hpp"

#include <utility>

namespace lobbyd::hub {

PublishKeys::PublishKeys(std::chrono::seconds memory, std::size_t capacity) : memory_(memory), capacity_(capacity) {}

bool PublishKeys::begin(const std::string& key, TimePoint now) {
  forget_old(now);
  return entries_.try_emplace(key).second;
}

void PublishKeys::wait(const std::string& key, Waiter waiter) {
  Entry& entry = entries_.at(key);
  if (entry.outcome) {
    waiter(*entry.outcome);
  } else {
    entry.waiters.push_back(std::move(waiter));
  }
}

void PublishKeys::finish(const std::string& key, const Outcome& outcome, TimePoint now) {
  const auto found = entries_.find(key);
  std::vector<Waiter> waiters = std::exchange(found->second.waiters, {});
  if (outcome) {
    found->second.outcome = outcome;
    answered_.emplace_back(now, key);
  } else {
    entries_.erase(found);
  }
  for (Waiter& waiter : waiters) {
    waiter(outcome);
  }
}

void PublishKeys::forget_old(TimePoint now) {
  while (!answered_.empty() && (now - answered_.front().first >= memory_ || entries_.size() >= capacity_)) {
    entries_.erase(answered_.front().second);
    answered_.pop_front();
  }
}

}  // namespace lobbyd::hub
