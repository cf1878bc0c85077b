#pragma once

// Reads the data types of MQTT5 §1.5 off the front of a byte sequence, without copying.

#include "protocol/mqtt/decode_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lobbyd::mqtt {

// The error is sticky: the first one is kept, what was left to read is dropped, and every later read returns zero
// or an empty view. So a packet's fields are read one after the other, and the error is looked at once.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes, DecodeError beyond_end = DecodeError::field_beyond_end)
      : rest_(bytes), beyond_end_(beyond_end) {}

  std::uint8_t read_byte() {
    if (!require(!rest_.empty(), beyond_end_)) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint16_t read_uint16() {
    const std::string_view bytes = read_bytes(2);
    return bytes.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(byte_at(bytes, 0) << 8 | byte_at(bytes, 1));
  }
  std::uint32_t read_uint32() {
    const std::string_view bytes = read_bytes(4);
    return bytes.empty()
               ? 0
               : byte_at(bytes, 0) << 24 | byte_at(bytes, 1) << 16 | byte_at(bytes, 2) << 8 | byte_at(bytes, 3);
  }
  std::uint32_t read_variable_byte_integer();
  // Binary data: a two-byte length and as many bytes (MQTT5 §1.5.6).
  std::string_view read_binary() { return read_bytes(read_uint16()); }
  // The same, checked to be a UTF-8 encoded string (MQTT5 §1.5.4).
  std::string_view read_string();
  // MQTT5 §2.2.1
  std::uint16_t read_packet_id() {
    const std::uint16_t packet_id = read_uint16();
    require(packet_id != 0, DecodeError::packet_id_zero);
    return packet_id;
  }
  std::string_view read_bytes(std::size_t count) {
    if (!require(rest_.size() >= count, beyond_end_)) return {};
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  std::string_view read_rest() { return read_bytes(rest_.size()); }

  // True after an error, too, so that a loop over what is left ends.
  bool at_end() const { return rest_.empty(); }
  std::size_t remaining() const { return rest_.size(); }

  void fail(DecodeError error) {
    if (!error_) error_ = error;
    rest_ = {};
  }
  bool require(bool condition, DecodeError otherwise) {
    if (!condition) fail(otherwise);
    return condition;
  }
  void require_end() { require(rest_.empty(), DecodeError::trailing_bytes); }

  std::optional<DecodeError> error() const { return error_; }

 private:
  static std::uint32_t byte_at(std::string_view bytes, std::size_t index) {
    return static_cast<std::uint8_t>(bytes[index]);
  }

  std::string_view rest_;
  DecodeError beyond_end_;
  std::optional<DecodeError> error_;
};

}  // namespace lobbyd::mqtt
