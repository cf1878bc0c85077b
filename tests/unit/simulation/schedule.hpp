#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <utility>

namespace lobbyd::simulation {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

// Virtual time: it stands still while anything happens, and jumps to what happens next.
class Schedule {
 public:
  using Action = std::move_only_function<void()>;

  TimePoint now() const { return now_; }

  // What is due at the same time happens in the order of the calls.
  void at(TimePoint time, Action action) { actions_.emplace(std::max(time, now_), std::move(action)); }
  void after(Duration wait, Action action) { at(now_ + wait, std::move(action)); }

  // Until the condition holds; false if it does not by `end`, if nothing is left that could bring it about, or if so
  // much happens that somebody must be going round in circles.
  template <class Condition>
  bool run_until(const Condition& condition, TimePoint end) {
    while (!condition()) {
      if (actions_.empty() || actions_.begin()->first > end || ++done_ > most_actions) return false;
      auto next = actions_.extract(actions_.begin());
      now_ = next.key();
      next.mapped()();
    }
    return true;
  }

 private:
  // A hundred times what a course takes.
  static constexpr int most_actions = 1'000'000;

  // Not the clock's own beginning: what was never set must not look like the present.
  TimePoint now_{std::chrono::hours(1)};
  std::multimap<TimePoint, Action> actions_;
  int done_ = 0;
};

}  // namespace lobbyd::simulation
