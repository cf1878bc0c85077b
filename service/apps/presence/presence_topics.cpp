#include "service/apps/presence/presence_topics.hpp"

#include "protocol/api/params.hpp"
#include "service/apps/topic_levels.hpp"

namespace lobbyd::apps {

std::optional<PresenceTopic> parse_presence_topic(std::string_view prefix, std::string_view topic) {
  const auto levels = topic_levels<3>(prefix, topic);
  if (!levels || (*levels)[0] != "presence" || !api::is_valid_name((*levels)[1])) {
    return std::nullopt;
  }
  const auto& [service, player, client] = *levels;
  if (client == "~") {
    return PresenceTopic{.player = player, .client = {}};
  }
  return api::is_valid_name(client) ? std::optional(PresenceTopic{.player = player, .client = client}) : std::nullopt;
}

}  // namespace lobbyd::apps
