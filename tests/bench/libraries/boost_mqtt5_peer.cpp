// Boost.MQTT5 on one thread, a chain of handlers for each message that may be outstanding.

#include "tests/bench/libraries/peer.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/mqtt5/mqtt_client.hpp>
#include <boost/mqtt5/types.hpp>

#include <algorithm>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace lobbyd::bench {
namespace {

namespace mqtt5 = boost::mqtt5;
using mqtt5::error_code;

void check(error_code error) {
  if (error) throw std::runtime_error(error.message());
}

class BoostMqtt5Peer final : public Peer {
 public:
  void connect(std::uint16_t port, std::uint16_t /*window: the broker's receive maximum is kept*/) override {
    client_.brokers("127.0.0.1", port)
        .credentials("bench-" + std::to_string(::getpid()))
        .connect_property(mqtt5::prop::receive_maximum, std::uint16_t{65535})
        .async_run(boost::asio::detached);
    publish({.topic = "bench/begin", .payload = "begin", .qos = 1, .messages = 1});
  }

  void publish(const Load& load) override {
    sent_ = 0;
    answered_ = 0;
    for (std::size_t i = 0; i < std::min(load.outstanding, load.messages); ++i) send(load);
    run_until([&] { return answered_ == load.messages; });
  }

  void subscribe(const std::string& filter, int qos) override {
    bool granted = false;
    const mqtt5::subscribe_topic topic{filter, {.max_qos = static_cast<mqtt5::qos_e>(qos)}};
    client_.async_subscribe(topic, mqtt5::subscribe_props{},
                            [&](error_code error, const std::vector<mqtt5::reason_code>&, const mqtt5::suback_props&) {
                              check(error);
                              granted = true;
                            });
    run_until([&] { return granted; });
    take();
  }

  void receive(std::size_t messages) override {
    run_until([&] { return received_ >= messages; });
  }

 private:
  template <typename Predicate>
  void run_until(Predicate predicate) {
    while (!predicate()) context_.run_one();
  }

  // Handlers must be temporaries: Boost.MQTT5 1.88 keeps no copy of another.
  auto answered(const Load& load) {
    return [this, &load](error_code error, auto&&...) {
      check(error);
      ++answered_;
      if (sent_ < load.messages) send(load);
    };
  }

  void send(const Load& load) {
    ++sent_;
    using mqtt5::qos_e;
    if (load.qos == 0) {
      client_.async_publish<qos_e::at_most_once>(load.topic, load.payload, mqtt5::retain_e::no, {}, answered(load));
    } else if (load.qos == 1) {
      client_.async_publish<qos_e::at_least_once>(load.topic, load.payload, mqtt5::retain_e::no, {}, answered(load));
    } else {
      client_.async_publish<qos_e::exactly_once>(load.topic, load.payload, mqtt5::retain_e::no, {}, answered(load));
    }
  }

  void take() {
    client_.async_receive(
        [this](error_code error, const std::string&, const std::string&, const mqtt5::publish_props&) {
          check(error);
          ++received_;
          take();
        });
  }

  boost::asio::io_context context_{1};
  mqtt5::mqtt_client<boost::asio::ip::tcp::socket> client_{context_};
  std::size_t sent_ = 0;
  std::size_t answered_ = 0;
  std::size_t received_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_peer() {
  return std::make_unique<BoostMqtt5Peer>();
}

}  // namespace lobbyd::bench
