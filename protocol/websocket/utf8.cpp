#include "protocol/websocket/utf8.hpp"

#include <cstddef>
#include <cstring>

namespace lobbyd::websocket {
namespace {

// How many bytes at the front of `bytes` are ASCII for certain: a multiple of eight.
std::size_t ascii_prefix(std::string_view bytes) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::size_t length = 0;
  for (; bytes.size() - length >= sizeof(std::uint64_t); length += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + length, sizeof(word));
    if ((word & high_bits) != 0) {
      break;
    }
  }
  return length;
}

}  // namespace

bool Utf8Validator::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (complete()) {
      bytes.remove_prefix(ascii_prefix(bytes));
    }
    // At most a word's worth, so that the fast path is tried again soon after a character that is not ASCII.
    const std::string_view slow = bytes.substr(0, sizeof(std::uint64_t));
    for (const char byte : slow) {
      if (!feed_byte(static_cast<unsigned char>(byte))) {
        return false;
      }
    }
    bytes.remove_prefix(slow.size());
  }
  return true;
}

bool Utf8Validator::feed_byte(unsigned char byte) {
  if (complete()) {
    return start_character(byte);
  }
  if (byte < lowest_ || byte > highest_) {
    return false;
  }
  lowest_ = 0x80;
  highest_ = 0xBF;
  --continuation_bytes_;
  return true;
}

// RFC 3629 §4: the table of well-formed byte sequences.
bool Utf8Validator::start_character(unsigned char byte) {
  if (byte < 0x80) {
    return true;
  }
  if (byte < 0xC2 || byte > 0xF4) {
    return false;
  }
  continuation_bytes_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  switch (byte) {
    case 0xE0:
      lowest_ = 0xA0;
      break;
    case 0xED:
      highest_ = 0x9F;
      break;
    case 0xF0:
      lowest_ = 0x90;
      break;
    case 0xF4:
      highest_ = 0x8F;
      break;
    default:
      break;
  }
  return true;
}

bool is_valid_utf8(std::string_view text) {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

}  // namespace lobbyd::websocket
