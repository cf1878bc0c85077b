#include "protocol/mqtt/byte_reader.hpp"

#include "protocol/mqtt/utf8.hpp"

namespace lobbyd::mqtt {

std::uint32_t ByteReader::read_variable_byte_integer() {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    const std::uint8_t byte = read_byte();
    if (error_) return 0;
    value |= (byte & 0x7FU) << shift;
    if ((byte & 0x80U) != 0) continue;
    const bool shortest = byte != 0 || shift == 0;
    return require(shortest, DecodeError::variable_byte_integer_not_shortest) ? value : 0;
  }
  fail(DecodeError::variable_byte_integer_too_long);
  return 0;
}

std::string_view ByteReader::read_string() {
  const std::string_view text = read_binary();
  const auto valid = check_string(text);
  if (valid) return text;
  fail(valid.error() == StringError::contains_nul ? DecodeError::string_contains_nul : DecodeError::string_not_utf8);
  return {};
}

}  // namespace lobbyd::mqtt
