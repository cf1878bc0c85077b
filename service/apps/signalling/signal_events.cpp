#include "service/apps/signalling/signal_events.hpp"

#include "protocol/api/envelope.hpp"
#include "service/apps/record_writer.hpp"

namespace lobbyd::apps {
namespace {

struct Writer {
  std::string_view room;

  std::string operator()(const PeerAccepted& /*event*/) const { return {}; }
  std::string operator()(const PeerRefused& /*event*/) const { return {}; }
  std::string operator()(const PeerCame& event) const { return about(event.peer, "joined"); }
  std::string operator()(const PeerWent& event) const { return about(event.peer, "left"); }
  std::string operator()(const PeerDropped& event) const { return about({.id = event.id}, "left"); }
  std::string operator()(const RoomSealed& /*event*/) const {
    return api::write_notification_text("signal.sealed", RecordWriter().text("room", room).take());
  }
  std::string operator()(const PeerMessage& event) const {
    const SignalMessage& message = event.message;
    RecordWriter params;
    params.text("room", room).number("from", message.from).text("type", message.type).json("data", message.data);
    return api::write_notification_text("signal.message", params.take());
  }

  std::string about(const PeerView& peer, std::string_view what) const {
    RecordWriter params;
    params.text("room", room).number("peer_id", peer.id).text("event", what).json("data", peer.data);
    return api::write_notification_text("signal.peer", params.take());
  }
};

}  // namespace

std::string write_notification(std::string_view room, const SignalEvent& event) {
  return std::visit(Writer{room}, event);
}

std::string write_peers(const std::vector<PeerView>& peers) {
  std::string list = "[";
  for (const PeerView& peer : peers) {
    list += list.size() == 1 ? "" : ",";
    list += RecordWriter().number("peer_id", peer.id).json("data", peer.data).take();
  }
  return list + ']';
}

}  // namespace lobbyd::apps
