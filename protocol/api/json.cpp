#include "protocol/api/json.hpp"

#include <array>
#include <cstddef>

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

}  // namespace

std::string write_json(const Json& value) {
  constexpr int compact = -1;
  constexpr bool ensure_ascii = false;
  return value.dump(compact, ' ', ensure_ascii, Json::error_handler_t::replace);
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t run = 0;  // where what is not yet written begins
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = escapes[byte];
    if (escape == as_it_is) {
      continue;
    }
    out.append(text, run, i - run);
    run = i + 1;
    out.push_back('\\');
    out.push_back(escape);
    if (escape == as_code) {
      constexpr std::string_view digits = "0123456789abcdef";
      out.append({'0', '0', digits[byte >> 4], digits[byte & 0xF]});
    }
  }
  out.append(text, run, text.size() - run);
  out.push_back('"');
}

}  // namespace lobbyd::api
