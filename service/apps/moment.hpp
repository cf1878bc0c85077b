#pragma once

#include <chrono>
#include <cstdint>

namespace lobbyd::apps {

// Now, by the clock that never steps, for waits, and by the system's, for what is written down.
struct Moment {
  using TimePoint = std::chrono::steady_clock::time_point;

  TimePoint steady;
  std::int64_t unix_ms = 0;

  // When it will be `unix_ms` by the system's clock, as it goes now.
  TimePoint when(std::int64_t other_unix_ms) const {
    return steady + std::chrono::milliseconds(other_unix_ms - unix_ms);
  }
};

}  // namespace lobbyd::apps
