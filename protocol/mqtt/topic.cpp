#include "protocol/mqtt/topic.hpp"

#include "protocol/mqtt/utf8.hpp"

namespace lobbyd::mqtt {
namespace {

constexpr std::string_view shared_prefix = "$share/";

// What names and filters have in common: a string of MQTT with at least one character (MQTT5 §4.7.3).
std::expected<void, TopicError> check_text(std::string_view topic) {
  if (topic.empty()) return std::unexpected(TopicError::empty);
  const auto valid = check_string(topic);
  if (valid) return {};
  switch (valid.error()) {
    case StringError::too_long:
      return std::unexpected(TopicError::too_long);
    case StringError::not_utf8:
      return std::unexpected(TopicError::not_utf8);
    case StringError::contains_nul:
      break;
  }
  return std::unexpected(TopicError::contains_nul);
}

// MQTT5 §4.7.1
std::expected<void, TopicError> check_wildcards(std::string_view filter) {
  if (!has_wildcard(filter)) return {};
  const Levels levels = split_levels(filter);
  for (auto level = levels.begin(); level != levels.end(); ++level) {
    if (!has_wildcard(*level)) continue;
    if ((*level).size() > 1) return std::unexpected(TopicError::wildcard_not_alone);
    if (*level == "#" && level.rest().size() > 1) return std::unexpected(TopicError::multi_level_wildcard_not_last);
  }
  return {};
}

// MQTT5 §4.8.2; `filter` begins with "$share/".
std::expected<SharedFilter, TopicError> split_shared(std::string_view filter) {
  filter.remove_prefix(shared_prefix.size());
  const std::size_t slash = filter.find('/');
  const std::string_view group = filter.substr(0, slash);
  if (group.empty()) return std::unexpected(TopicError::shared_group_empty);
  if (has_wildcard(group)) return std::unexpected(TopicError::shared_group_has_wildcard);
  if (slash == std::string_view::npos || slash + 1 == filter.size()) {
    return std::unexpected(TopicError::shared_filter_missing);
  }
  return SharedFilter{group, filter.substr(slash + 1)};
}

}  // namespace

std::string_view describe(TopicError error) {
  switch (error) {
    case TopicError::empty:
      return "a topic has at least one character";
    case TopicError::too_long:
      return "a topic has at most 65,535 bytes";
    case TopicError::not_utf8:
      return "a topic is UTF-8 text";
    case TopicError::contains_nul:
      return "a topic does not hold the character U+0000";
    case TopicError::wildcard_in_name:
      return "a topic that is published to holds no wildcards ('+', '#')";
    case TopicError::multi_level_wildcard_not_last:
      return "the wildcard '#' stands only at the end of a topic filter";
    case TopicError::wildcard_not_alone:
      return "a wildcard ('+', '#') stands alone between the slashes of a topic filter";
    case TopicError::shared_group_empty:
      return "a shared subscription names its group: $share/GROUP/FILTER";
    case TopicError::shared_group_has_wildcard:
      return "the group of a shared subscription holds no wildcards ('+', '#')";
    case TopicError::shared_filter_missing:
      return "a shared subscription has a topic filter after its group: $share/GROUP/FILTER";
  }
  return "unknown";
}

bool has_wildcard(std::string_view text) {
  // Two searches for one character each are faster than one for a set of two.
  return text.find('+') != std::string_view::npos || text.find('#') != std::string_view::npos;
}

std::expected<void, TopicError> check_topic_name(std::string_view name) {
  if (const auto valid = check_text(name); !valid) return valid;
  if (has_wildcard(name)) return std::unexpected(TopicError::wildcard_in_name);
  return {};
}

std::expected<void, TopicError> check_plain_filter(std::string_view filter) {
  if (const auto valid = check_text(filter); !valid) return valid;
  return check_wildcards(filter);
}

std::expected<void, TopicError> check_topic_filter(std::string_view filter) {
  if (!filter.starts_with(shared_prefix)) return check_plain_filter(filter);
  if (const auto valid = check_text(filter); !valid) return valid;
  const auto shared = split_shared(filter);
  if (!shared) return std::unexpected(shared.error());
  return check_wildcards(shared->filter);
}

std::optional<SharedFilter> parse_shared(std::string_view filter) {
  if (!filter.starts_with(shared_prefix) || !check_topic_filter(filter)) return std::nullopt;
  return *split_shared(filter);
}

}  // namespace lobbyd::mqtt
