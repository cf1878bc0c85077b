#include "service/health/memory_limit.hpp"

#include <utility>

namespace lobbyd::health {

namespace {

// It takes its time, and what the allocator keeps for itself comes back slowly.
constexpr std::chrono::seconds trim_interval{10};

}  // namespace

MemoryLimit::MemoryLimit(std::size_t limit, Means means)
    : limit_(limit), means_(std::move(means)), trimmed_(TimePoint::min()) {}

bool MemoryLimit::check(TimePoint now) {
  if (limit_ == 0) {
    return false;
  }
  measure();
  // What has been freed and not given back counts as little as it can.
  const std::size_t threshold = exceeded_ ? limit_ - limit_ / 16 : limit_;
  if (held_ > threshold && (trimmed_ == TimePoint::min() || now - trimmed_ >= trim_interval)) {
    trimmed_ = now;
    means_.trim();
    measure();
  }
  const bool before = std::exchange(exceeded_, held_ > threshold);
  return exceeded_ != before;
}

void MemoryLimit::measure() {
  held_ = means_.measure().value_or(held_);
}

}  // namespace lobbyd::health
