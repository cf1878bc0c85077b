#pragma once

// The two things that a packet's fields are put into, one after the other: one sums up their size, the other writes
// them. What is written thus has exactly the size that was reserved for it, from one description of each packet.

#include "protocol/mqtt/encoder.hpp"
#include "protocol/mqtt/properties.hpp"
#include "protocol/mqtt/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace lobbyd::mqtt {

constexpr std::size_t variable_byte_integer_size(std::size_t value) {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20'0000 ? 3 : 4;
}

// Sums up, and checks that each field can be represented.
class SizeSink {
 public:
  void byte(std::uint8_t) { size_ += 1; }
  void uint16(std::uint16_t) { size_ += 2; }
  void uint32(std::uint32_t) { size_ += 4; }
  void variable_byte_integer(std::size_t value) { size_ += variable_byte_integer_size(value); }
  void raw(std::string_view bytes) { size_ += bytes.size(); }
  // UTF-8 strings and binary data look the same.
  void text(std::string_view bytes) {
    require(bytes.size() <= maximum_string_size, EncodeError::string_too_long);
    size_ += 2 + bytes.size();
  }
  void check_range(const PropertyRule& rule, std::uint32_t value) {
    require(rule.holds(value), EncodeError::value_out_of_range);
  }
  void require(bool condition, EncodeError otherwise) {
    if (!condition && !error_) error_ = otherwise;
  }

  std::size_t size() const { return size_; }
  std::optional<EncodeError> error() const { return error_; }

 private:
  std::size_t size_ = 0;
  std::optional<EncodeError> error_;
};

// Writes to where as many bytes are free as a SizeSink found.
class WriteSink {
 public:
  explicit WriteSink(char* position) : position_(position) {}

  void byte(std::uint8_t value) { *position_++ = static_cast<char>(value); }
  void uint16(std::uint16_t value) {
    byte(static_cast<std::uint8_t>(value >> 8));
    byte(static_cast<std::uint8_t>(value & 0xFF));
  }
  void uint32(std::uint32_t value) {
    uint16(static_cast<std::uint16_t>(value >> 16));
    uint16(static_cast<std::uint16_t>(value & 0xFFFF));
  }
  void variable_byte_integer(std::size_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>((value & 0x7F) | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void raw(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(position_, bytes.data(), bytes.size());
    position_ += bytes.size();
  }
  void text(std::string_view bytes) {
    uint16(static_cast<std::uint16_t>(bytes.size()));
    raw(bytes);
  }
  void check_range(const PropertyRule&, std::uint32_t) {}
  void require(bool, EncodeError) {}

  const char* position() const { return position_; }

 private:
  char* position_;
};

}  // namespace lobbyd::mqtt
