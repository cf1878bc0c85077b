#pragma once

// Messages whose sender or receiver is not there yet: a peer may hear of another before that one's own instance knows
// that it may come in. Pure; time is a parameter. Bounded in number and bytes: when full, the first gives way.

#include "service/apps/signalling/signal_records.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace lobbyd::apps {

class WaitingMessages {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds patience{30};

  struct Limits {
    std::size_t messages = 256;
    std::size_t bytes = 1U << 20U;
  };

  WaitingMessages() : WaitingMessages(Limits{}) {}
  explicit WaitingMessages(Limits limits) : limits_(limits) {}

  void add(SignalMessage message, TimePoint now);
  // Takes out those that `ready` says yes to, in order.
  template <class Ready>
  std::vector<SignalMessage> take(const Ready& ready) {
    std::vector<SignalMessage> taken;
    std::erase_if(waiting_, [&](Waiting& each) {
      if (!ready(each.message)) {
        return false;
      }
      bytes_ -= weight(each.message);
      taken.push_back(std::move(each.message));
      return true;
    });
    return taken;
  }
  void expire(TimePoint now);

  std::optional<TimePoint> next_timeout() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().until);
  }
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    SignalMessage message;
    TimePoint until;
  };
  static std::size_t weight(const SignalMessage& message);
  void drop_first();

  Limits limits_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace lobbyd::apps
