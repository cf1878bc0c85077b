#pragma once

// The topics that clients may not name: those that begin with "$", those below the application prefix, and those that
// a service shares with programs which speak MQTT to the broker themselves. Pure.

#include "protocol/mqtt/topic_match.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::hub {

class ClosedNames {
 public:
  // `prefix` ends in "/"; none closes nothing. `shared`: filters that match what services share.
  explicit ClosedNames(std::string prefix = {}, std::vector<std::string> shared = {})
      : prefix_(std::move(prefix)), shared_(std::move(shared)) {}

  const std::string& prefix() const { return prefix_; }
  bool has_topic(std::string_view topic) const {
    return begins_closed(topic) ||
           std::ranges::any_of(shared_, [&](const std::string& filter) { return mqtt::matches(filter, topic); });
  }
  // Whether all that it matches is closed; a wider one is not, and never brings what is.
  bool has_filter(std::string_view filter) const {
    return begins_closed(filter) ||
           std::ranges::any_of(shared_, [&](const std::string& shared) { return mqtt::covers(shared, filter); });
  }

 private:
  bool begins_closed(std::string_view text) const {
    return text.starts_with('$') || (!prefix_.empty() && text.starts_with(prefix_));
  }

  std::string prefix_;
  std::vector<std::string> shared_;
};

}  // namespace lobbyd::hub
