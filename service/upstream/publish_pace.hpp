#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lobbyd::upstream {

// Keeps what one connection publishes at or below a number in any one second: a token bucket that holds a tenth of it,
// so that a burst need not wait, and is filled with the rest. Nothing is rounded, so the rate holds for ever.
class PublishPace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `most` messages in any one second; 0: no limit.
  explicit PublishPace(std::uint32_t most);

  // Whether one may be sent.
  bool open(TimePoint now);
  // When one may be sent, if none is until then.
  TimePoint opens(TimePoint now);
  // So many were sent, though there may have been room for fewer: those to come wait the longer.
  void spend(std::size_t messages, TimePoint now);

 private:
  void fill(TimePoint now);

  std::int64_t rate_ = 0;  // messages a second
  // In billionths of a message: what one nanosecond adds at one message a second.
  std::int64_t size_ = 0;
  std::int64_t level_ = 0;
  TimePoint filled_{};
};

}  // namespace lobbyd::upstream
