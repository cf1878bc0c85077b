#pragma once

// Durations, counted in buckets: 128 for each power of two, so that a quantile is right to less than one percent, and
// as many samples as one likes take the same few kilobytes.

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lobbyd::load {

class Histogram {
 public:
  // What is negative counts as zero.
  void add(std::chrono::nanoseconds value) {
    const auto number = bucket_of(value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count()));
    ++counts_[number];
    ++total_;
  }

  std::uint64_t total() const { return total_; }

  // The value that the share `quantile` of all samples does not exceed: the upper end of its bucket; 0 without samples.
  std::chrono::nanoseconds at(double quantile) const;

 private:
  static constexpr int bits = 7;
  static constexpr std::uint64_t per_power = 1U << bits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < per_power) return value;
    const int shift = static_cast<int>(std::bit_width(value)) - bits - 1;
    return static_cast<std::size_t>(shift + 1) * per_power + ((value >> shift) - per_power);
  }
  static std::uint64_t upper_end(std::size_t bucket);

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>((64 - bits + 1) * per_power);
  std::uint64_t total_ = 0;
};

}  // namespace lobbyd::load
