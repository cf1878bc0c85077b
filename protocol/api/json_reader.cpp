#include "protocol/api/json_reader.hpp"

#include "protocol/api/json.hpp"
#include "protocol/websocket/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <simdjson.h>
#include <vector>

namespace lobbyd::api {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;

// A text with more makes the reader give its memory back.
constexpr std::size_t largest_usual_text = std::size_t{256} << 10U;

// A text may begin with one, which stands for nothing (RFC 8259 §8.1).
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// What follows the opening quotation mark, where nothing in it is escaped: then it stands for itself.
std::optional<std::string_view> plain_string(const char* begin, const char* end_of_text) {
  const auto length_before = [&](char wanted, std::size_t length) -> std::optional<std::size_t> {
    const void* found = std::memchr(begin, wanted, length);
    return found == nullptr ? std::nullopt
                            : std::optional(static_cast<std::size_t>(static_cast<const char*>(found) - begin));
  };
  const auto length = length_before('"', static_cast<std::size_t>(end_of_text - begin));
  if (!length || length_before('\\', *length)) {
    return std::nullopt;
  }
  return std::string_view(begin, *length);
}

// Puts the values of a text in a row, by simdjson's front end that goes through the text once and stops anywhere: the
// one that makes a tree refuses integers beyond 64 bits, and does not tell where the fault is.
class Builder {
 public:
  Builder(std::vector<JsonValue>& values, const char* end_of_text) : values_(values), end_of_text_(end_of_text) {}

  // False where the text is not JSON or too deep. `source` is a document or a value.
  template <typename Source>
  bool add(Source& source, std::string_view name) {
    ondemand::json_type type{};
    if (!good(source.type().get(type))) {
      return false;
    }
    switch (type) {
      case ondemand::json_type::object:
        return add_object(source, name);
      case ondemand::json_type::array:
        return add_array(source, name);
      case ondemand::json_type::string:
        return add_string(source, name);
      case ondemand::json_type::number:
        return add_number(source, name);
      case ondemand::json_type::boolean: {
        bool boolean = false;
        return good(source.get_bool().get(boolean)) && put(name, boolean);
      }
      case ondemand::json_type::null: {
        bool null = false;
        return good(source.is_null().get(null)) && null && put(name, nullptr);
      }
      default:
        return false;
    }
  }

  bool too_deep() const { return too_deep_; }
  simdjson::error_code fault() const { return fault_; }

 private:
  bool good(simdjson::error_code result) {
    fault_ = result;
    return result == SUCCESS;
  }

  bool put(std::string_view name, JsonValue::Content content) {
    values_.push_back({.name = name, .content = content});
    return true;
  }

  template <typename Source>
  bool add_object(Source& source, std::string_view name) {
    ondemand::object object;
    const std::size_t place = values_.size();
    if (!open(name, JsonValue::Object()) || !good(source.get_object().get(object))) {
      return false;
    }
    for (auto each : object) {
      ondemand::field member;
      std::string_view member_name;
      if (!good(std::move(each).get(member)) || !read_name(member, member_name) || !add(member.value(), member_name)) {
        return false;
      }
    }
    return close(place);
  }

  template <typename Source>
  bool add_array(Source& source, std::string_view name) {
    ondemand::array array;
    const std::size_t place = values_.size();
    if (!open(name, JsonValue::Array()) || !good(source.get_array().get(array))) {
      return false;
    }
    for (auto each : array) {
      ondemand::value element;
      if (!good(std::move(each).get(element)) || !add(element, {})) {
        return false;
      }
    }
    return close(place);
  }

  bool open(std::string_view name, JsonValue::Content content) {
    too_deep_ = depth_ == max_json_depth;
    ++depth_;
    return !too_deep_ && put(name, content);
  }

  bool close(std::size_t place) {
    --depth_;
    values_[place].extent = static_cast<std::uint32_t>(values_.size() - place);
    return true;
  }

  bool read_name(ondemand::field& member, std::string_view& name) {
    if (const auto plain = plain_string(member.key().raw(), end_of_text_)) {
      name = *plain;
      return true;
    }
    return good(member.unescaped_key().get(name));
  }

  // The text from a value to the next one.
  template <typename Source>
  static std::string_view token_of(Source& source) {
    // Of a document it is a result, of a value the text itself.
    return simdjson::simdjson_result<std::string_view>(source.raw_json_token()).value_unsafe();
  }

