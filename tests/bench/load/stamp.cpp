#include "tests/bench/load/stamp.hpp"

#include <algorithm>

namespace lobbyd::load {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

void append_hex(std::string& out, std::uint64_t value, int count) {
  for (int shift = 4 * (count - 1); shift >= 0; shift -= 4) out += digits[value >> shift & 15U];
}

std::optional<std::uint64_t> read_hex(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'f')) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return value;
}

}  // namespace

void write_stamp(const Stamp& stamp, std::size_t size, std::string& payload) {
  payload.clear();
  append_hex(payload, stamp.stream, 8);
  append_hex(payload, stamp.sequence, 8);
  append_hex(payload, static_cast<std::uint64_t>(stamp.due.time_since_epoch().count()), 16);
  payload.resize(std::max(size, stamp_size), '.');
}

std::optional<Stamp> read_stamp(std::string_view payload) {
  if (payload.size() < stamp_size) return std::nullopt;
  const auto stream = read_hex(payload.substr(0, 8));
  const auto sequence = read_hex(payload.substr(8, 8));
  const auto due = read_hex(payload.substr(16, 16));
  if (!stream || !sequence || !due) return std::nullopt;
  return Stamp{.stream = static_cast<std::uint32_t>(*stream),
               .sequence = static_cast<std::uint32_t>(*sequence),
               .due = Time(Clock::duration(static_cast<std::int64_t>(*due)))};
}

}  // namespace lobbyd::load
