#pragma once

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. U+0000 is valid.

#include <cstdint>
#include <string_view>

namespace lobbyd::websocket {

// Checks a text that comes in pieces, cut anywhere.
class Utf8Validator {
 public:
  // False from the first byte on that no valid text can have there. After that, call `reset` before the next text.
  bool feed(std::string_view bytes);

  // Whether the text fed so far does not end within a character.
  bool complete() const { return continuation_bytes_ == 0; }

  void reset() { *this = Utf8Validator(); }

 private:
  bool feed_byte(unsigned char byte);
  bool start_character(unsigned char byte);

  // The bytes that the current character still lacks, and the range of the next one of them: it is narrower than
  // 80..BF after the lead bytes E0, ED, F0 and F4.
  std::uint8_t continuation_bytes_ = 0;
  std::uint8_t lowest_ = 0x80;
  std::uint8_t highest_ = 0xBF;
};

bool is_valid_utf8(std::string_view text);

}  // namespace lobbyd::websocket
