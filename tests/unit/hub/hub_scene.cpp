#include "tests/unit/hub/hub_scene.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace lobbyd::hub {

namespace {

std::string text_of(const api::Error& error) {
  std::string text = "error " + std::string(word(error.reason));
  const auto code = error.extra.find("mqtt_reason_code");
  return code == error.extra.end() ? text : text + " " + code->dump();
}

}  // namespace

void Player::deliver(const Delivery& delivery) {
  ++deliveries;
  for (std::size_t index = 0; index < delivery.message->count(); ++index) {
    seen.push_back(std::string(delivery.message->topic()) + "=" + std::string(delivery.message->payload(index)) +
                   (delivery.retained ? " retained" : ""));
  }
}

void HubScene::connect(Options options, bool orderly) {
  options.instance = "test";
  upstream::BrokerOptions broker = broker_options_;
  broker.endpoint = server_.endpoint();
  broker.protocol = protocol_;
  broker.client_id_prefix = "test-";
  broker.pool_size = 1;
  hub_.emplace(loop_.get_executor(), std::move(options), std::move(broker));
  hub_->start();
  ASSERT_TRUE(run_until([&] { return hub_->broker_status().state == upstream::BrokerState::connected; }));
  ASSERT_TRUE(wait_for_read());
  if (orderly) {
    answer_read();
  } else {
    grant();
  }
}

std::unique_ptr<Player> HubScene::player(const std::string& name) {
  auto player = std::make_unique<Player>();
  player->client = &hub_->attach(name, name, *player, std::nullopt);
  return player;
}

void HubScene::subscribe(Player& player, std::vector<std::string> filters) {
  api::SubscribeParams params;
  params.filters = std::move(filters);
  hub_->subscribe(*player.client, std::move(params), [&player](const auto& result) {
    player.seen.push_back(result ? "granted " + std::string(word(result->complete)) : text_of(result.error()));
  });
}

void HubScene::publish(Player& player, const std::string& topic, const std::string& payload, int qos, bool retain) {
  api::PublishParams params;
  params.topic = topic;
  params.payload = payload;
  params.qos = static_cast<std::uint8_t>(qos);
  params.retain = retain;
  hub_->publish(*player.client, std::move(params), [&player](const auto& result) {
    player.seen.push_back(result ? "published" : text_of(result.error()));
  });
}

void HubScene::read_retained(Player& player, const std::string& filter) {
  hub_->read_retained(*player.client, filter, [&player](const auto& result) {
    player.seen.push_back(result ? "read " + std::string(word(result->complete)) : text_of(result.error()));
  });
}

bool HubScene::saw(const Player& player, std::string_view text) {
  return run_until([&] { return std::ranges::find(player.seen, text) != player.seen.end(); });
}

// The broker ----------------------------------------------------------------------------------------------------------

void HubScene::script(upstream::FakeServer::Session& session, const mqtt::Packet& packet) {
  if (std::holds_alternative<mqtt::Connect>(packet)) {
    sessions_[session.client_id().substr(session.client_id().rfind('-') + 1)] = &session;
    session.send(connack_);
  } else if (std::holds_alternative<mqtt::Disconnect>(packet)) {
    session.close();
  } else if (const auto* const subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
    take_subscribe(session, *subscribe);
  } else if (const auto* const publish = std::get_if<mqtt::Publish>(&packet)) {
    take_publish(session, *publish);
  }
}

void HubScene::take_subscribe(upstream::FakeServer::Session& session, const mqtt::Subscribe& subscribe) {
  Read read{.packet_id = subscribe.packet_id, .filters = {}, .mark = mark_};
  for (const auto& subscription : subscribe.subscriptions) {
    read.filters.emplace_back(subscription.filter);
  }
  const std::string& last = read.filters.back();
  if (last.ends_with("/mark") || (last.contains("sync/") && last.ends_with("/+"))) {
    reads_.push_back(std::move(read));
    return;
  }
  subscribed_.insert(read.filters.begin(), read.filters.end());
  if (std::ranges::all_of(read.filters, grants_)) {
    acknowledge(session, read.packet_id, read.filters.size());
  } else {
    grant_filters_ = [&session, read] { acknowledge(session, read.packet_id, read.filters.size()); };
  }
}

void HubScene::take_publish(upstream::FakeServer::Session& session, const mqtt::Publish& publish) {
  if (publish.qos == mqtt::QoS::at_least_once) {
    mqtt::Puback puback;
    puback.packet_id = publish.packet_id;
    session.send(puback);
  }
  if (publish.topic.ends_with("/mark")) {
    mark_topic_ = publish.topic;
    mark_ = publish.payload;
  } else if (publish.topic.ends_with("/echo")) {
    echo_topic_ = publish.topic;
    echo_ = publish.payload;
    echo_qos_ = publish.qos;
  } else {
    published_.emplace_back(publish.topic, publish.qos);
  }
}

void HubScene::acknowledge(upstream::FakeServer::Session& session, std::uint16_t packet_id, std::size_t count) {
  const std::vector<mqtt::ReasonCode> reasons(count, mqtt::ReasonCode::success);
  mqtt::Suback suback;
  suback.packet_id = packet_id;
  suback.reasons = reasons;
  session.send(suback);
}

void HubScene::send(const std::string& role, std::string_view topic, std::string_view payload, bool retain) {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.retain = retain;
  sessions_.at(role)->send(publish);
}

bool HubScene::wait_for_read() {
  // The echo comes last: then all that belongs to the read has been received.
  if (!run_until([this] { return !reads_.empty() && !echo_.empty(); })) {
    return false;
  }
  read_ = std::move(reads_.front());
  reads_.erase(reads_.begin());
  return true;
}

void HubScene::grant() {
  acknowledge(*sessions_.at("own"), read_.packet_id, read_.filters.size());
}

void HubScene::bring(std::string_view topic, std::string_view payload) {
  send("own", topic, payload, true);
}

void HubScene::echo() {
  const std::string nonce = std::exchange(echo_, {});
  send("own", echo_topic_, nonce, false);
  send("sub", echo_topic_, nonce, false);
}

void HubScene::answer_read() {
  grant();
  bring_mark();
  echo();
}

void HubScene::publish_live(std::string_view topic, std::string_view payload) {
  send("sub", topic, payload, true);
}

}  // namespace lobbyd::hub
