#pragma once

// When to send PINGREQ, and when to give the link up (MQTT5 §3.1.2.10, §3.12).

#include <algorithm>
#include <chrono>
#include <optional>

namespace lobbyd::mqtt {

// PINGREQ is due when for one keep alive nothing was sent, as the standard demands, or nothing was received: who only
// publishes at QoS 0 would otherwise never find out that nobody listens.
//
// The standard leaves open how long PINGRESP may take. Here the link is dead when nothing at all comes for half a keep
// alive after PINGREQ, which is the margin that the standard gives the server towards us. Other packets prove that
// the link lives, and PINGRESP may have to queue behind many; but they do not prove that the server still reads, so
// after a whole keep alive without PINGRESP they help no more.
class KeepAlive {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Verdict { well, ping_due, dead };

  // 0 is off.
  void start(std::chrono::seconds interval, TimePoint now) {
    interval_ = interval;
    last_sent_ = now;
    last_received_ = now;
    ping_sent_.reset();
  }

  void on_sent(TimePoint now) { last_sent_ = now; }
  void on_received(TimePoint now) { last_received_ = now; }
  void on_pingreq(TimePoint now) { ping_sent_ = now; }
  void on_pingresp() { ping_sent_.reset(); }

  // When to call check() next.
  std::optional<TimePoint> deadline() const {
    if (interval_ == std::chrono::seconds::zero()) return std::nullopt;
    return ping_sent_ ? end_of_patience() : std::min(last_sent_, last_received_) + interval_;
  }

  Verdict check(TimePoint now) const {
    const auto due = deadline();
    if (!due || now < *due) return Verdict::well;
    return ping_sent_ ? Verdict::dead : Verdict::ping_due;
  }

 private:
  TimePoint end_of_patience() const {
    const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(interval_) / 2;
    return std::min(std::max(*ping_sent_, last_received_) + half, *ping_sent_ + interval_);
  }

  std::chrono::seconds interval_{0};
  TimePoint last_sent_;
  TimePoint last_received_;
  std::optional<TimePoint> ping_sent_;
};

}  // namespace lobbyd::mqtt
