#pragma once

// Times that order what happens on several instances (a hybrid logical clock: Kulkarni and others, 2014): what an
// instance does after it has seen what another did has the later time, however their clocks differ. Pure; the time is a
// parameter.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

// Unix milliseconds, and a counter for what happens within one. The default is none: it is before all times.
class HybridTime {
 public:
  static constexpr std::int64_t latest_ms = (std::int64_t{1} << 48U) - 1;

  constexpr HybridTime() = default;
  // `ms` in 0..latest_ms.
  constexpr explicit HybridTime(std::int64_t ms, std::uint16_t counter = 0)
      : value_(static_cast<std::uint64_t>(ms) << counter_bits | counter) {}

  constexpr std::int64_t ms() const { return static_cast<std::int64_t>(value_ >> counter_bits); }
  constexpr std::uint16_t counter() const { return static_cast<std::uint16_t>(value_); }
  constexpr explicit operator bool() const { return value_ != 0; }
  constexpr auto operator<=>(const HybridTime&) const = default;

  // The very next one: when the counter is used up, that of the next millisecond.
  constexpr HybridTime next() const {
    HybridTime time;
    time.value_ = value_ + 1;
    return time;
  }

  // 16 hexadecimal digits, which sort as the times do.
  std::string text() const;
  static std::optional<HybridTime> from_text(std::string_view text);

 private:
  static constexpr unsigned counter_bits = 16;

  std::uint64_t value_ = 0;
};

// Of one instance.
class HybridClock {
 public:
  // A time that is further ahead is a fault of whoever made it, and moves no clock.
  static constexpr std::int64_t most_ahead_ms = 60'000;

  // Later than every time that this clock has given or observed. `now_ms`: the system's clock, which may step back.
  HybridTime tick(std::int64_t now_ms);

  // For each time that another instance has made. False: it is too far ahead, and what carries it is to be ignored.
  bool observe(HybridTime time, std::int64_t now_ms);

 private:
  HybridTime last_;
};

}  // namespace lobbyd::apps
