#include "service/hub/split_filter.hpp"

#include "protocol/mqtt/topic.hpp"
#include "protocol/mqtt/topic_match.hpp"

#include <cstddef>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace lobbyd::hub {

namespace {

// The levels before the first wildcard, each with its slash, and what follows the wildcard, with its slash in front.
struct Pieces {
  std::string_view before;
  std::string_view after;
  std::size_t level = 0;
  bool multi_level = false;
};

std::optional<Pieces> find_wildcard(std::string_view filter) {
  std::size_t offset = 0;
  std::size_t index = 0;
  for (const std::string_view level : mqtt::Levels(filter)) {
    if (level == "+" || level == "#") {
      return Pieces{filter.substr(0, offset), filter.substr(offset + 1), index, level == "#"};
    }
    offset += level.size() + 1;
    ++index;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> split_filter(std::string_view filter, const std::vector<std::string_view>& topics) {
  const auto pieces = find_wildcard(filter);
  if (!pieces) {
    return {};
  }
  std::set<std::string_view> values;
  for (const std::string_view topic : topics) {
    const mqtt::Levels levels(topic);
    auto level = levels.begin();
    for (std::size_t skipped = 0; skipped < pieces->level && level != std::default_sentinel; ++skipped) {
      ++level;
    }
    if (level != std::default_sentinel && mqtt::matches(filter, topic)) {
      values.insert(*level);
    }
  }
  std::vector<std::string> parts;
  for (const std::string_view value : values) {
    std::string part(pieces->before);
    part += value;
    part += pieces->multi_level ? std::string_view("/#") : pieces->after;
    parts.push_back(std::move(part));
  }
  if (pieces->multi_level && !parts.empty() && !pieces->before.empty()) {
    // "a/#" matches "a" itself.
    parts.emplace_back(pieces->before.substr(0, pieces->before.size() - 1));
  }
  return parts;
}

}  // namespace lobbyd::hub
