#include "tests/unit/mqtt/packet_notation.hpp"

#include <charconv>
#include <cstddef>
#include <stdexcept>

namespace lobbyd::mqtt::test {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view notation) : rest_(notation) {}

  // Reads up to the closing bracket, or to the end of all where `closing` is 0.
  std::string sequence(char closing) {
    std::string bytes;
    while (!rest_.empty() && rest_.front() != closing) bytes += element();
    if (closing != 0) take(1);
    return bytes;
  }

 private:
  std::string element() {
    switch (rest_.front()) {
      case ' ':
        take(1);
        return {};
      case '\'':
        return text();
      case '(':
        take(1);
        return with_two_byte_length(sequence(')'));
      case '[':
        take(1);
        return with_variable_length(sequence(']'));
      default:
        return byte();
    }
  }

  std::string text() {
    take(1);
    const std::string_view text = take(rest_.find('\''));
    take(1);
    return std::string(text);
  }

  std::string byte() {
    const std::string_view digits = take(2);
    unsigned value = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (result.ptr != digits.data() + digits.size()) throw std::invalid_argument("no hexadecimal byte");
    return {static_cast<char>(value)};
  }

  static std::string with_two_byte_length(const std::string& bytes) {
    std::string field{static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size() & 0xFF)};
    return field + bytes;
  }

  static std::string with_variable_length(const std::string& bytes) {
    std::string section;
    std::size_t length = bytes.size();
    for (; length >= 0x80; length >>= 7) section += static_cast<char>((length & 0x7F) | 0x80);
    section += static_cast<char>(length);
    return section + bytes;
  }

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) throw std::invalid_argument("the notation ends too early");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

}  // namespace

std::string packet_bytes(std::string_view notation) {
  return Parser(notation).sequence(0);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string hex;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (!hex.empty()) hex += ' ';
    hex += digits[value >> 4];
    hex += digits[value & 0x0F];
  }
  return hex;
}

}  // namespace lobbyd::mqtt::test
