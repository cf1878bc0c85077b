#pragma once

// The topics of a signalling room, below the application prefix. Pure.
//
//   {service}/{room}/peer/{id}      retained: a PeerRecord; a PeerDeparture comes by it, too, and is not retained
//   {service}/{room}/to/{instance}  a SignalMessage to a peer that this instance serves
//
// The service keeps those apart who come in by different ways: `signal`, `godot`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

// From 1 to the largest 32-bit integer, as Godot has them. 0 is none.
using PeerId = std::int32_t;
inline constexpr PeerId host_peer = 1;

struct SignalTopic {
  enum class Kind : std::uint8_t { peer, message };

  std::string_view room;
  Kind kind = Kind::peer;
  PeerId peer = 0;            // peer
  std::string_view instance;  // message
};

class SignalTopics {
 public:
  // `prefix` ends in "/".
  SignalTopics(std::string_view prefix, std::string_view service, std::string_view room)
      : base_(std::string(prefix) + std::string(service) + '/' + std::string(room) + '/') {}

  // What an instance listens to: all peers, and the messages to its own.
  std::vector<std::string> filters(std::string_view instance) const { return {base_ + "peer/+", messages(instance)}; }
  std::string peer(PeerId id) const { return base_ + "peer/" + std::to_string(id); }
  std::string messages(std::string_view instance) const { return base_ + "to/" + std::string(instance); }

 private:
  std::string base_;
};

// Nothing for any other topic. The views are into `topic`; names are valid ones.
std::optional<SignalTopic> parse_signal_topic(std::string_view prefix, std::string_view service,
                                              std::string_view topic);

}  // namespace lobbyd::apps
