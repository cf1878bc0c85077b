#include "tests/bench/load/mqtt_client.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace lobbyd::load {
namespace {

using mqtt::Version;

// A second connection of one id would end the first.
std::string new_client_id() {
  static std::uint64_t last = 0;
  return "bench-" + std::to_string(++last);
}

void require(mqtt::ReasonCode reason) {
  if (is_failure(reason)) throw std::runtime_error("the broker refuses: " + std::string(name(reason)));
}

}  // namespace

template <class Packet>
std::string_view MqttSession::encoded(const Packet& packet) {
  packet_.clear();
  if (const auto done = encode(packet, Version::v5, packet_); !done) {
    throw std::logic_error(std::string(describe(done.error())));
  }
  return packet_;
}

std::string_view MqttSession::connect(std::string_view client_id) {
  return encoded(mqtt::Connect{.client_id = client_id});
}

std::string_view MqttSession::subscribe(std::span<const std::string> filters) {
  std::vector<mqtt::Subscription> subscriptions;
  for (const auto& filter : filters) subscriptions.push_back({.filter = filter});
  return encoded(mqtt::Subscribe{.packet_id = 65'535, .subscriptions = subscriptions});
}

std::string_view MqttSession::publish(const Message& message) {
  mqtt::Publish packet{
      .topic = message.topic, .payload = message.payload, .qos = message.qos, .retain = message.retain};
  if (message.qos != QoS::at_most_once) {
    packet_id_ = static_cast<std::uint16_t>(packet_id_ % 65'534 + 1);
    packet.packet_id = packet_id_;
  }
  return encoded(packet);
}

std::size_t MqttSession::read(std::string_view bytes, Client& client, Observer& observer, Time read_at) {
  std::size_t used = 0;
  while (client.is_open()) {
    const std::size_t size = read_packet(bytes.substr(used), client, observer, read_at);
    if (size == 0) break;
    used += size;
  }
  return used;
}

std::size_t MqttSession::read_packet(std::string_view bytes, Client& client, Observer& observer, Time read_at) {
  const auto header = mqtt::read_fixed_header(bytes, std::numeric_limits<std::uint32_t>::max());
  if (!header) throw std::runtime_error("the broker sent what is no MQTT");
  if (!*header || bytes.size() < (*header)->packet_size()) return 0;
  const std::string_view body = bytes.substr((*header)->size);
  if ((*header)->type == mqtt::PacketType::publish) {
    const auto message = decoder_.decode_publish(**header, body);
    if (!message) throw std::runtime_error("the broker sent a malformed PUBLISH");
    observer.on_message(client, message->payload, read_at);
  } else {
    const auto packet = decoder_.decode(**header, body);
    if (!packet) throw std::runtime_error("the broker sent a malformed packet");
    tell(*packet, client, observer);
  }
  return (*header)->packet_size();
}

void MqttSession::tell(const mqtt::Packet& packet, Client& client, Observer& observer) {
  if (const auto* connack = std::get_if<mqtt::Connack>(&packet)) {
    require(connack->reason);
    observer.on_ready(client);
  } else if (const auto* suback = std::get_if<mqtt::Suback>(&packet)) {
    std::ranges::for_each(suback->reasons, require);
    observer.on_subscribed(client);
  } else if (const auto* puback = std::get_if<mqtt::Puback>(&packet)) {
    require(puback->reason);
    observer.on_published(client);
  } else {
    throw std::runtime_error("the broker sent a packet that nobody expected");
  }
}

void MqttClient::on_connected() {
  output() += session_.connect(new_client_id());
}

void MqttWebSocketClient::on_upgraded() {
  incomplete_.clear();
  send_packet(session_.connect(new_client_id()));
}

void MqttWebSocketClient::on_frame(std::span<char> payload) {
  const std::string_view bytes(payload.data(), payload.size());
  if (incomplete_.empty()) {
    incomplete_ = bytes.substr(session_.read(bytes, *this, observer(), read_at()));
    return;
  }
  incomplete_ += bytes;
  incomplete_.erase(0, session_.read(incomplete_, *this, observer(), read_at()));
}

}  // namespace lobbyd::load
