#pragma once

// When what is to be looked at again, by its name: of each the earliest time. Pure; time is a parameter.

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd {

class Agenda {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void add(std::string_view name, TimePoint due) {
    const auto [entry, is_new] = dues_.try_emplace(std::string(name), due);
    if (!is_new) {
      if (entry->second <= due) {
        return;
      }
      queue_.erase({entry->second, entry->first});
      entry->second = due;
    }
    queue_.emplace(due, entry->first);
  }

  void remove(std::string_view name) {
    const auto entry = dues_.find(name);
    if (entry != dues_.end()) {
      queue_.erase({entry->second, entry->first});
      dues_.erase(entry);
    }
  }

  // One that is due by now, and on the agenda no more.
  std::optional<std::string> take_due(TimePoint now) {
    if (queue_.empty() || queue_.begin()->first > now) {
      return std::nullopt;
    }
    auto entry = dues_.extract(dues_.find(queue_.begin()->second));
    queue_.erase(queue_.begin());
    return std::move(entry.key());
  }

  std::optional<TimePoint> next() const { return queue_.empty() ? std::nullopt : std::optional(queue_.begin()->first); }

 private:
  std::map<std::string, TimePoint, std::less<>> dues_;
  std::set<std::pair<TimePoint, std::string_view>> queue_;  // of the names in there
};

}  // namespace lobbyd
