#include "service/upstream/backoff.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>

namespace lobbyd::upstream {
namespace {

std::chrono::milliseconds fraction_of(std::chrono::milliseconds span, double fraction) {
  return std::chrono::milliseconds(
      static_cast<std::chrono::milliseconds::rep>(static_cast<double>(span.count()) * std::clamp(fraction, 0.0, 1.0)));
}

}  // namespace

Random make_random() {
  std::random_device seed;
  // std::function must be copyable; the copies share one sequence.
  auto engine = std::make_shared<std::mt19937_64>((std::uint64_t{seed()} << 32) | seed());
  return [engine] { return std::uniform_real_distribution<double>(0.0, 1.0)(*engine); };
}

Backoff::Backoff(Limits limits, Random random)
    : limits_(limits), random_(std::move(random)), ceiling_(std::min(limits.initial, limits.maximum)) {}

std::chrono::milliseconds Backoff::next() {
  const auto wait = fraction_of(ceiling_, random_());
  ceiling_ = ceiling_ > limits_.maximum / 2 ? limits_.maximum : ceiling_ * 2;
  return wait;
}

std::chrono::milliseconds Backoff::next_after_refusal() {
  return limits_.refused_minimum + fraction_of(limits_.refused_maximum - limits_.refused_minimum, random_());
}

void Backoff::reset() {
  ceiling_ = std::min(limits_.initial, limits_.maximum);
}

}  // namespace lobbyd::upstream
