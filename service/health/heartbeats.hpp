#pragma once

// The event loops' signs of life: each loop beats while it turns, and whoever wants to know whether it does looks at
// when it last did.

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::health {

using TimePoint = std::chrono::steady_clock::time_point;

class Heartbeat {
 public:
  // `name`: of the loop, for the log. It counts as turning from now on.
  Heartbeat(std::string name, TimePoint now);
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat() = default;

  // The loop's thread.
  void beat(TimePoint now);

  // Any thread.
  const std::string& name() const { return name_; }
  std::chrono::nanoseconds silent_for(TimePoint now) const;
  // The longest time between two beats since this was last asked. For one asker.
  std::chrono::nanoseconds take_longest_pause();

 private:
  std::string name_;
  std::atomic<TimePoint::rep> last_;
  std::atomic<TimePoint::rep> longest_pause_{0};
};

// All loops of the process. Any thread.
class Heartbeats {
 public:
  // The loop is watched until its heartbeat is let go.
  std::shared_ptr<Heartbeat> add(std::string name, TimePoint now);
  std::vector<std::shared_ptr<Heartbeat>> all() const;

  struct Silence {
    std::string name;
    std::chrono::nanoseconds time;
  };
  // Of the loop that has been silent for longest, if that is `limit` or more.
  std::optional<Silence> longest_silence(TimePoint now, std::chrono::nanoseconds limit) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Heartbeat>> heartbeats_;
};

}  // namespace lobbyd::health
