#include "config/key.hpp"

#include <vector>

namespace lobbyd::config {

namespace {

/// Up to here the numbers are named one by one.
constexpr std::int64_t short_range = 3;

std::string wanted(const Key& key) {
  const std::string allowed = allowed_values(key);
  if (allowed.empty()) {
    return std::string(kind_name(key.kind));
  }
  return allowed.starts_with("from ") ? std::string(kind_name(key.kind)) + " " + allowed : allowed;
}

}  // namespace

std::string allowed_values(const Key& key) {
  if (key.kind != Kind::integer) {
    return key.choices;
  }
  if (key.range.most - key.range.least >= short_range) {
    return "from " + std::to_string(key.range.least) + " to " + std::to_string(key.range.most);
  }
  std::vector<std::string> numbers;
  for (std::int64_t number = key.range.least; number <= key.range.most; ++number) {
    numbers.push_back(std::to_string(number));
  }
  return alternatives(numbers);
}

std::string wrong_type(const Key& key, std::string_view what) {
  return "must be " + wanted(key) + (key.secret ? "" : ", not " + std::string(what));
}

std::expected<void, std::string> assign(const Key& key, Config& config, const Value& value) {
  if (kind_of(value) != key.kind) {
    return std::unexpected(wrong_type(key, shown(value)));
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number < key.range.least || *number > key.range.most) {
      return std::unexpected(wrong_type(key, shown(value)));
    }
  }
  if (key.check != nullptr) {
    if (auto error = key.check(value)) {
      return std::unexpected(std::move(*error));
    }
  }
  return key.write(config, value);
}

std::string environment_name(std::string_view path) {
  std::string name = "LOBBYD_";
  for (const char character : path) {
    const bool lower = character >= 'a' && character <= 'z';
    name += character == '.' ? '_' : lower ? static_cast<char>(character - 'a' + 'A') : character;
  }
  return name;
}

}  // namespace lobbyd::config
