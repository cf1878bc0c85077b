#pragma once

// A connection of a lane: it receives, and holds filters.

#include "service/upstream/answer_batch.hpp"
#include "service/upstream/broker_status.hpp"
#include "service/upstream/broker_types.hpp"
#include "service/upstream/connection.hpp"
#include "service/upstream/link_observer.hpp"
#include "service/upstream/one_time_subscriptions.hpp"
#include "service/upstream/packet_view.hpp"
#include "service/upstream/subscription_table.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lobbyd::upstream {

struct LaneConnectionOptions {
  std::size_t filters_at_once = 1;  // in one SUBSCRIBE or UNSUBSCRIBE at most; not 0
  // MQTT 5: live messages keep the flag. Without that they can be told from retained copies.
  bool retain_as_published = true;
};

class LaneConnection final : private ConnectionEvents {
 public:
  // As those of BrokerEvents, which they lead to.
  class Events {
   public:
    virtual void on_message(LaneConnection& connection, const mqtt::Publish& message) = 0;
    virtual void on_batch_end() = 0;
    virtual void on_up(LaneConnection& connection, bool session_present) = 0;
    virtual void on_down(LaneConnection& connection) = 0;
    virtual void on_restored(LaneConnection& connection) = 0;

   protected:
    ~Events() = default;
  };

  LaneConnection(boost::asio::any_io_executor executor, ConnectionOptions options, LaneConnectionOptions lane,
                 ProtocolFallback& fallback, Events& events, LinkObserver& observer);
  LaneConnection(const LaneConnection&) = delete;
  LaneConnection& operator=(const LaneConnection&) = delete;
  ~LaneConnection() = default;

  void start() { connection_.start(); }
  void take_up_5() { connection_.take_up_5(); }
  // As Connection::disconnect. No event is raised any more, and handlers that wait are dropped.
  void close(std::move_only_function<void()> done);

  // These as in Broker.
  void hold(const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id, HoldHandler handler);
  void release(const std::string& filter);
  void subscribe_once(const std::vector<std::string>& filters, SubscribeHandler handler);
  void unsubscribe_once(const std::vector<std::string>& filters);
  bool publish(const Message& message);

  // What the broker holds or has been asked to, until it has said that it holds it no more.
  std::size_t filters() const { return table_.size(); }
  bool knows(const std::string& filter) const { return table_.knows(filter); }
  bool wants(const std::string& filter) const { return table_.wants(filter); }
  std::size_t wanted() const { return table_.wanted(); }
  // Whether copies for the filter come on this connection now.
  bool receives(const std::string& filter) const { return connected() && table_.stands(filter); }

  bool connected() const { return connection_.connected(); }
  // Connected, and the broker has answered for every filter.
  bool restored() const { return connected() && restored_; }
  // Whether it ever stood, and was lost since it first did.
  bool proven() const { return proven_; }
  bool was_lost() const { return was_lost_; }
  LinkReport report() const { return {connection_.standing(), disconnection_}; }
  const mqtt::ServerLimits& limits() const { return connection_.limits(); }

 private:
  void send_requests();
  void send(const SubscriptionTable::Request& request);
  void send_unsubscribe(const std::vector<std::string>& filters);
  void give_answers();
  void tell_unrestored();
  void tell_restored();
  void link_lost();

  void on_connected(const mqtt::ServerLimits& limits) override;
  void on_disconnected(const Disconnection& disconnection) override;
  void on_renewing() override { link_lost(); }
  void on_writable() override;
  void on_publish(const mqtt::Publish& publish) override;
  void on_batch_end() override;
  void on_subscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) override;
  void on_unsubscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) override;

  std::string name_;  // for the log
  LaneConnectionOptions options_;
  Events& events_;
  LinkObserver& observer_;
  SubscriptionTable table_;
  OneTimeSubscriptions once_;
  PacketView packet_;
  mqtt::Tag last_tag_ = 0;
  bool up_ = false;        // what was last told
  bool restored_ = false;  // whether that was told since
  bool proven_ = false;
  bool was_lost_ = false;
  bool closed_ = false;
  std::optional<Disconnection> disconnection_;
  // For answers that are known within the call that asks.
  AnswerBatch<HoldHandler, mqtt::ReasonCode> hold_answers_;
  AnswerBatch<SubscribeHandler, std::optional<std::vector<mqtt::ReasonCode>>> subscribe_answers_;
  Connection connection_;
};

}  // namespace lobbyd::upstream
