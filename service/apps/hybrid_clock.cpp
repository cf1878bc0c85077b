#include "service/apps/hybrid_clock.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace lobbyd::apps {
namespace {

constexpr std::size_t text_size = 16;
constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

std::string HybridTime::text() const {
  std::string text(text_size, '0');
  std::uint64_t rest = value_;
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, rest >>= 4U) {
    *digit = digits[rest & 0xFU];
  }
  return text;
}

std::optional<HybridTime> HybridTime::from_text(std::string_view text) {
  if (text.size() != text_size || text.find_first_not_of(digits) != std::string_view::npos) {
    return std::nullopt;
  }
  HybridTime time;
  std::from_chars(text.data(), text.data() + text.size(), time.value_, 16);
  return time;
}

HybridTime HybridClock::tick(std::int64_t now_ms) {
  last_ = std::max(last_.next(), HybridTime(std::clamp<std::int64_t>(now_ms, 0, HybridTime::latest_ms)));
  return last_;
}

bool HybridClock::observe(HybridTime time, std::int64_t now_ms) {
  if (time <= last_) {
    return true;
  }
  if (time.ms() - most_ahead_ms > now_ms) {
    return false;
  }
  last_ = time;
  return true;
}

}  // namespace lobbyd::apps
