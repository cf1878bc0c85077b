#include "tests/bench/load/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace lobbyd::load {

std::uint64_t Histogram::upper_end(std::size_t bucket) {
  if (bucket < per_power) return bucket;
  const auto shift = bucket / per_power - 1;
  return ((per_power + bucket % per_power + 1) << shift) - 1;
}

std::chrono::nanoseconds Histogram::at(double quantile) const {
  const auto rank = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(total_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= rank) return std::chrono::nanoseconds(static_cast<std::int64_t>(upper_end(bucket)));
  }
  return std::chrono::nanoseconds(0);
}

}  // namespace lobbyd::load
