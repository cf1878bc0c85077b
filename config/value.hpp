#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a source may hold for a key: the same few shapes from the file, the environment and the command line.
namespace lobbyd::config {

using TextList = std::vector<std::string>;
using Value = std::variant<bool, std::int64_t, std::string, TextList>;

/// In the order of Value's alternatives.
enum class Kind { boolean, integer, text, text_list };

Kind kind_of(const Value& value);

/// "true or false", "a whole number", "a string", "an array of strings"
std::string_view kind_name(Kind kind);

/// Reads what the environment or the command line says; lists are comma-separated. None if the text is not of this
/// kind.
std::optional<Value> parse_value(Kind kind, std::string_view text);

/// As TOML writes it.
std::string to_toml(const Value& value);

/// For messages: as TOML writes it, cut where it is long.
std::string shown(const Value& value);
std::string shown_text(std::string_view text);

}  // namespace lobbyd::config
