#pragma once

// The way down without sockets: bytes of MQTT in, frames out of the players' outboxes. The parts are the daemon's own,
// put together as hub::Hub does it.

#include "protocol/mqtt/client.hpp"
#include "service/hub/fan_out.hpp"
#include "service/hub/live_messages.hpp"
#include "service/hub/names.hpp"
#include "service/hub/retained_reader.hpp"
#include "service/hub/subscribing.hpp"
#include "service/hub/subscriptions.hpp"
#include "tests/bench/scene/granting_lanes.hpp"
#include "tests/bench/scene/player.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <vector>

namespace lobbyd::bench {

class LiveScene final : private mqtt::ClientEvents, private hub::RetainedReader::Port {
 public:
  LiveScene();

  // Makes them as they are asked for.
  Player& player(std::size_t number);
  void subscribe(Player& player, const std::string& filter, mqtt::QoS qos);

  // The packet by which a broker passes a message on: it names the filters that match.
  std::string packet(std::string_view topic, std::string_view payload, mqtt::QoS qos);

  // One read from the broker, and what comes of it; acknowledgements among it.
  void read(std::string_view bytes);
  // What the players have got so far.
  std::size_t bytes() const;

 private:
  void on_connected(const mqtt::ServerLimits&) override {}
  void on_publish(const mqtt::Publish& publish) override;
  void on_published(mqtt::Tag, mqtt::ReasonCode) override {}
  void on_subscribed(mqtt::Tag, std::span<const mqtt::ReasonCode>) override {}
  void on_unsubscribed(mqtt::Tag, std::span<const mqtt::ReasonCode>) override {}
  void on_failed(const mqtt::Failure& failure) override;

  void publish_mark(const std::string&) override {}
  void subscribe(const std::vector<std::string>&, const std::string&) override {}
  void publish_echo(const std::string&) override {}
  void unsubscribe(const std::vector<std::string>&) override {}
  void on_timeout_changed() override {}

  hub::Options options_;
  hub::Names names_{hub::ClosedNames(options_.prefix)};
  GrantingLanes lanes_;
  hub::Subscriptions subscriptions_{lanes_};
  hub::RetainedReader reader_;
  hub::Subscribing subscribing_{options_, subscriptions_, reader_};
  hub::FanOut fan_out_;
  hub::LiveMessages live_;
  mqtt::Client client_;
  std::string output_;
  std::uint16_t last_packet_id_ = 0;
  std::vector<Player*> dirty_;
  std::deque<Player> players_;
  std::array<iovec, 64> pieces_{};
};

}  // namespace lobbyd::bench
