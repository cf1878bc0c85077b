#include "service/apps/scores/watch.hpp"

#include <algorithm>

namespace lobbyd::scores {
namespace {

constexpr std::chrono::milliseconds shortest_interval{100};

}  // namespace

void Watch::add(Watcher watcher, std::size_t limit) {
  remove(watcher);
  limits_.emplace(watcher, limit);
  groups_[limit].watchers.insert(watcher);
}

bool Watch::remove(Watcher watcher) {
  const auto limit = limits_.find(watcher);
  if (limit == limits_.end()) {
    return false;
  }
  const auto group = groups_.find(limit->second);
  group->second.watchers.erase(watcher);
  if (group->second.watchers.empty()) {
    groups_.erase(group);
  }
  limits_.erase(limit);
  return true;
}

void Watch::on_change(std::size_t rank) {
  for (auto group = groups_.upper_bound(rank); group != groups_.end(); ++group) {
    group->second.changed = true;
  }
}

std::vector<Watch::Notification> Watch::take_due(TimePoint now) {
  std::vector<Notification> due;
  for (auto& [limit, group] : groups_) {
    if (group.changed && group.next <= now) {
      group.changed = false;
      group.next = now + shortest_interval;
      due.push_back({limit, {group.watchers.begin(), group.watchers.end()}});
    }
  }
  return due;
}

std::optional<Watch::TimePoint> Watch::next_due() const {
  std::optional<TimePoint> next;
  for (const auto& [limit, group] : groups_) {
    if (group.changed) {
      next = std::min(next.value_or(group.next), group.next);
    }
  }
  return next;
}

}  // namespace lobbyd::scores
