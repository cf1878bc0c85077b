#pragma once

// Who watches a board, and when to tell them. Pure; time is a parameter.
//
// Watchers of the same number of ranks get the same notification: it is made once. They are told at most ten times a
// second, and at once after a while without changes. The number of watchers is bounded by whoever adds them.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace lobbyd::scores {

class Watch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Watcher = std::uint64_t;

  struct Notification {
    std::size_t limit = 0;  // the ranks that these see
    std::vector<Watcher> watchers = {};
  };

  // Who watches already does so with this limit from now on.
  void add(Watcher watcher, std::size_t limit);
  // False: it does not watch.
  bool remove(Watcher watcher);
  bool empty() const { return limits_.empty(); }

  // From this rank on, counted from 0, the board has changed (`Board::take_changed_rank`).
  void on_change(std::size_t rank);
  // Those to whom the board is to be told as it is now.
  std::vector<Notification> take_due(TimePoint now);
  std::optional<TimePoint> next_due() const;

 private:
  struct Group {
    std::set<Watcher> watchers;
    bool changed = false;
    TimePoint next{};  // not to be told before
  };

  std::unordered_map<Watcher, std::size_t> limits_;
  std::map<std::size_t, Group> groups_;  // by the limit
};

}  // namespace lobbyd::scores
