#include "service/health/heartbeats.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::health {

Heartbeat::Heartbeat(std::string name, TimePoint now) : name_(std::move(name)), last_(now.time_since_epoch().count()) {}

// Nobody else writes, but for the asker's 0: whichever of the two comes last, no pause is lost that was longer.
void Heartbeat::beat(TimePoint now) {
  const TimePoint::rep time = now.time_since_epoch().count();
  const TimePoint::rep pause = time - last_.load(std::memory_order_relaxed);
  if (pause > longest_pause_.load(std::memory_order_relaxed)) {
    longest_pause_.store(pause, std::memory_order_relaxed);
  }
  last_.store(time, std::memory_order_release);
}

std::chrono::nanoseconds Heartbeat::silent_for(TimePoint now) const {
  return now - TimePoint(TimePoint::duration(last_.load(std::memory_order_acquire)));
}

std::chrono::nanoseconds Heartbeat::take_longest_pause() {
  return TimePoint::duration(longest_pause_.exchange(0, std::memory_order_relaxed));
}

std::shared_ptr<Heartbeat> Heartbeats::add(std::string name, TimePoint now) {
  auto heartbeat = std::make_shared<Heartbeat>(std::move(name), now);
  const std::lock_guard lock(mutex_);
  std::erase_if(heartbeats_, [](const auto& gone) { return gone.expired(); });
  heartbeats_.push_back(heartbeat);
  return heartbeat;
}

std::vector<std::shared_ptr<Heartbeat>> Heartbeats::all() const {
  std::vector<std::shared_ptr<Heartbeat>> all;
  const std::lock_guard lock(mutex_);
  for (const std::weak_ptr<Heartbeat>& heartbeat : heartbeats_) {
    if (auto held = heartbeat.lock()) {
      all.push_back(std::move(held));
    }
  }
  return all;
}

std::optional<Heartbeats::Silence> Heartbeats::longest_silence(TimePoint now, std::chrono::nanoseconds limit) const {
  std::optional<Silence> longest;
  for (const std::shared_ptr<Heartbeat>& heartbeat : all()) {
    const std::chrono::nanoseconds time = heartbeat->silent_for(now);
    if (time >= limit && (!longest || time > longest->time)) {
      longest = Silence{heartbeat->name(), time};
    }
  }
  return longest;
}

}  // namespace lobbyd::health