  template <typename Source>
  bool add_string(Source& source, std::string_view name) {
    if (const auto plain = plain_string(token_of(source).data() + 1, end_of_text_)) {
      ondemand::raw_json_string raw;
      return good(source.get_raw_json_string().get(raw)) && put(name, *plain);
    }
    std::string_view text;
    return good(source.get_string().get(text)) && put(name, text);
  }

  template <typename Source>
  bool add_number(Source& source, std::string_view name) {
    const std::string_view token = token_of(source);
    ondemand::number number;
    double real = 0;
    if (source.get_number().get(number) == SUCCESS) {
      if (!number.is_double()) {
        return number.is_uint64() ? put(name, number.get_uint64()) : put(name, number.get_int64());
      }
    } else if (!good(source.get_double().get(real))) {  // an integer beyond 64 bits is good here
      return false;
    }
    // simdjson 3.0 is wrong about the value where there are more than 19 digits.
    real = 0;
    std::from_chars(token.data(), token.data() + token.size(), real);
    return put_double(name, real);
  }

  bool put_double(std::string_view name, double number) {
    const bool whole = std::trunc(number) == number && std::abs(number) <= static_cast<double>(max_safe_integer);
    return whole ? put(name, static_cast<std::int64_t>(number)) : put(name, number);
  }

  std::vector<JsonValue>& values_;
  const char* end_of_text_;
  std::size_t depth_ = 0;
  bool too_deep_ = false;
  simdjson::error_code fault_ = SUCCESS;
};

// Where the text stops being UTF-8.
std::size_t first_bad_byte(std::string_view text) {
  websocket::Utf8Validator validator;
  std::size_t position = 0;
  while (position < text.size() && validator.feed(text.substr(position, 1))) {
    ++position;
  }
  return position;
}

// Where a string holds a control character that is not escaped.
std::size_t first_bare_control(std::string_view text) {
  bool within_string = false;
  for (std::size_t position = 0; position < text.size(); ++position) {
    if (within_string && static_cast<unsigned char>(text[position]) < 0x20) {
      return position;
    }
    if (text[position] == '"') {
      within_string = !within_string;
    } else if (text[position] == '\\') {
      ++position;
    }
  }
  return text.size();
}

}  // namespace

struct JsonReader::Memory {
  ondemand::parser parser;
  ondemand::document document;
  std::string text;  // with the padding that simdjson wants behind it
  std::vector<JsonValue> values;

  // Whether nothing follows the value.
  bool is_used_up() { return document.current_location().error() == simdjson::OUT_OF_BOUNDS; }

  // Some faults are found before the document can tell where it is.
  std::size_t position_of(simdjson::error_code fault, std::string_view read) {
    switch (fault) {
      case simdjson::UTF8_ERROR:
        return first_bad_byte(read);
      case simdjson::UNESCAPED_CHARS:
        return first_bare_control(read);
      case simdjson::EMPTY:
      case simdjson::UNCLOSED_STRING:
      case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
        return read.size();
      default: {
        const char* location = nullptr;
        return document.current_location().get(location) == SUCCESS ? static_cast<std::size_t>(location - text.data())
                                                                    : read.size();
      }
    }
  }
};

JsonReader::JsonReader() : memory_(std::make_unique<Memory>()) {}
JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;

std::expected<const JsonValue*, std::string> JsonReader::read(std::string_view text) {
  if (memory_->text.size() > largest_usual_text) {
    memory_ = std::make_unique<Memory>();
  }
  Memory& memory = *memory_;
  memory.values.clear();
  memory.text.resize(std::max(memory.text.size(), text.size() + simdjson::SIMDJSON_PADDING));
  text.copy(memory.text.data(), text.size());
  const std::size_t mark = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const simdjson::padded_string_view padded(memory.text.data() + mark, text.size() - mark, memory.text.size() - mark);
  simdjson::error_code fault = memory.parser.iterate(padded).get(memory.document);
  Builder builder(memory.values, memory.text.data() + text.size());
  if (fault == SUCCESS) {
    if (builder.add(memory.document, {}) && memory.is_used_up()) {
      return memory.values.data();
    }
    fault = builder.fault();
  }
  if (builder.too_deep()) {
    return std::unexpected("JSON nested deeper than " + std::to_string(max_json_depth) + " levels");
  }
  return std::unexpected("not valid JSON at byte " + std::to_string(memory.position_of(fault, text) + 1));
}

}  // namespace lobbyd::api
