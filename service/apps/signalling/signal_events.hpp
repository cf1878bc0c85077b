#pragma once

// What a signalling room tells those who serve its peers here. Pure.

#include "protocol/api/error.hpp"
#include "service/apps/publication.hpp"
#include "service/apps/signalling/signal_records.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lobbyd::apps {

struct PeerView {
  PeerId id = 0;
  std::string data = "null";  // JSON text

  bool operator==(const PeerView&) const = default;
};

// Each is for one client here.

// Its join is answered with this; from here on the other events are for it.
struct PeerAccepted {
  std::string client_id;
  PeerId id = 0;
  SignalMode mode = SignalMode::mesh;
  PeerId host = 0;
  std::vector<PeerView> peers;  // that it sees, in the order in which they came
};
struct PeerRefused {
  std::string client_id;
  api::Error error;
};
// Another peer that it sees has come or gone: `signal.peer`.
struct PeerCame {
  std::string client_id;
  PeerView peer;
};
struct PeerWent {
  std::string client_id;
  PeerView peer;
};
// `signal.message`.
struct PeerMessage {
  std::string client_id;
  SignalMessage message;
};
// `signal.sealed`.
struct RoomSealed {
  std::string client_id;
};
// It is no peer any more, with this id, though it did not leave.
struct PeerDropped {
  enum class Cause : std::uint8_t {
    host_left,  // and so a room in host mode is closed
    id_lost,    // to one who came before, and of whom a broken link kept this instance from hearing
  };
  std::string client_id;
  PeerId id = 0;
  Cause cause = Cause::host_left;
};

using SignalEvent = std::variant<PeerAccepted, PeerRefused, PeerCame, PeerWent, PeerMessage, RoomSealed, PeerDropped>;

// What comes of one call, to be seen to, in order, before the next one.
struct SignalOutput {
  // Clients whose wills are others now. They have to be registered before the publications leave.
  std::vector<std::string> new_wills;
  std::vector<Publication> publications;
  std::vector<SignalEvent> events;
};

// The whole frame of the notification, for those that are one; nothing for the others. `room`: its name.
std::string write_notification(std::string_view room, const SignalEvent& event);

// As clients see them: [{peer_id, data}, …].
std::string write_peers(const std::vector<PeerView>& peers);

}  // namespace lobbyd::apps
