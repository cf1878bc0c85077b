#pragma once

// What the configuration says of boards: [[boards]]. The first rule counts whose pattern matches the name.

#include "service/apps/scores/period.hpp"
#include "service/apps/scores/rules.hpp"
#include "service/apps/scores/topic_template.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

struct BoardRule {
  std::string name = "*";  // "*" in it stands for any characters
  scores::Rules rules = {};
  bool needs_right = false;  // only those with the right `scores` may submit
  scores::Periods periods;
  std::optional<scores::TopicTemplate> topic = std::nullopt;  // that the board is mirrored in, as plain numbers
  std::size_t max_entries = 100'000;
  std::size_t keep_periods = 2;  // those before the current one that stay readable
};

inline bool matches_pattern(std::string_view pattern, std::string_view name) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == name;
  }
  if (!name.starts_with(pattern.substr(0, star))) {
    return false;
  }
  const std::string_view rest = pattern.substr(star + 1);
  for (std::string_view tail = name.substr(star);; tail.remove_prefix(1)) {
    if (matches_pattern(rest, tail)) {
      return true;
    }
    if (tail.empty()) {
      return false;
    }
  }
}

}  // namespace lobbyd::apps
