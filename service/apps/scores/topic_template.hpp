#pragma once

// Topics that are made of a board's, a period's, a player's and an instance's name, and what these are in a topic.

#include "protocol/api/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::scores {

// Of a board or a player: 1 to 64 of the characters A-Z a-z 0-9 _ . : @ -, so that each is a level of a topic as it is.
// `what` says whose name it is. The error is bad_name.
std::expected<void, api::Error> check_name(std::string_view what, std::string_view name);

// Those that a template has no place for are empty. Views are into the topic.
struct TopicNames {
  std::string_view board = {};
  std::string_view period = {};
  std::string_view player = {};
  std::string_view instance = {};

  bool operator==(const TopicNames&) const = default;
};

class TopicTemplate {
 public:
  enum class Place : std::uint8_t { board, period, player, instance };

  // Of a mirrored board, as its operator writes it: "{board}/{player}/score". A place is a whole level and there once;
  // {player} must be there, {board} and {period} may. The error is a sentence in plain English.
  static std::expected<TopicTemplate, std::string> parse(std::string_view text);
  // Where the daemons keep the records of all boards, and the parts of sums. `prefix` ends in "/".
  static TopicTemplate of_records(const std::string& prefix);
  static TopicTemplate of_parts(const std::string& prefix);

  bool has(Place place) const;

  // Of a topic that is made by this template and has good names.
  std::optional<TopicNames> read(std::string_view topic) const;
  std::string topic(const TopicNames& names) const { return join(names, {}); }
  // The narrowest filter that matches all topics with these names; those that are empty may be any.
  std::string filter(const TopicNames& names) const { return join(names, "+"); }

 private:
  struct Level {
    std::string text;            // as it is in the topic
    std::optional<Place> place;  // or what stands there
  };

  explicit TopicTemplate(std::vector<Level> levels) : levels_(std::move(levels)) {}
  static std::expected<TopicTemplate, std::string> read_levels(std::string_view text);
  std::string join(const TopicNames& names, std::string_view unknown) const;

  std::vector<Level> levels_;
};

}  // namespace lobbyd::scores
