#pragma once

// What each payload begins with: to which stream it belongs, its number there, and when it was to be sent. Text, so
// that it goes through JSON unescaped; the rest of a payload is filled up.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::load {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

struct Stamp {
  std::uint32_t stream = 0;
  std::uint32_t sequence = 0;
  Time due;  // when it was to be sent, which is not later than when it was
};

inline constexpr std::size_t stamp_size = 8 + 8 + 16;

// Replaces all of `payload`, which has `size` bytes then, `stamp_size` at least.
void write_stamp(const Stamp& stamp, std::size_t size, std::string& payload);
// nullopt where the payload was not written so.
std::optional<Stamp> read_stamp(std::string_view payload);

}  // namespace lobbyd::load
