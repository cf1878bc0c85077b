#include "service/hub/publish_keys.hpp"

#include <utility>

namespace lobbyd::hub {

PublishKeys::PublishKeys(std::chrono::seconds memory, std::size_t capacity) : memory_(memory), capacity_(capacity) {}

bool PublishKeys::begin(const std::string& key, TimePoint now, Waiter waiter) {
  forget_old(now);
  const auto [found, fresh] = entries_.try_emplace(key);
  Entry& entry = found->second;
  if (fresh) {
    entry.since = now;
    by_age_.emplace_back(now, key);
    return true;
  }
  if (entry.outcome) {
    waiter(*entry.outcome);
  } else {
    entry.waiters.push_back(std::move(waiter));
  }
  return false;
}

void PublishKeys::finish(const std::string& key, const Outcome& outcome) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    return;
  }
  std::vector<Waiter> waiters = std::move(found->second.waiters);
  if (outcome) {
    found->second.waiters.clear();
    found->second.outcome = outcome;
  } else {
    entries_.erase(found);
  }
  for (Waiter& waiter : waiters) {
    waiter(outcome);
  }
}

void PublishKeys::forget_old(TimePoint now) {
  while (!by_age_.empty() && (now - by_age_.front().first >= memory_ || entries_.size() >= capacity_)) {
    const auto& [since, key] = by_age_.front();
    // A key that failed and was used again stands a second time further back.
    if (const auto found = entries_.find(key); found != entries_.end() && found->second.since == since) {
      entries_.erase(found);
    }
    by_age_.pop_front();
  }
}

}  // namespace lobbyd::hub
