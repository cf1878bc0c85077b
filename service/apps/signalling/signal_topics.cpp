#include "service/apps/signalling/signal_topics.hpp"

#include "protocol/api/params.hpp"
#include "service/apps/topic_levels.hpp"

namespace lobbyd::apps {

std::optional<SignalTopic> parse_signal_topic(std::string_view prefix, std::string_view service,
                                              std::string_view topic) {
  const auto levels = topic_levels<4>(prefix, topic);
  if (!levels || (*levels)[0] != service || !api::is_valid_name((*levels)[1])) {
    return std::nullopt;
  }
  const auto& [own, room, kind, name] = *levels;
  SignalTopic parsed{.room = room, .kind = SignalTopic::Kind::peer, .peer = 0, .instance = {}};
  if (kind == "to" && api::is_instance_name(name)) {
    parsed.kind = SignalTopic::Kind::message;
    parsed.instance = name;
    return parsed;
  }
  parsed.peer = kind == "peer" ? number_level<PeerId>(name).value_or(0) : 0;
  return parsed.peer == 0 ? std::nullopt : std::optional(parsed);
}

}  // namespace lobbyd::apps
