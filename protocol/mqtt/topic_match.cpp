#include "protocol/mqtt/topic_match.hpp"

#include "protocol/mqtt/topic.hpp"

#include <iterator>

namespace lobbyd::mqtt {
namespace {

bool is_wildcard(std::string_view level) {
  return level == "+" || level == "#";
}

// The rule of MQTT5 §4.7.2 as it bears on two filters, or on a filter and a topic: a wildcard in the first level and
// a first level that begins with '$' have nothing in common.
bool set_apart_by_dollar(std::string_view a, std::string_view b) {
  const bool a_is_reserved = a.starts_with('$');
  const bool b_is_reserved = b.starts_with('$');
  if (a_is_reserved == b_is_reserved) return false;
  return is_wildcard(*split_levels(a_is_reserved ? b : a).begin());
}

// The same filter with as many levels as its topics have at least. Every topic has one, and one that begins with an
// empty level has two, since the empty text is no topic.
std::string_view spelled_out(std::string_view filter) {
  if (filter == "#") return "+/#";
  if (filter == "/#") return "/+/#";
  return filter;
}

bool is_at_end_or_hash(const Levels::Iterator& level) {
  return level == std::default_sentinel || *level == "#";
}

}  // namespace

bool matches(std::string_view filter, std::string_view topic) {
  if (set_apart_by_dollar(filter, topic)) return false;
  auto wanted = split_levels(filter).begin();
  auto level = split_levels(topic).begin();
  for (; wanted != std::default_sentinel; ++wanted, ++level) {
    if (*wanted == "#") return true;
    if (level == std::default_sentinel) return false;
    if (*wanted != "+" && *wanted != *level) return false;
  }
  return level == std::default_sentinel;
}

bool covers(std::string_view wide, std::string_view narrow) {
  if (set_apart_by_dollar(wide, narrow)) return false;
  auto outer = split_levels(wide).begin();
  auto inner = split_levels(spelled_out(narrow)).begin();
  for (; outer != std::default_sentinel; ++outer, ++inner) {
    if (*outer == "#") return true;
    if (inner == std::default_sentinel || *inner == "#") return false;
    if (*outer != "+" && *outer != *inner) return false;
  }
  return inner == std::default_sentinel;
}

bool overlaps(std::string_view a, std::string_view b) {
  if (set_apart_by_dollar(a, b)) return false;
  auto level_of_a = split_levels(spelled_out(a)).begin();
  auto level_of_b = split_levels(spelled_out(b)).begin();
  while (level_of_a != std::default_sentinel && level_of_b != std::default_sentinel) {
    if (*level_of_a == "#" || *level_of_b == "#") return true;
    if (*level_of_a != *level_of_b && *level_of_a != "+" && *level_of_b != "+") return false;
    ++level_of_a;
    ++level_of_b;
  }
  // "a/#" matches "a", so a last "#" may stand for nothing.
  return is_at_end_or_hash(level_of_a) && is_at_end_or_hash(level_of_b);
}

std::optional<std::string> join(std::string_view a, std::string_view b) {
  auto level_of_a = split_levels(spelled_out(a)).begin();
  auto level_of_b = split_levels(spelled_out(b)).begin();
  if ((a.starts_with('$') || b.starts_with('$')) && *level_of_a != *level_of_b) return std::nullopt;

  std::string joined;
  for (; !is_at_end_or_hash(level_of_a) && !is_at_end_or_hash(level_of_b); ++level_of_a, ++level_of_b) {
    joined.append(*level_of_a == *level_of_b ? *level_of_a : "+").push_back('/');
  }
  const bool both_end = level_of_a == std::default_sentinel && level_of_b == std::default_sentinel;
  if (both_end) {
    joined.pop_back();
    return joined;
  }
  joined.push_back('#');
  if (joined == spelled_out("#")) return "#";
  if (joined == spelled_out("/#")) return "/#";
  return joined;
}

}  // namespace lobbyd::mqtt
