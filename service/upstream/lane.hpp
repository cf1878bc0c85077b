#pragma once

// A connection that receives, with the filters that it holds.

#include "service/upstream/answer_batch.hpp"
#include "service/upstream/broker_status.hpp"
#include "service/upstream/broker_types.hpp"
#include "service/upstream/connection.hpp"
#include "service/upstream/link_observer.hpp"
#include "service/upstream/one_time_subscriptions.hpp"
#include "service/upstream/packet_view.hpp"
#include "service/upstream/subscription_table.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lobbyd::upstream {

class BrokerEvents;

class Lane final : private ConnectionEvents {
 public:
  Lane(boost::asio::any_io_executor executor, LaneId id, ConnectionOptions options, ProtocolFallback& fallback,
       BrokerEvents& events, LinkObserver& observer);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane() = default;

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

  LaneId id() const { return id_; }
  bool connected() const { return connection_.connected(); }
  // Connected, and the broker has answered for every filter.
  bool restored() const { return connected() && restored_; }
  // Whether it ever stood.
  bool proven() const { return proven_; }
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

  LaneId id_;
  std::string name_;  // for the log
  BrokerEvents& events_;
  LinkObserver& observer_;
  SubscriptionTable table_;
  OneTimeSubscriptions once_;
  PacketView packet_;
  mqtt::Tag last_tag_ = 0;
  bool up_ = false;        // what was last told
  bool restored_ = false;  // whether that was told since
  bool proven_ = false;
  bool closed_ = false;
  std::optional<Disconnection> disconnection_;
  // For answers that are known within the call that asks.
  AnswerBatch<HoldHandler, mqtt::ReasonCode> hold_answers_;
  AnswerBatch<SubscribeHandler, std::optional<std::vector<mqtt::ReasonCode>>> subscribe_answers_;
  Connection connection_;
};

}  // namespace lobbyd::upstream
