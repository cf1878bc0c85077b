#pragma once

// One MQTT connection to the broker that is made again whenever it is lost, and the session that it carries.
//
// Sessions. What an earlier process left behind (subscriptions, queued messages) belongs to nobody now, but what this
// one builds up has to last, so that QoS 1 and 2 survive a loss in both directions. In MQTT 3.1.1 one CONNECT cannot
// say both: a session that starts clean ends with its connection (MQTT3 §3.1.2.4). MQTT 5 can, by a clean start and a
// session expiry, but Mosquitto 2.0 saves no session whose last CONNECT started clean, and has lost it after its
// restart. So with both versions the first connection only clears: clean start, DISCONNECT, and then again without.
// In the same way an orderly end clears the session, so that the broker does not store for a daemon that has gone.
//
// Where nothing has to survive a loss a connection keeps no session: each is as the first.

#include "protocol/mqtt/broker_url.hpp"
#include "protocol/mqtt/client.hpp"
#include "service/upstream/backoff.hpp"
#include "service/upstream/disconnection.hpp"
#include "service/upstream/lifeline.hpp"
#include "service/upstream/link.hpp"
#include "service/upstream/protocol_fallback.hpp"
#include "service/upstream/transport/reach.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lobbyd::upstream {

class TlsClient;

struct ConnectionOptions {
  mqtt::BrokerUrl endpoint;
  std::shared_ptr<const TlsClient> tls;  // loaded; null where the endpoint has no TLS
  Reach reach = Reach::anywhere;
  std::string role;            // its name in the log: "own", "publish 0"
  mqtt::ClientOptions client;  // a will goes only with a connection that keeps no session
  bool keeps_session = true;
  std::chrono::milliseconds connect_timeout{10'000};  // for one attempt, as in BrokerOptions
};

// Raised from within the connection: a handler may call its commands, but must not destroy it.
class ConnectionEvents {
 public:
  // `session_present` is true only where what was subscribed to before surely stands.
  virtual void on_connected(const mqtt::ServerLimits& limits) = 0;
  // After the loss of a connection and after every attempt that failed.
  virtual void on_disconnected(const Disconnection& disconnection) = 0;
  // The connection is being made anew with MQTT 5 (see take_up_5), which ends by one of the two.
  virtual void on_renewing() {}
  // Connected, and no write is under way: what is sent now leaves at once.
  virtual void on_writable() {}
  // Connected, and the operating system has taken everything.
  virtual void on_all_written() {}

  virtual void on_publish(const mqtt::Publish&) {}
  // All messages that one read brought have been reported.
  virtual void on_batch_end() {}
  // All that one read brought has been reported, and what is sent now leaves with the answers to it.
  virtual void on_read_handled() {}
  virtual void on_published(mqtt::Tag, mqtt::ReasonCode) {}
  virtual void on_subscribed(mqtt::Tag, std::span<const mqtt::ReasonCode>) {}
  virtual void on_unsubscribed(mqtt::Tag, std::span<const mqtt::ReasonCode>) {}

 protected:
  ~ConnectionEvents() = default;
};

class Connection final : private LinkEvents, private mqtt::ClientEvents {
 public:
  // `fallback` is shared by all connections to one broker and outlives them.
  Connection(boost::asio::any_io_executor executor, ConnectionOptions options, ProtocolFallback& fallback,
             ConnectionEvents& events);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void start();
  // While held back it makes no new attempt; what stands, and what is being tried, goes on.
  void hold_back(bool held_back);
  // To be called when another connection shows that the broker takes MQTT 5: one that stands with 3.1.1 writes what is
  // in its output and a DISCONNECT, and takes its session up again with 5. Without effect where 5 was refused to it in
  // so many words: what closed a connection without a word may have been a proxy, or a broker that was just starting.
  void take_up_5();
  // Writes what is in the output and a DISCONNECT, clears the session, all that for a second at most, and does not come
  // back. `done` is never called from within this call, and is the last event.
  void disconnect(std::move_only_function<void()> done);

