#pragma once

// A line of a script as words.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace lobbyd::mqtt::test {

template <class Number>
Number number_from(std::string_view text) {
  Number number{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
    throw std::invalid_argument("not a number: " + std::string(text));
  }
  return number;
}

// What was not taken is an error: a script with a slip of the pen has to fail.
class Words {
 public:
  explicit Words(std::string_view line) {
    while (!line.empty()) {
      const std::size_t end = std::min(line.find(' '), line.size());
      if (end != 0) words_.emplace_back(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }

  bool empty() const { return words_.empty(); }

  std::string take_first() {
    if (words_.empty()) throw std::invalid_argument("a word is missing");
    std::string word = words_.front();
    words_.erase(words_.begin());
    return word;
  }

  bool take_flag(std::string_view flag) {
    const auto found = std::find(words_.begin(), words_.end(), flag);
    if (found == words_.end()) return false;
    words_.erase(found);
    return true;
  }

  // "name=value"; also with an empty value.
  std::optional<std::string> take_value(std::string_view name) {
    for (auto word = words_.begin(); word != words_.end(); ++word) {
      if (!word->starts_with(name) || word->substr(name.size(), 1) != "=") continue;
      std::string value = word->substr(name.size() + 1);
      words_.erase(word);
      return value;
    }
    return std::nullopt;
  }

  template <class Number>
  std::optional<Number> take_number(std::string_view name) {
    const auto value = take_value(name);
    return value ? std::optional(number_from<Number>(*value)) : std::nullopt;
  }

  // "#7"
  std::uint16_t take_packet_id() {
    for (auto word = words_.begin(); word != words_.end(); ++word) {
      if (!word->starts_with('#') || word->size() < 2 ||
          std::string_view("0123456789").find((*word)[1]) == std::string_view::npos)
        continue;
      const auto packet_id = number_from<std::uint16_t>(std::string_view(*word).substr(1));
      words_.erase(word);
      return packet_id;
    }
    return 0;
  }

  void expect_end() const {
    if (!words_.empty()) throw std::invalid_argument("not understood: " + words_.front());
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace lobbyd::mqtt::test
