#pragma once

// The levels of a topic below the application prefix. Pure.

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

namespace lobbyd::apps {

// Nothing where there are not exactly so many.
template <std::size_t Count>
std::optional<std::array<std::string_view, Count>> topic_levels(std::string_view prefix, std::string_view topic) {
  if (!topic.starts_with(prefix)) {
    return std::nullopt;
  }
  topic.remove_prefix(prefix.size());
  std::array<std::string_view, Count> levels;
  for (std::size_t index = 0; index + 1 < Count; ++index) {
    const auto end = topic.find('/');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    levels[index] = topic.substr(0, end);
    topic.remove_prefix(end + 1);
  }
  levels[Count - 1] = topic;
  return topic.contains('/') ? std::nullopt : std::optional(levels);
}

// A whole number from 0 as std::to_string writes it, so that no two texts stand for one.
template <typename Number>
std::optional<Number> number_level(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  const bool canonical = !text.starts_with('-') && (!text.starts_with('0') || text.size() == 1);
  return whole && canonical ? std::optional(number) : std::nullopt;
}

}  // namespace lobbyd::apps
