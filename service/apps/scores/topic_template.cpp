#include "service/apps/scores/topic_template.hpp"

#include "protocol/api/params.hpp"
#include "protocol/mqtt/topic.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::scores {
namespace {

using Place = TopicTemplate::Place;

constexpr std::size_t longest_template = 1024;

constexpr std::array<std::pair<std::string_view, Place>, 4> places = {{
    {"{board}", Place::board},
    {"{period}", Place::period},
    {"{player}", Place::player},
    {"{instance}", Place::instance},
}};

// `Names` may be const.
template <typename Names>
auto& name_of(Names& names, Place place) {
  switch (place) {
    case Place::board:
      return names.board;
    case Place::period:
      return names.period;
    case Place::player:
      return names.player;
    case Place::instance:
      return names.instance;
  }
  std::unreachable();
}

}  // namespace

std::expected<void, api::Error> check_name(std::string_view what, std::string_view name) {
  if (api::is_valid_name(name)) {
    return {};
  }
  return std::unexpected(api::Error{api::Reason::bad_name,
                                    "the name of a " + std::string(what) +
                                        " must be 1 to 64 of the characters A-Z a-z 0-9 _ . : @ -, since it becomes "
                                        "a level of a topic; it is " +
                                        api::quoted_excerpt(name)});
}

std::expected<TopicTemplate, std::string> TopicTemplate::parse(std::string_view text) {
  if (text.size() > longest_template) {
    return std::unexpected("it may have " + std::to_string(longest_template) + " bytes at most");
  }
  if (const auto valid = mqtt::check_topic_name(text); !valid) {
    return std::unexpected(std::string(mqtt::describe(valid.error())));
  }
  if (text.starts_with('$')) {
    return std::unexpected("topics that begin with \"$\" belong to the broker");
  }
  auto result = read_levels(text);
  if (result && !result->has(Place::player)) {
    return std::unexpected("it must have {player} as one of its levels");
  }
  if (result && result->has(Place::instance)) {
    return std::unexpected("it has no {instance}: a number is that of a player, whichever instance serves it");
  }
  return result;
}

TopicTemplate TopicTemplate::of_records(const std::string& prefix) {
  return read_levels(prefix + "score/{board}/{period}/{player}").value();
}

TopicTemplate TopicTemplate::of_parts(const std::string& prefix) {
  return read_levels(prefix + "score/{board}/{period}/{player}/{instance}").value();
}

bool TopicTemplate::has(Place place) const {
  return std::ranges::find(levels_, place, &Level::place) != levels_.end();
}

std::optional<TopicNames> TopicTemplate::read(std::string_view topic) const {
  TopicNames names;
  auto level = mqtt::split_levels(topic).begin();
  for (const Level& wanted : levels_) {
    if (level == std::default_sentinel || (wanted.place ? !api::is_valid_name(*level) : wanted.text != *level)) {
      return std::nullopt;
    }
    if (wanted.place) {
      name_of(names, *wanted.place) = *level;
    }
    ++level;
  }
  return level == std::default_sentinel ? std::optional(names) : std::nullopt;
}

std::expected<TopicTemplate, std::string> TopicTemplate::read_levels(std::string_view text) {
  std::vector<Level> levels;
  for (const std::string_view level : mqtt::split_levels(text)) {
    const auto* const known = std::ranges::find(places, level, [](const auto& entry) { return entry.first; });
    if (known == places.end()) {
      if (level.find_first_of("{}") != std::string_view::npos) {
        return std::unexpected("the level " + std::string(level) +
                               " must be {board}, {player} or {period} alone, or have no braces");
      }
      levels.push_back({std::string(level), std::nullopt});
      continue;
    }
    if (std::ranges::find(levels, known->second, &Level::place) != levels.end()) {
      return std::unexpected(std::string(level) + " may be there once only");
    }
    levels.push_back({{}, known->second});
  }
  return TopicTemplate(std::move(levels));
}

std::string TopicTemplate::join(const TopicNames& names, std::string_view unknown) const {
  std::string topic;
  for (const Level& level : levels_) {
    if (&level != &levels_.front()) {
      topic += '/';
    }
    if (level.place) {
      const std::string_view name = name_of(names, *level.place);
      topic += name.empty() ? unknown : name;
    } else {
      topic += level.text;
    }
  }
  return topic;
}

}  // namespace lobbyd::scores
