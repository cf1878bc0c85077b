#pragma once

// Filters, and the connections that hold them: one, and further ones where the broker limits the filters of each. A
// filter stays on its connection until the broker holds it no more. Those who use the lane see no more of that than
// that order is kept on each connection alone.

#include "service/upstream/answer_batch.hpp"
#include "service/upstream/broker_types.hpp"
#include "service/upstream/filter_limits.hpp"
#include "service/upstream/lane_connection.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::upstream {

class BrokerEvents;

// Where lanes have their further connections from.
class LaneSupply {
 public:
  // Started where the broker is. Null where there are as many as may be.
  virtual std::unique_ptr<LaneConnection> make_connection(LaneConnection::Events& events) = 0;
  // Ends it in an orderly way; raises no event for it any more.
  virtual void retire(std::unique_ptr<LaneConnection> connection) = 0;

 protected:
  ~LaneSupply() = default;
};

class Lane final : private LaneConnection::Events {
 public:
  using EachHandler = std::function<void(mqtt::ReasonCode)>;

  Lane(const boost::asio::any_io_executor& executor, LaneId id, FilterLimits limits, BrokerEvents& events,
       LaneSupply& supply);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane() = default;

  // Before anything else: the first connection, which lasts as long as the lane.
  void begin(std::unique_ptr<LaneConnection> connection) { connections_.push_back(std::move(connection)); }
  LaneConnection::Events& connection_events() { return *this; }
  LaneConnection& first() const { return *connections_.front(); }

  // These as in Broker.
  void hold(const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id, HoldHandler handler);
  void release(const std::string& filter);
  void hold_everywhere(const std::string& topic, mqtt::QoS qos, EachHandler handler);
  void subscribe_once(const std::vector<std::string>& filters, SubscribeHandler handler);
  void unsubscribe_once(const std::vector<std::string>& filters) { first().unsubscribe_once(filters); }
  std::size_t once_limit() const { return limits_.at_once(everywhere_.size()); }
  bool publish(const Message& message) { return first().publish(message); }
  Capabilities capabilities() const;

  const std::vector<std::unique_ptr<LaneConnection>>& connections() const { return connections_; }
  // Whether the connection counts as lost while it is down: to open one is no loss of the broker.
  bool counts(const LaneConnection& connection) const;
  // All that count have been restored.
  bool restored() const;
  // Tells that what was lost is restored, when all is, or (`patient` no more) without the rest.
  void tell_restored(bool patient = true);
  // To be called now and then: retires further connections that nothing has been wanted of since the last call.
  void retire_unused();
  // Without connections from then on.
  void retire_all();

 private:
  // A topic that is held on every connection.
  struct Everywhere {
    std::string topic;
    mqtt::QoS qos;
    EachHandler handler;
    std::string payload;                      // of the message that came last
    std::set<const LaneConnection*> missing;  // that have still to bring it
  };

  LaneConnection* place_of(const std::string& filter);
  LaneConnection* open_connection();
  bool in_use(const LaneConnection& connection) const;
  bool has_come_everywhere(const LaneConnection& connection, const mqtt::Publish& message);
  void retire(std::unique_ptr<LaneConnection> connection);

  void on_message(LaneConnection& connection, const mqtt::Publish& message) override;
  void on_batch_end() override;
  void on_up(LaneConnection& connection, bool session_present) override;
  void on_down(LaneConnection& connection) override;
  void on_restored(LaneConnection& connection) override;

  LaneId id_;
  FilterLimits limits_;
  BrokerEvents& events_;
  LaneSupply& supply_;
  std::vector<std::unique_ptr<LaneConnection>> connections_;
  std::vector<Everywhere> everywhere_;
  std::set<const LaneConnection*> unused_;  // at the last look
  bool untold_ = false;                     // some connection is back, and nobody was told
  bool full_told_ = false;                  // in the log, since a further connection could last be opened
  AnswerBatch<HoldHandler, mqtt::ReasonCode> refusals_;
};

}  // namespace lobbyd::upstream
