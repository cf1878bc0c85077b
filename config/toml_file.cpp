#include "config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <tuple>

namespace lobbyd::config {

namespace {

constexpr std::size_t largest_file = std::size_t{1024} * 1024;

/// A key as its file must spell it: what is no bare key stands in quotes, so that "a.b" is not taken for b in [a].
std::string spelled(std::string_view key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? std::string(key) : shown_text(key);
}

/// A list of strings; other arrays have no meaning here.
std::variant<Value, SectionHeader, TableArray, Unfit> array_content(const toml::array& array) {
  if (!array.empty() && std::ranges::all_of(array, [](const toml::node& node) { return node.is_table(); })) {
    return TableArray{};
  }
  TextList list;
  for (const toml::node& node : array) {
    const auto text = node.value_exact<std::string>();
    if (!text) {
      return Unfit{"an array that holds other things than strings"};
    }
    list.push_back(*text);
  }
  return Value(std::move(list));
}

std::variant<Value, SectionHeader, TableArray, Unfit> content_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return SectionHeader{};
    case toml::node_type::array:
      return array_content(*node.as_array());
    case toml::node_type::string:
      return Value(**node.as_string());
    case toml::node_type::integer:
      return Value(**node.as_integer());
    case toml::node_type::boolean:
      return Value(**node.as_boolean());
    case toml::node_type::floating_point:
      return Unfit{"a number with a fraction"};
    default:
      return Unfit{"a date or time"};
  }
}

class Flattener {
 public:
  explicit Flattener(const std::string& source) : source_(source) {}

  void add(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string path = prefix + spelled(key.str());
      // A key made by dotted keys or headers has its own place; the value's place may be that of its braces.
      const toml::source_position place = key.source().begin;
      auto content = content_of(node);
      if (std::holds_alternative<TableArray>(content)) {
        for (const toml::node& element : *node.as_array()) {
          add_setting(path, TableArray{}, element.source().begin);
          add(*element.as_table(), path + ".");
        }
        continue;
      }
      add_setting(path, std::move(content), place);
      if (const toml::table* inner = node.as_table()) {
        add(*inner, path + ".");
      }
    }
  }

  /// In the order of the file: the library's tables are sorted by name.
  std::vector<Setting> take() {
    std::ranges::stable_sort(
        settings_, {}, [](const Setting& setting) { return std::tuple(setting.origin.line, setting.origin.column); });
    return std::move(settings_);
  }

 private:
  void add_setting(const std::string& path, std::variant<Value, SectionHeader, TableArray, Unfit> content,
                   toml::source_position place) {
    settings_.push_back(
        {path, std::move(content), {.source = source_, .line = place.line, .column = place.column, .spelling = path}});
  }

  const std::string& source_;
  std::vector<Setting> settings_;
};

}  // namespace

std::expected<std::string, std::string> read_bounded(const std::filesystem::path& file, std::size_t limit) {
  const auto failure = [](int error) {
    return std::unexpected("cannot be read: " + std::generic_category().message(error));
  };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return failure(EISDIR);
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return failure(errno);
  }
  std::string text(limit + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    return failure(errno);
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > limit) {
    return std::unexpected("is larger than " + std::to_string(limit) + " bytes");
  }
  return text;
}

std::expected<std::vector<Setting>, Problem> parse_toml(std::string_view text, const std::string& source) {
  try {
    const toml::table table = toml::parse(text, std::string_view(source));
    Flattener flattener(source);
    flattener.add(table, "");
    return flattener.take();
  } catch (const toml::parse_error& error) {
    const toml::source_position place = error.source().begin;
    return std::unexpected(Problem{.source = source,
                                   .line = place.line,
                                   .column = place.column,
                                   .key = {},
                                   .message = "is not TOML: " + std::string(error.description())});
  }
}

std::expected<std::vector<Setting>, Problem> read_toml_file(const std::filesystem::path& file) {
  const auto text = read_bounded(file, largest_file);
  if (!text) {
    return std::unexpected(
        Problem{.source = file.string(), .line = 0, .column = 0, .key = {}, .message = text.error()});
  }
  return parse_toml(*text, file.string());
}

}  // namespace lobbyd::config
