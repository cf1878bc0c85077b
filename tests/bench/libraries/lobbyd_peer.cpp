// The upstream layer as the daemon uses it: a Broker with all its connections, one publisher, one lane.

#include "service/upstream/broker.hpp"
#include "tests/bench/libraries/peer.hpp"

#include <boost/asio/io_context.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace lobbyd::bench {
namespace {

using upstream::LaneId;

class LobbydPeer final : public Peer, private upstream::BrokerEvents {
 public:
  void connect(std::uint16_t port, std::uint16_t /*window: the broker's receive maximum is kept*/) override {
    spdlog::set_level(spdlog::level::warn);
    upstream::BrokerOptions options;
    options.endpoint = {.carrier = mqtt::Carrier::tcp, .host = "127.0.0.1", .port = port, .path = {}};
    options.protocol = upstream::ProtocolChoice::v5;
    options.client_id_prefix = "bench-" + std::to_string(::getpid()) + "-";
    options.pool_size = 1;
    options.pool_max = 1;
    broker_.emplace(context_.get_executor(), std::move(options), static_cast<upstream::BrokerEvents&>(*this));
    broker_->start();
    run_until([this] { return broker_->status().state == upstream::BrokerState::connected; });
    publisher_ = broker_->open_publisher();
  }

  void publish(const Load& load) override {
    answered_ = 0;
    sent_ = 0;
    for (std::size_t i = 0; i < std::min(load.outstanding, load.messages); ++i) send(load);
    run_until([&] { return answered_ == load.messages; });
  }

  void subscribe(const std::string& filter, int qos) override {
    bool granted = false;
    broker_->hold(LaneId::subscriptions, filter, static_cast<mqtt::QoS>(qos), 1, [&](mqtt::ReasonCode reason) {
      if (is_failure(reason)) throw std::runtime_error("the subscription was refused");
      granted = true;
    });
    run_until([&] { return granted; });
  }

  void receive(std::size_t messages) override {
    run_until([&] { return received_ >= messages; });
  }

 private:
  template <typename Predicate>
  void run_until(Predicate predicate) {
    while (!predicate()) context_.run_one();
  }

  void send(const Load& load) {
    ++sent_;
    broker_->publish(publisher_,
                     {.topic = load.topic, .payload = load.payload, .qos = static_cast<mqtt::QoS>(load.qos)},
                     [this, &load](std::expected<mqtt::ReasonCode, upstream::PublishFailure> answer) {
                       if (!answer || is_failure(*answer)) throw std::runtime_error("a message was refused");
                       ++answered_;
                       if (sent_ < load.messages) send(load);
                     });
  }

  void on_status(const upstream::BrokerStatus&) override {}
  void on_message(LaneId, const mqtt::Publish&) override { ++received_; }
  void on_batch_end() override {}
  void on_lane_up(LaneId, bool) override {}
  void on_lane_down(LaneId) override { throw std::runtime_error("the connection was lost"); }
  void on_lane_restored(LaneId) override {}

  boost::asio::io_context context_{1};
  std::optional<upstream::Broker> broker_;
  upstream::PublisherId publisher_{};
  std::size_t sent_ = 0;
  std::size_t answered_ = 0;
  std::size_t received_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_peer() {
  return std::make_unique<LobbydPeer>();
}

}  // namespace lobbyd::bench
