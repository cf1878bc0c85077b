#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The few text functions that this folder needs.
namespace lobbyd::config {

/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

bool has_control_characters(std::string_view text);

std::string_view trimmed(std::string_view text);

/// The parts between the separators, trimmed; none for a blank text.
std::vector<std::string> split(std::string_view text, char separator);

/// "a", "a or b", "a, b or c"
std::string alternatives(const std::vector<std::string>& items);

/// Words filled into lines of at most `width` bytes, each begun with `prefix` and ended with a newline.
std::string wrapped(std::string_view text, std::string_view prefix, std::size_t width);

}  // namespace lobbyd::config
