#pragma once

// The client's side of one MQTT session (MQTT5 §4), without I/O: bytes and commands go in, bytes and events
// come out, the clock is a parameter. It outlives the network connections that carry it: what is in flight
// at QoS 1 and 2 is kept while the link is down and sent again after the next CONNACK.
//
// The shell around it
//   - calls `open` when a transport stands, `receive` with what it read, `closed` when the link is gone,
//   - writes what `take_output` gives after every call that may have produced some,
//   - calls `handle_timeout` when `next_timeout` has passed.
// One thread. Events are raised from within `receive`, `handle_timeout` and the commands; a handler may call
// commands, but neither `receive`, `open` nor `closed`, and must not destroy the client.

#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/secret.hpp"
#include "protocol/mqtt/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt {

using TimePoint = std::chrono::steady_clock::time_point;

// Chosen by the caller, given back with the answer; never 0.
using Tag = std::uint64_t;

// What a server of MQTT 3.1.1 is taken to allow: no packet tells.
struct UntoldLimits {
  QoS maximum_qos = QoS::exactly_once;
  bool retain = true;
  bool shared = true;
  std::uint32_t maximum_packet_size = 0;  // 0: none
  // Beyond its `max_inflight_messages`, by default 20, Mosquitto 2.0.11 answers QoS 2 messages in full and delivers
  // some to nobody.
  std::uint16_t receive_maximum = 20;
};

// What the server publishes when the connection ends without a DISCONNECT (MQTT5 §3.1.2.5).
struct WillOptions {
  std::string topic;
  std::string payload;
  QoS qos = QoS::at_most_once;
  bool retain = false;
  std::uint32_t delay = 0;  // seconds, MQTT 5; no longer than the session lasts
};

struct ClientOptions {
  std::string client_id;
  std::optional<std::string> username;
  std::optional<Secret> password;
  std::optional<WillOptions> will = {};
  std::chrono::seconds keep_alive{30};  // 0 is off; a shorter one of the server's wins (MQTT5 §3.2.2.3.14)
  std::chrono::seconds connack_timeout{10};
  // How long a SUBSCRIBE, UNSUBSCRIBE, PUBLISH or PUBREL may go unanswered before the connection ends; 0 is off. Only a
  // new connection lets a client send a PUBLISH again (MQTT5 §4.4).
  std::chrono::milliseconds answer_timeout{0};
  std::uint32_t session_expiry = 0;  // seconds, MQTT 5; 0xFFFFFFFF never expires
  // QoS 1 and 2 messages that we let the server have in flight (MQTT 5). Always said, though it is the default: to
  // Mosquitto silence means its own `max_inflight_messages`, 20. Not lower, since it resumes a session by sending all
  // that waited for it, whatever was said.
  std::uint16_t receive_maximum = 65535;
  // QoS 1 and 2 messages of ours in flight at most, also where the server allows more.
  std::uint16_t send_maximum = 1024;
  UntoldLimits limits_3_1_1 = {};
  std::uint32_t maximum_packet_size = 16U << 20U;  // bytes; larger ones end the connection (MQTT5 §3.1.2.11.4)
  std::uint16_t topic_alias_maximum = 0;           // aliases that the server may set up towards us
  std::uint16_t outbound_topic_aliases = 16;       // at most so many of those that the server offers are used
};

// What CONNACK tells of the server; defaults where it is silent, and UntoldLimits for MQTT 3.1.1.
struct ServerLimits {
  Version version = Version::v5;
  bool session_present = false;
  // `session_present`, and the session is surely the one in which this client stood before. Where a CONNECT in between
  // got no answer, the server may have begun a new session with it, and speak of that one: so what was subscribed to
  // has to be subscribed to again.
  bool session_kept = false;
  std::uint16_t receive_maximum = 65535;
  QoS maximum_qos = QoS::exactly_once;
  bool retain = true;
  bool wildcard = true;
  bool subscription_ids = true;  // false on 3.1.1
  bool shared = true;
  std::uint32_t maximum_packet_size = 0;  // 0: none
  std::uint16_t topic_alias_maximum = 0;
  std::chrono::seconds keep_alive{0};  // the one in force
  std::string assigned_client_id = {};
};

// Why a connection has to end. The shell writes the output that is left and closes the transport.
struct Failure {
  enum class Kind : std::uint8_t {
    refused,              // CONNACK with a reason
    server_disconnected,  // DISCONNECT by the server
    keep_alive,           // PINGREQ not answered
    connack_timeout,
    answer_timeout,
    protocol,  // the server broke the standard
  };
  Kind kind = Kind::protocol;
  ReasonCode reason = ReasonCode::unspecified_error;
  std::string text = {};  // for the log: the rule broken, or the server's reason string
  std::string server_reference = {};
};

