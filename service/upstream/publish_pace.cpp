#include "service/upstream/publish_pace.hpp"

#include <algorithm>

namespace lobbyd::upstream {
namespace {

constexpr std::int64_t message = 1'000'000'000;

}  // namespace

// A full bucket and what a second adds before its end make `most` together. It holds a part of a message more, which
// the last nanosecond before a message is whole may bring.
PublishPace::PublishPace(std::uint32_t most) {
  const std::int64_t burst = std::max<std::int64_t>(most / 10, 1);
  rate_ = most == 0 ? 0 : std::int64_t{most} - burst + 1;
  size_ = burst * message + rate_ - 1;
  level_ = burst * message;
}

void PublishPace::fill(TimePoint now) {
  const std::int64_t missing = size_ - level_;
  const std::int64_t elapsed = std::chrono::nanoseconds(now - filled_).count();
  // Longer than it takes to fill it up, the product might overflow.
  level_ = elapsed > missing / rate_ ? size_ : level_ + elapsed * rate_;
  filled_ = now;
}

bool PublishPace::open(TimePoint now) {
  if (rate_ == 0) {
    return true;
  }
  fill(now);
  return level_ >= message;
}

PublishPace::TimePoint PublishPace::opens(TimePoint now) {
  if (open(now)) {
    return now;
  }
  return now + std::chrono::nanoseconds((message - level_ + rate_ - 1) / rate_);
}

void PublishPace::spend(std::size_t messages, TimePoint now) {
  if (rate_ != 0) {
    fill(now);
    level_ -= static_cast<std::int64_t>(messages) * message;
  }
}

}  // namespace lobbyd::upstream
