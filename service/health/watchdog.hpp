#pragma once

// A thread that watches the event loops: it logs those that stall, and tells a supervisor that all turn.

#include "service/health/heartbeats.hpp"
#include "service/health/stalls.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace lobbyd::health {

class Watchdog {
 public:
  struct Supervisor {
    std::chrono::nanoseconds interval;
    std::function<void()> all_turn;  // called from the watchdog's thread, at that interval while it is so
  };

  // Watches until its end. The heartbeats must outlive it.
  explicit Watchdog(const Heartbeats& heartbeats, std::optional<Supervisor> supervisor = {});
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() = default;

 private:
  void run(const std::stop_token& stop);
  void check(TimePoint now);
  void tell_supervisor(TimePoint now);

  const Heartbeats& heartbeats_;
  std::optional<Supervisor> supervisor_;
  TimePoint told_;
  Stalls stalls_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace lobbyd::health
