#include "service/health/watchdog.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <pthread.h>
#include <utility>

namespace lobbyd::health {

namespace {

constexpr std::chrono::milliseconds check_interval{250};
constexpr std::chrono::seconds stall_limit{1};

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

void log(const Stalls::Stall& stall) {
  if (stall.over) {
    spdlog::warn("the event loop \"{}\" turns again; it had stalled for {:.1f} s", stall.loop, seconds(stall.time));
  } else {
    spdlog::warn("the event loop \"{}\" has not turned for {:.1f} s: its clients wait", stall.loop,
                 seconds(stall.time));
  }
}

}  // namespace

Watchdog::Watchdog(const Heartbeats& heartbeats, std::optional<Supervisor> supervisor)
    : heartbeats_(heartbeats),
      supervisor_(std::move(supervisor)),
      stalls_(stall_limit),
      thread_([this](const std::stop_token& stop) { run(stop); }) {
  pthread_setname_np(thread_.native_handle(), "lobbyd-watchdog");
}

void Watchdog::run(const std::stop_token& stop) {
  // They are the home loop's.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  const std::chrono::nanoseconds interval =
      supervisor_ ? std::min<std::chrono::nanoseconds>(check_interval, supervisor_->interval) : check_interval;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    check(std::chrono::steady_clock::now());
    stopped_.wait_for(lock, stop, interval, [] { return false; });
  }
}

void Watchdog::check(TimePoint now) {
  for (const Stalls::Stall& stall : stalls_.check(heartbeats_.all(), now)) {
    log(stall);
  }
  if (supervisor_ && now - told_ >= supervisor_->interval) {
    tell_supervisor(now);
  }
}

void Watchdog::tell_supervisor(TimePoint now) {
  const auto limit = std::max<std::chrono::nanoseconds>(supervisor_->interval, stall_limit);
  if (!heartbeats_.longest_silence(now, limit)) {
    told_ = now;
    supervisor_->all_turn();
  }
}

}  // namespace lobbyd::health
