#pragma once

// The server's QoS 1 and 2 messages from their PUBLISH to our last answer (MQTT5 §4.3.2, §4.3.3, §4.6, §4.9).
// Decides; writes nothing.

#include "protocol/mqtt/types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

namespace lobbyd::mqtt {

// A message is the application's once the application has acknowledged it. Of a QoS 2 message that was acknowledged,
// the identifier is kept until PUBREL, over any number of connections of one session; what was not acknowledged when
// the link is lost is forgotten, since the server has to send it again.
//
// A server may resume a session as it was some time ago, say after a crash. An identifier kept here that it uses for
// a message of the other QoS shows that it has forgotten the former message. To insist on the former would end each
// connection in the same way, for ever.
//
// Nor is it always certain that a session is the one it was (ServerLimits::session_kept). A server marks what it sends
// again (MQTT5 §3.3.1.1), so an identifier of before that comes unmarked then is another message's.
class Inbound {
 public:
  enum class Arrival : std::uint8_t {
    fresh,     // to be reported
    repeated,  // reported already; the answer that is due follows by next_answer()
    over_receive_maximum,
    packet_id_in_use,  // by an unfinished message of the other QoS on this connection
  };
  enum class Release : std::uint8_t {
    released,
    unknown,
    premature,  // no PUBREC has been sent
  };
  // PUBACK for QoS 1, PUBREC for QoS 2.
  struct Answer {
    QoS qos = QoS::at_least_once;
    std::uint16_t packet_id = 0;
  };

  Inbound() = default;
  Inbound(const Inbound&) = delete;
  Inbound& operator=(const Inbound&) = delete;
  ~Inbound() = default;

  // A connection stands, on which the server may have so many messages unfinished. `session_kept` is as in
  // ServerLimits.
  void link_up(std::size_t receive_maximum, bool session_present, bool session_kept);
  void link_lost();

  // `qos` is 1 or 2; `duplicate` is the DUP flag.
  Arrival on_publish(QoS qos, std::uint16_t packet_id, bool duplicate);
  void acknowledge(std::uint16_t packet_id);
  Release on_pubrel(std::uint16_t packet_id);

  // The next PUBACK or PUBREC to send: at each QoS in the order in which the messages came (MQTT5 §4.6), so one that
  // is acknowledged early waits for those before it.
  std::optional<Answer> next_answer();

 private:
  enum class Stage : std::uint8_t { reported, acknowledged, answered };
  struct Message {
    QoS qos = QoS::at_least_once;
    Stage stage = Stage::reported;
    bool recorded = false;  // QoS 2: acknowledged at some time, never to be reported again
    bool on_link = false;   // counts against the receive maximum
    bool doubtful = false;  // the session that it belongs to may have gone since
  };
  using Order = std::deque<std::uint16_t>;

  static bool is_forgotten(const Message& message, QoS qos, bool duplicate);
  Order& order_of(QoS qos) { return qos == QoS::at_least_once ? puback_order_ : pubrec_order_; }
  Arrival on_known(Message& message, QoS qos, std::uint16_t packet_id);
  std::optional<Answer> next_answer(QoS qos);
  void erase(std::uint16_t packet_id);

  std::unordered_map<std::uint16_t, Message> messages_;
  // Identifiers of messages that came on this connection and are not answered yet.
  Order puback_order_;
  Order pubrec_order_;
  std::size_t receive_maximum_ = 0;
  std::size_t on_link_ = 0;
};

}  // namespace lobbyd::mqtt
