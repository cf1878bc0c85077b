#include "protocol/mqtt/utf8.hpp"

#include <cstring>

namespace lobbyd::mqtt {
namespace {

// The length of the ASCII text that `text` begins with, in steps of eight bytes where it can: nearly all text that
// passes through here is ASCII from end to end.
std::size_t ascii_prefix(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::size_t size = 0;
  while (text.size() - size >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + size, sizeof word);
    if ((word & high_bits) != 0) break;
    size += sizeof word;
  }
  while (size < text.size() && static_cast<unsigned char>(text[size]) < 0x80) ++size;
  return size;
}

// What may follow a lead byte (Unicode, table 3-7). The narrowed ranges of the second byte are what excludes
// overlong forms, surrogates and values above U+10FFFF.
struct Sequence {
  std::size_t size;  // 0: not a lead byte
  unsigned char second_minimum;
  unsigned char second_maximum;
};

constexpr Sequence sequence_of(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// The size of the multi-byte character that `text` begins with, 0 if that is not well formed.
std::size_t character_size(std::string_view text) {
  const Sequence sequence = sequence_of(static_cast<unsigned char>(text.front()));
  if (sequence.size == 0 || text.size() < sequence.size) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < sequence.second_minimum || second > sequence.second_maximum) return 0;
  for (const char continuation : text.substr(2, sequence.size - 2)) {
    if ((static_cast<unsigned char>(continuation) & 0xC0) != 0x80) return 0;
  }
  return sequence.size;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  text.remove_prefix(ascii_prefix(text));
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
    text.remove_prefix(ascii_prefix(text));
  }
  return true;
}

std::expected<void, StringError> check_string(std::string_view text) {
  if (text.size() > maximum_string_size) return std::unexpected(StringError::too_long);
  if (!is_valid_utf8(text)) return std::unexpected(StringError::not_utf8);
  if (text.find('\0') != std::string_view::npos) return std::unexpected(StringError::contains_nul);
  return {};
}

}  // namespace lobbyd::mqtt
