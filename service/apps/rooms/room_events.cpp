#include "service/apps/rooms/room_events.hpp"

#include "protocol/api/envelope.hpp"
#include "service/apps/record_writer.hpp"
#include "service/apps/rooms/history_page.hpp"

namespace lobbyd::apps {
namespace {

// The members of the object behind the room's name.
std::string in_room(std::string_view room, std::string_view object) {
  object.remove_prefix(1);
  object.remove_suffix(1);
  return RecordWriter().text("room", room).members(object).take();
}

struct Writer {
  std::string_view room;

  std::string operator()(const MessageArrived& event) const {
    return api::write_notification_text("room.message", in_room(room, write_message(*event.message)));
  }
  std::string operator()(const MessageDeleted& event) const {
    return api::write_notification_text("room.deleted", RecordWriter().text("room", room).text("id", event.id).take());
  }
  std::string operator()(const MemberJoined& event) const {
    return api::write_notification_text("room.joined", in_room(room, write_member(*event.member)));
  }
  std::string operator()(const MemberLeft& event) const { return left(event.client_id, event.reason); }
  std::string operator()(const Expelled& event) const { return left(event.client_id, DepartureReason::kicked); }
  std::string operator()(const JoinCompleted& /*event*/) const { return {}; }
  std::string operator()(const JoinRefused& /*event*/) const { return {}; }
  std::string operator()(const TakenOver& /*event*/) const { return {}; }

  std::string left(std::string_view client_id, DepartureReason reason) const {
    return api::write_notification_text(
        "room.left",
        RecordWriter().text("room", room).text("client_id", client_id).text("reason", word(reason)).take());
  }
};

}  // namespace

std::string write_notification(std::string_view room, const RoomEvent& event) {
  return std::visit(Writer{room}, event);
}

}  // namespace lobbyd::apps
