#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace lobbyd::mqtt {

// The end of an application message's life, which is told in whole seconds that are left (MQTT5 §3.3.2.3.3).
class Expiry {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // 0 seconds count as 1: who sends them means those who are there now, who gets them has got less than a second, and
  // brokers differ over them, down to "never".
  Expiry(std::chrono::seconds left, TimePoint now) : end_(now + std::max(left, std::chrono::seconds(1))) {}

  bool passed(TimePoint now) const { return end_ <= now; }
  // Rounded up, and at least 1.
  std::uint32_t seconds_left(TimePoint now) const {
    return static_cast<std::uint32_t>(
        std::max(std::chrono::ceil<std::chrono::seconds>(end_ - now), std::chrono::seconds(1)).count());
  }

 private:
  TimePoint end_;
};

}  // namespace lobbyd::mqtt
