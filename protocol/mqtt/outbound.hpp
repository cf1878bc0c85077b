#pragma once

// Our QoS 1 and 2 messages from the first PUBLISH to the last answer, over any number of connections
// (MQTT5 §4.3.2, §4.3.3, §4.4, §4.6, §4.9). Decides; writes nothing.

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/expiry.hpp"
#include "protocol/mqtt/packet_ids.hpp"
#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/stored_publish.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

namespace lobbyd::mqtt {

enum class OutboundState : std::uint8_t { awaiting_puback, awaiting_pubrec, awaiting_pubcomp };

// What a new connection has to do for a message that the last one left unanswered.
enum class Redo : std::uint8_t {
  publish_again,  // PUBLISH with DUP
  publish_anew,   // PUBLISH without: the server's session has not seen it
  pubrel,
  delivered,  // nothing is left to do: it counts as answered
  forget,     // nobody waits for it, and the server knows nothing of it
};

struct OutboundSituation {
  OutboundState state = OutboundState::awaiting_puback;
  bool in_session = false;  // the server's session, which was resumed, has been sent this message before
  bool abandoned = false;   // the caller has given it up
};

// After PUBREC the server has accepted ownership of the message (MQTT5 §4.3.3). If its session is gone then, a second
// PUBLISH could deliver the message twice and no PUBREL can be matched to anything; so the handshake has ended for us.
//
// A QoS 2 message that was given up may still be held by the resumed session, together with its packet identifier:
// the next message under that identifier would be taken for its repetition. PUBREL makes the server let go, and is
// answered by PUBCOMP even where the server has never seen the PUBLISH.
constexpr Redo redo(const OutboundSituation& situation) {
  switch (situation.state) {
    case OutboundState::awaiting_puback:
      if (situation.abandoned) return Redo::forget;
      return situation.in_session ? Redo::publish_again : Redo::publish_anew;
    case OutboundState::awaiting_pubrec:
      if (situation.abandoned) return situation.in_session ? Redo::pubrel : Redo::forget;
      return situation.in_session ? Redo::publish_again : Redo::publish_anew;
    case OutboundState::awaiting_pubcomp:
      if (situation.in_session) return Redo::pubrel;
      return situation.abandoned ? Redo::forget : Redo::delivered;
  }
  return Redo::forget;
}

class Outbound {
 public:
  // An answer for the caller.
  struct Answer {
    Tag tag = 0;
    ReasonCode reason = ReasonCode::success;
  };

  // What a PUBACK, PUBREC or PUBCOMP asks for.
  struct Reaction {
    enum class Kind : std::uint8_t { nothing, pubrel, ended, violation };
    Kind kind = Kind::nothing;
    ReasonCode pubrel_reason = ReasonCode::success;
    std::optional<Answer> answer = {};  // with `ended`; none for a message that was given up
  };

  // What becomes of the messages in flight at a CONNACK, but for the PUBLISHes: those come by next_due().
  struct Resumption {
    std::vector<std::uint16_t> pubrels;
    std::vector<Answer> answers;
  };

  struct Due {
    Redo action = Redo::publish_again;  // publish_again, publish_anew or pubrel
    std::uint16_t packet_id = 0;
    Publish message;  // complete; borrowed until the next call of this object
  };

  // `packet_ids` outlives this object. Identifiers of messages that have ended are given back to it.
  explicit Outbound(PacketIds& packet_ids) : packet_ids_(packet_ids) {}
  Outbound(const Outbound&) = delete;
  Outbound& operator=(const Outbound&) = delete;
  ~Outbound() = default;

  // A message that has just been sent for the first time. Only while nothing waits to be sent again.
  void add(const Publish& message, StoredPublish content, Tag tag, TimePoint now);

  Reaction on_puback(std::uint16_t packet_id, ReasonCode reason);
  Reaction on_pubrec(std::uint16_t packet_id, ReasonCode reason, TimePoint now);
  Reaction on_pubcomp(std::uint16_t packet_id);

  void link_lost();
  // Messages that the server's new limits exclude are answered with the reason and given up.
  Resumption resume(const ServerLimits& limits, TimePoint now);
  // The next message to send again, in the order first sent, while fewer than `window` are unanswered on this
  // connection; it then counts as sent. nullopt when there is none, or no room. Its expiry has gone on meanwhile, and
  // ends at 1 s, since the server may have the message, and is to answer it.
  std::optional<Due> next_due(std::size_t window, TimePoint now);

  // Nobody waits for any answer any more. Returns the tags in the order sent. On a live connection each handshake
  // goes on to its end, and its identifier stays in use until then.
  std::vector<Tag> abandon();

  // How many more messages may be sent for the first time, once next_due() has given all that there is room for.
  std::size_t quota(std::size_t window) const;
  // When the PUBLISH or PUBREL was sent on this connection whose answer is awaited longest.
  std::optional<TimePoint> oldest_on_link() const;
  // Those not given up.
  std::size_t unanswered() const { return unanswered_; }

 private:
  struct Message {
    std::uint64_t sequence = 0;
    std::uint16_t packet_id = 0;
    std::optional<Tag> tag;  // none: given up
    OutboundState state = OutboundState::awaiting_puback;
    ReasonCode pubrec_reason = ReasonCode::success;
    bool retain = false;
    bool in_session = false;
    bool on_link = false;  // sent on this connection
    TimePoint sent{};      // the packet that is to be answered, if on_link
    std::optional<Expiry> expiry;
    StoredPublish content;
  };
  using Messages = std::list<Message>;

  // Only what this session has been sent: an answer to anything else is none of ours.
  std::optional<Messages::iterator> find(std::uint16_t packet_id);
  Reaction end(Messages::iterator message, ReasonCode reason);
  std::optional<Answer> give_up(Message& message, ReasonCode reason);
  void erase(Messages::iterator message);
  void set_on_link(Message& message, TimePoint now);
  void start_release(Messages::iterator message, TimePoint now);
  static OutboundSituation situation_of(const Message& message);
  // Why the server of this connection cannot be sent the message at all.
  static std::optional<ReasonCode> refusal_of(const Message& message, const ServerLimits& limits);

  PacketIds& packet_ids_;
  Decoder decoder_{Version::v5};
  // Two lists, since PUBLISH is sent again in the order of the PUBLISHes, and PUBREL in that of the PUBRECs
  // (MQTT5 §4.6). In each the one sent first on this connection is the first.
  Messages publishing_;
  Messages releasing_;
  std::unordered_map<std::uint16_t, Messages::iterator> by_packet_id_;
  Messages::iterator waiting_ = publishing_.end();  // the first in publishing_ that this connection has not sent
  std::uint64_t next_sequence_ = 0;
  std::size_t on_link_ = 0;
  std::size_t unanswered_ = 0;
};

}  // namespace lobbyd::mqtt
