#include "protocol/api/json_value.hpp"

#include "protocol/api/json.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace lobbyd::api {
namespace {

struct Writer {
  std::string& out;
  const JsonValue& value;

  void operator()(std::nullptr_t) const { out += "null"; }
  void operator()(bool boolean) const { out += boolean ? "true" : "false"; }
  void operator()(std::int64_t number) const { append_number(number); }
  void operator()(std::uint64_t number) const { append_number(number); }

  void operator()(double number) const {
    const double magnitude = std::abs(number);
    // A whole number of many digits would be read as an integer that is too large for most.
    const bool fixed = magnitude >= 1e-4 && magnitude < 1e15;
    append_number(number, fixed ? std::chars_format::fixed : std::chars_format::scientific);
  }

  void operator()(std::string_view text) const { append_json_string(out, text); }

  void operator()(JsonValue::Array) const {
    char before = '[';
    for (const JsonValue& element : value.elements()) {
      out += before;
      append_json(out, element);
      before = ',';
    }
    out += before == '[' ? "[]" : "]";
  }

  void operator()(JsonValue::Object) const {
    char before = '{';
    for (const JsonValue& member : value.elements()) {
      out += before;
      append_json_string(out, member.name);
      out += ':';
      append_json(out, member);
      before = ',';
    }
    out += before == '{' ? "{}" : "}";
  }

  template <typename Number, typename... Format>
  void append_number(Number number, Format... format) const {
    std::array<char, 32> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number, format...);
    out.append(digits.data(), written.ptr);
  }
};

}  // namespace

const JsonValue* find_member(const JsonValue& object, std::string_view name) {
  const JsonValue* last = nullptr;
  for (const JsonValue& member : object.elements()) {
    if (member.name == name) {
      last = &member;
    }
  }
  return last;
}

void append_json(std::string& out, const JsonValue& value) {
  std::visit(Writer{out, value}, value.content);
}

}  // namespace lobbyd::api
