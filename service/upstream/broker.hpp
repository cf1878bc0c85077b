#pragma once

// One MQTT broker as the layers above see it: a few connections, each with its role.
//
//   - lanes receive: lane `own` carries the daemon's own records, sentinels and retained fetches, lane
//     `subscriptions` every filter of the clients; further ones are opened where filters must not share one. A lane has
//     further connections where the broker limits the filters of each, and keeps the order on each alone;
//   - publishers send: a publisher is always served by the same connection of the pool, so its order is kept.
//
// All connections reconnect for ever by themselves; held filters are restored, and publishers come back after them:
// what they have waiting would else pass the clients by that it is meant for. Lives on one loop, and so does every call
// and event. A handler or event may call anything here, but must not destroy the Broker (`done` of stop() may).

#include "protocol/mqtt/broker_url.hpp"
#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/secret.hpp"
#include "protocol/mqtt/types.hpp"
#include "service/upstream/broker_traits.hpp"
#include "service/upstream/broker_types.hpp"
#include "service/upstream/filter_lanes.hpp"
#include "service/upstream/message.hpp"
#include "service/upstream/transport/reach.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::upstream {

class TlsClient;

struct BrokerOptions {
  mqtt::BrokerUrl endpoint;
  std::shared_ptr<const TlsClient> tls;  // loaded; null where the endpoint has no TLS. New connections ask it anew
  Reach reach = Reach::anywhere;
  ProtocolChoice protocol = ProtocolChoice::automatic;
  std::string client_id_prefix;  // "lobbyd-INSTANCE-": the connections' client ids begin with it
  std::optional<std::string> username;
  std::optional<mqtt::Secret> password;
  std::chrono::seconds keep_alive{30};
  std::chrono::milliseconds connect_timeout{10'000};  // for one attempt, from the name's resolution to CONNACK
  // A connection on which a SUBSCRIBE or a QoS 1 or 2 message is not answered for so long is made anew, and what was
  // not answered sent again. Twice what a client's request may take.
  std::chrono::milliseconds answer_timeout{60'000};
  std::uint32_t pool_size = 2;
  std::uint32_t pool_max = 16;
  std::size_t queue_messages = 20'000;  // waiting in one publish connection's queue; more is refused
  std::size_t queue_bytes = 32U << 20U;
  BrokerTraits traits = {};
  std::size_t further_lanes = 16;  // open at once, besides the two that are always there
  // Of all lanes, those that are being closed among them, besides one of each of these two.
  std::size_t further_connections = 256;
  // A further connection goes when nothing was wanted of it for so long, or up to twice as long: not with its last
  // filter, since many brokers bound how often a client may connect.
  std::chrono::milliseconds unused_lane{5'000};
  // Publishers wait for lanes that do not come back so long after others did. By default longer than the longest wait
  // between two attempts.
  std::chrono::milliseconds lane_patience{45'000};
  std::optional<mqtt::WillOptions> will = {};  // of lane `own`
};

// A connection that is lost to a broker that can be reached is back within that time, if nothing is wrong.
inline constexpr std::chrono::milliseconds longest_reconnect{20'000};

class BrokerEvents {
 public:
  virtual void on_status(const BrokerStatus& status) = 0;
  // On return a QoS 1 or 2 message is acknowledged to the broker.
  virtual void on_message(LaneId lane, const mqtt::Publish& message) = 0;
  // All messages that one read from the socket brought have been reported.
  virtual void on_batch_end() = 0;
  // A connection of the lane stands (again); its filters are being restored, or were kept by the broker
  // (`session_present`). The lane's capabilities may have changed.
  virtual void on_lane_up(LaneId lane, bool session_present) = 0;
  virtual void on_lane_down(LaneId lane) = 0;
  // Once a connection has come back, and at first: all of the lane's connections stand, and the broker has answered for
  // every filter that was held when they came up. Also without those for which `lane_patience` is over.
  virtual void on_lane_restored(LaneId lane) = 0;

 protected:
  ~BrokerEvents() = default;
};

class Broker final : public FilterLanes {
 public:
  Broker(boost::asio::any_io_executor executor, BrokerOptions options, BrokerEvents& events);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker();

  // Before start(), which ends it: connects lane `visit` alone, under a client id that nobody else has, and so disturbs
  // nobody. It is no more than a lane, but its status is the broker's.
  void visit();
  void start();
  // Sends what is queued and waits for what is in flight, at most until `deadline` has passed, then disconnects, which
  // takes a second at most. What is unanswered then is answered with `unavailable`. `done` is the last thing called,
  // and not from within.
  void stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done);

  const BrokerStatus& status() const;
  // What the connections that stood at the last CONNACK have in common; nothing before the first.
  const std::optional<Capabilities>& capabilities() const;
  const BrokerTraits& traits() const;
  // What the lane's connections, those that ever stood, have in common by their last CONNACKs. Connections may differ
  // (ProtocolFallback).
  Capabilities capabilities(LaneId lane) const;

  // Receiving -------------------------------------------------------------------------------------------

  std::optional<LaneId> open_lane() override;
  void close_lane(LaneId lane) override;
  void hold(LaneId lane, const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id,
            HoldHandler handler) override;
  void release(LaneId lane, const std::string& filter) override;

  // Holds the topic on each of the lane's connections, those to come as well; `handler` gets each answer. A message for
  // it is reported when it has come on all of them: so everything that the broker had routed to the lane before it has
  // been reported, too. Messages are told apart by their payloads, one at a time. To be called before `start`, and not
  // to be released.
  void hold_everywhere(LaneId lane, const std::string& topic, mqtt::QoS qos,
                       std::function<void(mqtt::ReasonCode)> handler);

  // One SUBSCRIBE packet at QoS 0, of `once_limit` filters at most, retained messages asked for, not restored after a
  // reconnect; and its undoing. The broker holds no more than one such packet's filters at a time where it limits them:
  // whoever asks again undoes first.
  std::size_t once_limit(LaneId lane) const;
  void subscribe_once(LaneId lane, const std::vector<std::string>& filters, SubscribeHandler handler);
  void unsubscribe_once(LaneId lane, const std::vector<std::string>& filters);
  // On the lane's first connection, so in order with its SUBSCRIBE packets. At QoS 1 at most, and at a pace within the
  // traits' `publish_rate`, which is the caller's care. False when it is not connected or its window is full.
  bool publish_on(LaneId lane, const Message& message);

  // Sending ---------------------------------------------------------------------------------------------

  PublisherId open_publisher();
  // What the publisher has queued is still sent; handlers are still called.
  void close_publisher(PublisherId publisher);
  // In order per publisher, and answered in any order. QoS 0: as soon as it is written into a live
  // connection's output, or refused at once where there is none. QoS 1 and 2: on PUBACK or PUBCOMP, over
  // reconnects. The handler is never called from within `publish`.
  void publish(PublisherId publisher, Message message, PublishHandler handler);
  // Much waits for the broker on the publisher's connection, which stands: it is slower than those who publish. Who has
  // something unanswered should wait for that before it brings more; else the queue fills, and refuses.
  bool crowded(PublisherId publisher) const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace lobbyd::upstream
