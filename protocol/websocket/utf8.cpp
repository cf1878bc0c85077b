#include "protocol/websocket/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <simdjson.h>

namespace lobbyd::websocket {
namespace {

// From the last character on, which may lack bytes, if that begins among the last three.
std::size_t tail_size(std::string_view bytes) {
  constexpr std::size_t longest_tail = 3;
  for (std::size_t size = 1; size <= std::min(longest_tail, bytes.size()); ++size) {
    if (static_cast<unsigned char>(bytes[bytes.size() - size]) >= 0xC0) {
      return size;
    }
  }
  return 0;
}

}  // namespace

bool Utf8Validator::feed(std::string_view bytes) {
  while (!complete() && !bytes.empty()) {
    if (!feed_byte(static_cast<unsigned char>(bytes.front()))) {
      return false;
    }
    bytes.remove_prefix(1);
  }
  const std::size_t whole = bytes.size() - tail_size(bytes);
  return is_valid_utf8(bytes.substr(0, whole)) && std::ranges::all_of(bytes.substr(whole), [this](char byte) {
           return feed_byte(static_cast<unsigned char>(byte));
         });
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
  return simdjson::validate_utf8(text);
}

}  // namespace lobbyd::websocket
