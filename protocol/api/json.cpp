#include "protocol/api/json.hpp"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace lobbyd::api {
namespace {

std::string not_json(std::size_t position) {
  return "not valid JSON at byte " + std::to_string(position);
}

// Builds the value from the parser's events. Unlike the library's own builder it stops at the depth limit, so that no
// later walk over the value can run out of stack, and appends members without looking for an earlier one of the same
// name, which would take quadratic time.
class Builder {
 public:
  Json root;
  std::string fault;

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }

  bool number_float(double value, const std::string& /*token*/) {
    if (std::trunc(value) == value && std::abs(value) <= static_cast<double>(max_safe_integer)) {
      return add(static_cast<std::int64_t>(value));
    }
    return add(value);
  }

  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t& /*value*/) { return false; }

  bool start_object(std::size_t /*size*/) { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*exception*/) {
    fault = not_json(position);
    return false;
  }

 private:
  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (open_.size() == max_json_depth) {
      fault = "JSON nested deeper than " + std::to_string(max_json_depth) + " levels";
      return false;
    }
    open_.push_back(&place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  Json& place(Json value) {
    if (open_.empty()) {
      root = std::move(value);
      return root;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      return parent.get_ref<Json::array_t&>().emplace_back(std::move(value));
    }
    return parent.get_ref<Json::object_t&>().emplace_back(std::move(key_), std::move(value)).second;
  }

  // A container does not move while it is in here: its parent gets no further element before it is closed.
  std::vector<Json*> open_;
  std::string key_;
};

template <typename Members>
auto find_last(Members& members, std::string_view name) -> decltype(&members.front().second) {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->first == name) {
      return &member->second;
    }
  }
  return nullptr;
}

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

std::expected<Json, std::string> parse_json(std::string_view text) {
  // The library takes a NUL for the end of the text and does not look at what comes after it.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return std::unexpected(not_json(nul + 1));
  }
  Builder builder;
  if (!Json::sax_parse(text, &builder)) {
    return std::unexpected(std::move(builder.fault));
  }
  return std::move(builder.root);
}

const Json* find_member(const Json& object, std::string_view name) {
  return find_last(object.get_ref<const Json::object_t&>(), name);
}

Json* find_member(Json& object, std::string_view name) {
  return find_last(object.get_ref<Json::object_t&>(), name);
}

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
