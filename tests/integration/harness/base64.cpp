#include "tests/integration/harness/base64.hpp"

#include <cstdint>
#include <stdexcept>

namespace lobbyd::integration {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string result;
  for (std::size_t begin = 0; begin < bytes.size(); begin += 3) {
    const auto group = bytes.substr(begin, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) result += i <= group.size() ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
  }
  return result;
}

std::string from_base64(std::string_view text) {
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text.substr(0, text.find('='))) {
    const auto value = alphabet.find(letter);
    if (value == std::string_view::npos) throw std::invalid_argument("not base64: " + std::string(text));
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      result += static_cast<char>(bits >> count & 255);
    }
  }
  if (to_base64(result) != text) throw std::invalid_argument("not canonical base64: " + std::string(text));
  return result;
}

}  // namespace lobbyd::integration