class ClientEvents {
 public:
  // The session stands. What was in flight has been put into the output already.
  virtual void on_connected(const ServerLimits& limits) = 0;
  // Topic aliases are resolved. At QoS 1 and 2 the server waits for `acknowledge(packet_id)`; a QoS 2 message that
  // was acknowledged is never reported again, also if the link is lost before its handshake has ended.
  virtual void on_publish(const Publish& publish) = 0;
  // PUBACK or PUBCOMP came, or a PUBREC that refuses; at QoS 2 the reason is PUBREC's. Or, after a reconnect, the
  // server's new limits exclude the message, or its session is gone after it had answered with PUBREC.
  virtual void on_published(Tag tag, ReasonCode reason) = 0;
  // One reason for each filter, in the order asked.
  virtual void on_subscribed(Tag tag, std::span<const ReasonCode> reasons) = 0;
  virtual void on_unsubscribed(Tag tag, std::span<const ReasonCode> reasons) = 0;
  // At most once per `open`; after it only `closed` has an effect, and `open`, which implies it.
  virtual void on_failed(const Failure& failure) = 0;

 protected:
  ~ClientEvents() = default;
};

enum class CommandError : std::uint8_t {
  not_connected,
  quota_exceeded,    // `send_quota` is used up, or no packet identifier is free
  packet_too_large,  // over the server's maximum packet size
  qos_not_supported,
  retain_not_supported,
  malformed,                   // a string that MQTT cannot carry, or a list without an entry
  subscription_not_supported,  // a wildcard, shared subscription or subscription identifier, see ServerLimits
};
std::string_view describe(CommandError error);

class Client {
 public:
  enum class State : std::uint8_t { closed, connecting, connected, failed };

  // Throws std::invalid_argument for options that no CONNECT can carry: check what users gave before.
  Client(ClientOptions options, ClientEvents& events);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  State state() const;
  const ServerLimits& limits() const;

  // A transport stands: CONNECT is put into the output. `clean_start` forgets what is in flight in the
  // server's session, not what is in flight here: that is sent anew. Before the first CONNACK has come, a connection
  // of MQTT 5 always starts clean: a session that this object knows nothing of must not be resumed
  // (MQTT5 §3.2.2.1.1). A client identifier that the server assigned is used from then on.
  void open(TimePoint now, Version version, bool clean_start);
  // Returns how many bytes were used up; the rest is the beginning of a packet and must come again, in front
  // of what follows it. After a failure everything counts as used up.
  std::size_t receive(std::string_view bytes, TimePoint now);
  // The transport is gone. SUBSCRIBE and UNSUBSCRIBE under way are forgotten without an event.
  void closed();
  // Puts a DISCONNECT (and nothing after it) into the output; what comes later is not looked at. MQTT 3.1.1 has only
  // the normal disconnection: for any other reason the output stays as it is, and closing the transport says the rest.
  void disconnect(ReasonCode reason);

  // The time of the commands that follow: what they send is not answered in time from here on.
  void set_time(TimePoint now);

  // The message's packet identifier, DUP flag, topic alias and subscription identifiers are chosen here, and those
  // given not looked at. QoS 1 and 2 only within `send_quota`; QoS 0 always while connected. Answers come by
  // `on_published`; at QoS 0 there is none. `tag` is not used at QoS 0.
  std::expected<void, CommandError> publish(const Publish& message, Tag tag);
  std::expected<void, CommandError> subscribe(std::span<const Subscription> subscriptions,
                                              std::optional<std::uint32_t> subscription_id, Tag tag);
  std::expected<void, CommandError> unsubscribe(std::span<const std::string_view> filters, Tag tag);
  // The application has taken the QoS 1 or 2 message: PUBACK or PUBREC follows, at each QoS in the order in which
  // the messages came (MQTT5 §4.6). An identifier is valid until the link is lost: the server sends that message
  // again, and it is reported again; or it uses the identifier for another. So forget those at `closed`.
  void acknowledge(std::uint16_t packet_id);

  // How many more QoS 1 and 2 messages may be sent now (MQTT5 §4.9). Those sent again after a reconnect count, and
  // those that find no room then wait, are sent first, and leave a quota of 0 until they are.
  std::size_t send_quota() const;
  // Messages sent and not yet answered; those survive `closed`.
  std::size_t in_flight() const;
  // Gives up what is in flight and returns its tags, in the order sent: no event comes for them. What has reached
  // the server may still be delivered, and uses up quota until it is answered.
  std::vector<Tag> abandon_in_flight();

  // Appends nothing: swaps the pending output into `out`, which must be empty and lends its capacity. What is first
  // taken after `open` is CONNECT, with the password in clear: wipe it (secret.hpp) when it is written.
  bool has_output() const;
  std::size_t output_size() const;
  void take_output(std::string& out);

  std::optional<TimePoint> next_timeout() const;
  void handle_timeout(TimePoint now);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace lobbyd::mqtt
