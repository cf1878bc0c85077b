#include "config/value.hpp"

#include "config/text.hpp"

#include <array>
#include <charconv>

namespace lobbyd::config {

namespace {

constexpr std::size_t longest_shown = 80;

std::string in_quotes(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result = "\"";
  for (const char character : text) {
    const auto byte = static_cast<std::uint8_t>(character);
    if (character == '"' || character == '\\') {
      result += '\\';
      result += character;
    } else if (byte < 0x20 || byte == 0x7F) {
      result += "\\u00";
      result += digits[byte >> 4U];
      result += digits[byte & 0x0FU];
    } else {
      result += character;
    }
  }
  return result + "\"";
}

std::string in_quotes(const TextList& list) {
  std::string result = "[";
  for (const std::string& item : list) {
    result += (result.size() > 1 ? ", " : "") + in_quotes(item);
  }
  return result + "]";
}

std::string cut(std::string text) {
  if (text.size() <= longest_shown) {
    return text;
  }
  // A cut inside a UTF-8 sequence would make the message itself malformed.
  std::size_t end = longest_shown;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end) + "…";
}

struct TomlWriter {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return in_quotes(value); }
  std::string operator()(const TextList& value) const { return in_quotes(value); }
};

}  // namespace

Kind kind_of(const Value& value) {
  return static_cast<Kind>(value.index());
}

std::string_view kind_name(Kind kind) {
  constexpr std::array<std::string_view, 4> names = {"true or false", "a whole number", "a string",
                                                     "an array of strings"};
  return names.at(static_cast<std::size_t>(kind));
}

std::optional<Value> parse_value(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::boolean:
      if (text == "true" || text == "false") {
        return text == "true";
      }
      return std::nullopt;
    case Kind::integer: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
      }
      return number;
    }
    case Kind::text:
      return std::string(text);
    case Kind::text_list:
      return split(text, ',');
  }
  return std::nullopt;
}

std::string to_toml(const Value& value) {
  return std::visit(TomlWriter{}, value);
}

std::string shown(const Value& value) {
  return cut(to_toml(value));
}

std::string shown_text(std::string_view text) {
  return cut(in_quotes(is_utf8(text) ? text : "(not UTF-8)"));
}

}  // namespace lobbyd::config