  bool connected() const { return state_ == State::connected; }
  // Connected, or made anew just now.
  bool standing() const { return connected() || renewing_; }
  // Of the last CONNACK.
  const mqtt::ServerLimits& limits() const { return client_.limits(); }
  std::size_t unwritten() const { return link_ ? link_->unwritten() : 0; }
  std::size_t send_quota() const { return client_.send_quota(); }
  std::size_t in_flight() const { return client_.in_flight(); }

  // Leads to on_writable, once for all requests of one turn.
  void request_flush();

  // As in mqtt::Client; what they put into the output leaves in this turn.
  std::expected<void, mqtt::CommandError> publish(const mqtt::Publish& message, mqtt::Tag tag);
  std::expected<void, mqtt::CommandError> subscribe(std::span<const mqtt::Subscription> subscriptions,
                                                    std::optional<std::uint32_t> subscription_id, mqtt::Tag tag);
  std::expected<void, mqtt::CommandError> unsubscribe(std::span<const std::string_view> filters, mqtt::Tag tag);
  void acknowledge(std::uint16_t packet_id);
  // As in mqtt::Client.
  void abandon_in_flight() { client_.abandon_in_flight(); }

 private:
  using Clock = std::chrono::steady_clock;

  enum class State : std::uint8_t {
    idle,        // not started, or ended for good
    connecting,  // the transport is being made
    handshake,   // CONNECT is on its way
    connected,
    closing,  // the last output is being written
    waiting,  // for the next attempt
  };

  // What the present attempt is for.
  enum class Purpose : std::uint8_t { clear_first, serve, clear_last };

  // Why an attempt, or the connection that came of it, ended.
  struct Ending {
    std::string reason;
    bool permanent = false;
    std::optional<ProtocolFallback::Refusal> version_refused;
    std::optional<mqtt::ReasonCode> refusal;
    bool private_address = false;
  };

  void begin_command();
  void begin_attempt(mqtt::Version version);
  Purpose purpose() const;
  void enter(State state, Clock::time_point deadline);
  void begin_closing();
  void end_attempt();
  void conclude(Ending ending);
  void log_failure(const Disconnection& disconnection);

  std::optional<Clock::time_point> due() const;
  void arm_timer();
  void on_timer();
  void on_due(Clock::time_point now);

  void on_link_connected() override;
  void on_link_lost(std::error_code error) override;
  void on_read_handled() override;
  void on_writable() override;
  void on_all_written() override;

  void on_connected(const mqtt::ServerLimits& limits) override;
  void on_publish(const mqtt::Publish& publish) override;
  void on_published(mqtt::Tag tag, mqtt::ReasonCode reason) override;
  void on_subscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) override;
  void on_unsubscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) override;
  void on_failed(const mqtt::Failure& failure) override;

  boost::asio::any_io_executor executor_;
  ConnectionOptions options_;
  std::string name_;  // for the log
  ProtocolFallback& fallback_;
  ConnectionEvents& events_;
  mqtt::Client client_;
  Backoff backoff_;

  State state_ = State::idle;
  mqtt::Version version_ = mqtt::Version::v5;
  Purpose purpose_ = Purpose::serve;
  bool cleared_ = false;         // the broker holds no session of an earlier process any more
  bool served_ = false;          // and one of ours has been built up since
  bool session_stands_ = false;  // to be cleared at the end
  bool refused_5_ = false;       // in so many words
  bool renewing_ = false;
  std::optional<mqtt::Version> next_version_;  // of an attempt that follows at once
  bool batch_open_ = false;                    // messages of the present read have been reported
  std::optional<Clock::time_point> connected_since_;
  Ending ending_;
  std::string last_logged_;
  std::move_only_function<void()> done_;
  bool held_back_ = false;
  Clock::time_point end_by_{};  // once there is a `done_`

  // Of every state but connected, which has the client's.
  Clock::time_point deadline_{};
  boost::asio::steady_timer timer_;
  std::optional<Clock::time_point> armed_;

  std::unique_ptr<Link> link_;
  Lifeline lifeline_;
};

}  // namespace lobbyd::upstream
