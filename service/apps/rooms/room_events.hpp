#pragma once

// What a room tells those who serve its members here. Pure.

#include "protocol/api/error.hpp"
#include "service/apps/publication.hpp"
#include "service/apps/rooms/members.hpp"
#include "service/apps/rooms/room_records.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lobbyd::apps {

// For all members here: `room.message`, `room.deleted`.
struct MessageArrived {
  MessagePtr message;
};
struct MessageDeleted {
  std::string id;
};
// For all members here but itself: `room.joined`, `room.left`.
struct MemberJoined {
  MemberPtr member;
};
struct MemberLeft {
  std::string client_id;
  DepartureReason reason = DepartureReason::lost;
};

// For one client here. Its join is answered now, with the pages that the room gives at this moment; from here on all
// events are for it, too.
struct JoinCompleted {
  std::string client_id;
};
struct JoinRefused {
  std::string client_id;
  api::Error error;
};
// It is no member any more, and is told so itself: `room.left`, kicked.
struct Expelled {
  std::string client_id;
};
// The same client has come into the room on another instance, and is not here any more.
struct TakenOver {
  std::string client_id;
};

using RoomEvent = std::variant<MessageArrived, MessageDeleted, MemberJoined, MemberLeft, JoinCompleted, JoinRefused,
                               Expelled, TakenOver>;

// What comes of one call, to be seen to, in order, before the next one.
struct RoomOutput {
  std::vector<Publication> publications;
  std::vector<RoomEvent> events;
};

// The whole frame of the notification, for those that are one; nothing for the others. `room`: its name.
std::string write_notification(std::string_view room, const RoomEvent& event);

}  // namespace lobbyd::apps
