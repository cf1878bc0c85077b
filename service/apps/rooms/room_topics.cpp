#include "service/apps/rooms/room_topics.hpp"

#include "protocol/api/params.hpp"
#include "service/apps/topic_levels.hpp"

namespace lobbyd::apps {
namespace {

std::optional<RoomTopic> parse_log(std::string_view room, std::string_view name) {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || !api::is_instance_name(name.substr(0, dash))) {
    return std::nullopt;
  }
  const auto slot = number_level<std::uint32_t>(name.substr(dash + 1));
  if (!slot || *slot >= max_slots) {
    return std::nullopt;
  }
  return RoomTopic{.room = room, .kind = RoomTopic::Kind::log, .name = name.substr(0, dash), .slot = *slot};
}

}  // namespace

std::optional<RoomTopic> parse_room_topic(std::string_view prefix, std::string_view topic) {
  const auto levels = topic_levels<4>(prefix, topic);
  if (!levels || (*levels)[0] != "room" || !api::is_valid_name((*levels)[1])) {
    return std::nullopt;
  }
  const auto& [service, room, kind, name] = *levels;
  if (kind == "log") {
    return parse_log(room, name);
  }
  if (!api::is_valid_name(name)) {
    return std::nullopt;
  }
  if (kind == "member") {
    return RoomTopic{.room = room, .kind = RoomTopic::Kind::member, .name = name};
  }
  return kind == "ban" ? std::optional(RoomTopic{.room = room, .kind = RoomTopic::Kind::ban, .name = name})
                       : std::nullopt;
}

}  // namespace lobbyd::apps
