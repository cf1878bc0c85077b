#include "tests/bench/scene/live_scene.hpp"

#include "tests/bench/scene/packets.hpp"

#include <numeric>
#include <stdexcept>

namespace lobbyd::bench {

namespace {

constexpr hub::Message::TimePoint now{};

}  // namespace

LiveScene::LiveScene()
    : reader_(*this, "lobby/mark", {.messages = options_.fetch_messages, .bytes = options_.fetch_bytes}),
      live_(
          names_, subscriptions_, fan_out_, subscribing_, [](std::string_view) { return nullptr; },
          options_.joined_bytes),
      client_({}, static_cast<mqtt::ClientEvents&>(*this)) {
  client_.open(now, mqtt::Version::v5, true);
  client_.receive(encoded(mqtt::Connack{}), now);
  client_.take_output(output_);
  subscriptions_.upstream().on_lane_up({});
  subscribing_.set_retain_as_published(true);
}

Player& LiveScene::player(std::size_t number) {
  while (players_.size() <= number) {
    players_.emplace_back("player-" + std::to_string(players_.size()), dirty_);
  }
  return players_[number];
}

void LiveScene::subscribe(Player& player, const std::string& filter, mqtt::QoS qos) {
  subscriptions_.add(player.client(), filter, {.qos = qos}, [](mqtt::ReasonCode) {});
}

std::string LiveScene::packet(std::string_view topic, std::string_view payload, mqtt::QoS qos) {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.qos = qos;
  publish.packet_id = qos == mqtt::QoS::at_most_once ? std::uint16_t{0} : ++last_packet_id_;
  std::vector<std::uint32_t> ids;
  for (const hub::Filter* filter : subscriptions_.match(topic)) {
    ids.push_back(filter->id);
  }
  publish.subscription_ids = ids;
  return encoded(publish);
}

void LiveScene::read(std::string_view bytes) {
  client_.receive(bytes, now);
  live_.flush();
  for (Player* const player : dirty_) {
    player->write(pieces_);
  }
  dirty_.clear();
  output_.clear();
  client_.take_output(output_);
}

std::size_t LiveScene::bytes() const {
  return std::transform_reduce(players_.begin(), players_.end(), std::size_t{0}, std::plus{},
                               [](const Player& player) { return player.bytes(); });
}

void LiveScene::on_publish(const mqtt::Publish& publish) {
  if (names_.is_closed(publish.topic)) {
    throw std::logic_error("the scene's topics are open");
  }
  live_.take(upstream::LaneId::subscriptions, publish, now);
  if (publish.qos != mqtt::QoS::at_most_once) {
    client_.acknowledge(publish.packet_id);
  }
}

void LiveScene::on_failed(const mqtt::Failure& failure) {
  throw std::logic_error(failure.text);
}

}  // namespace lobbyd::bench
