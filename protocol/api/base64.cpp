#include "protocol/api/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace lobbyd::api {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}

constexpr std::array<std::uint8_t, 256> digits = make_digits();

// The text without its padding, or nothing where the padding does not fill the last group of four.
std::optional<std::string_view> strip_padding(std::string_view text) {
  if (!text.ends_with('=')) {
    return text;
  }
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  text.remove_suffix(1);
  if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const auto byte = [&](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4, '=');
  char* to = out.data() + start;
  const std::size_t left_over = bytes.size() % 3;
  const std::size_t whole = bytes.size() - left_over;
  for (std::size_t i = 0; i < whole; i += 3, to += 4) {
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    to[0] = alphabet[group >> 18];
    to[1] = alphabet[group >> 12 & 0x3F];
    to[2] = alphabet[group >> 6 & 0x3F];
    to[3] = alphabet[group & 0x3F];
  }
  if (left_over > 0) {
    const std::uint32_t group = byte(whole) << 16 | (left_over == 2 ? byte(whole + 1) << 8 : 0);
    for (std::size_t c = 0; c <= left_over; ++c) {
      to[c] = alphabet[group >> (18 - 6 * c) & 0x3F];
    }
  }
}

std::string encode_base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  const auto stripped = strip_padding(text);
  if (!stripped || stripped->size() % 4 == 1) {
    return std::nullopt;
  }
  std::string bytes;
  bytes.reserve(stripped->size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const char character : *stripped) {
    const std::uint8_t digit = digits[static_cast<unsigned char>(character)];
    if (digit == no_digit) {
      return std::nullopt;
    }
    bits = bits << 6 | digit;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes.push_back(static_cast<char>(bits >> bit_count & 0xFF));
    }
  }
  const bool bits_left_over = (bits & ((1U << bit_count) - 1)) != 0;
  return bits_left_over ? std::nullopt : std::optional(std::move(bytes));
}

}  // namespace lobbyd::api
