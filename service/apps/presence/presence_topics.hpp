#pragma once

// The topics of presence, below the application prefix. Pure.
//
//   presence/{player}/{client}  retained: a PresenceRecord, of one connection
//   presence/{player}/~         retained: since when the player is offline, where it is; no client id has this
//   character

#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

struct PresenceTopic {
  std::string_view player;
  std::string_view client;  // empty: when the player was last here
};

class PresenceTopics {
 public:
  // `prefix` ends in "/".
  explicit PresenceTopics(std::string_view prefix) : base_(std::string(prefix) + "presence/") {}

  std::string player(std::string_view name) const { return base_ + std::string(name) + "/+"; }
  std::string everybody() const { return base_ + "+/+"; }
  std::string connection(std::string_view player, std::string_view client) const {
    return base_ + std::string(player) + '/' + std::string(client);
  }
  std::string last_seen(std::string_view player) const { return base_ + std::string(player) + "/~"; }

 private:
  std::string base_;
};

// Nothing for any other topic. The views are into `topic`; names are valid ones.
std::optional<PresenceTopic> parse_presence_topic(std::string_view prefix, std::string_view topic);

}  // namespace lobbyd::apps
