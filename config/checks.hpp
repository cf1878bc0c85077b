#pragma once

#include "config/config.hpp"
#include "config/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What types and ranges cannot say: rules for single values (they come with their keys in the schema), and rules
/// between keys.
namespace lobbyd::config {

/// Rules for single values. The answer is a sentence that says what would be right, or none.
std::optional<std::string> check_listeners(const Value& value);
std::optional<std::string> check_broker_name(std::string_view name);
std::optional<std::string> check_instance_name(const Value& value);
std::optional<std::string> check_credential(const Value& value);
std::optional<std::string> check_path(const Value& value);
std::optional<std::string> check_origins(const Value& value);
std::optional<std::string> check_topic_prefix(const Value& value);
std::optional<std::string> check_board_pattern(const Value& value);
std::optional<std::string> check_time_zone(const Value& value);
std::optional<std::string> check_ice_urls(const Value& value);

/// A rule between keys that is broken. `keys` are those that could mend it, the most probable culprit first.
struct Conflict {
  std::vector<std::string> keys;
  std::string message;
};

std::vector<Conflict> find_conflicts(const Config& config);

/// What works, but may not be what the operator believes: whole sentences.
std::vector<std::string> find_doubts(const Config& config);

}  // namespace lobbyd::config
