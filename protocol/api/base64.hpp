#pragma once

// Base64 with the standard alphabet (RFC 4648 §4).

#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::api {

void append_base64(std::string& out, std::string_view bytes);
std::string encode_base64(std::string_view bytes);

// Takes text with its padding or without any. Nothing else is forgiven: no white space, no other alphabet, no bits
// left over at the end.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace lobbyd::api
