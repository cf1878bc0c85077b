#include "protocol/api/json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lobbyd::api {
namespace {

// How each byte of a string is written: as it is, after a backslash, or as \u00XX.
constexpr char as_it_is = 0;
constexpr char as_code = 'u';

constexpr std::array<char, 256> make_escapes() {
  std::array<char, 256> escapes{};
  for (std::size_t control = 0; control < 0x20; ++control) {
    escapes[control] = as_code;
  }
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}

constexpr std::array<char, 256> escapes = make_escapes();

// How many of the first eight bytes, from the first on, are written as they are.
std::size_t plain_bytes(std::string_view text) {
  constexpr std::uint64_t each = 0x0101010101010101;
  constexpr std::uint64_t high_bits = 0x80 * each;
  std::uint64_t word = 0;
  std::memcpy(&word, text.data(), sizeof(word));
  if constexpr (std::endian::native == std::endian::big) {
    word = std::byteswap(word);
  }
  // Sets the high bit of the first byte that is smaller than `bound`; of those behind it perhaps of others, too.
  const auto below = [](std::uint64_t bytes, std::uint64_t bound) { return (bytes - bound * each) & ~bytes; };
  const std::uint64_t found =
      (below(word, 0x20) | below(word ^ '"' * each, 1) | below(word ^ '\\' * each, 1)) & high_bits;
  return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

char* escape_byte(char byte, char* to) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  const char escape = escapes[value];
  if (escape == as_it_is) {
    *to++ = byte;
    return to;
  }
  *to++ = '\\';
  *to++ = escape;
  if (escape == as_code) {
    *to++ = '0';
    *to++ = '0';
    *to++ = digits[value >> 4];
    *to++ = digits[value & 0xF];
  }
  return to;
}

constexpr std::size_t longest_escape = 6;

// Gives the end of what it has written: up to `longest_escape` bytes for each.
char* escape_bytes(std::string_view text, char* to) {
  constexpr std::size_t word_size = sizeof(std::uint64_t);
  while (text.size() >= word_size) {
    const std::size_t plain = plain_bytes(text);
    std::memcpy(to, text.data(), word_size);
    to += plain;
    text.remove_prefix(plain);
    if (plain < word_size) {
      to = escape_byte(text.front(), to);
      text.remove_prefix(1);
    }
  }
  for (const char byte : text) {
    to = escape_byte(byte, to);
  }
  return to;
}

}  // namespace

std::string write_json(const Json& value) {
  constexpr int compact = -1;
  constexpr bool ensure_ascii = false;
  return value.dump(compact, ' ', ensure_ascii, Json::error_handler_t::replace);
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::size_t block_size = 256;
  out.push_back('"');
  for (; !text.empty(); text.remove_prefix(std::min(block_size, text.size()))) {
    char escaped[block_size * longest_escape];
    out.append(escaped, escape_bytes(text.substr(0, block_size), escaped));
  }
  out.push_back('"');
}

}  // namespace lobbyd::api
