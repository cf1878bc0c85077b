#pragma once

// A client of MQTT 5, over TCP and over a WebSocket (MQTT5 §6).

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "tests/bench/load/client.hpp"
#include "tests/bench/load/frames.hpp"

namespace lobbyd::load {

// What both have in common: packets of one client to bytes, and bytes to what the observer is told.
class MqttSession {
 public:
  // Each returns the bytes of one packet, valid until the next call.
  std::string_view connect(std::string_view client_id);
  std::string_view subscribe(std::span<const std::string> filters);
  std::string_view publish(const Message& message);

  // Tells of all whole packets that `bytes` begin with, while the client is open, and says how many bytes they were.
  // Throws std::runtime_error where one is not what was hoped for.
  std::size_t read(std::string_view bytes, Client& client, Observer& observer, Time read_at);

 private:
  // Of one packet; 0 when it is not whole yet.
  std::size_t read_packet(std::string_view bytes, Client& client, Observer& observer, Time read_at);
  template <class Packet>
  std::string_view encoded(const Packet& packet);
  static void tell(const mqtt::Packet& packet, Client& client, Observer& observer);

  mqtt::Decoder decoder_;
  std::string packet_;
  std::uint16_t packet_id_ = 0;
};

class MqttClient final : public Client {
 public:
  using Client::Client;

  void subscribe(std::span<const std::string> filters) override { output() += session_.subscribe(filters); }
  void publish(const Message& message) override { output() += session_.publish(message); }

 private:
  void on_connected() override;
  std::size_t on_bytes(std::span<char> bytes) override {
    return session_.read({bytes.data(), bytes.size()}, *this, observer(), read_at());
  }

  MqttSession session_;
};

class MqttWebSocketClient final : public FrameClient {
 public:
  using FrameClient::FrameClient;

  void subscribe(std::span<const std::string> filters) override { send_packet(session_.subscribe(filters)); }
  void publish(const Message& message) override { send_packet(session_.publish(message)); }

 private:
  void on_connected() override { upgrade("/mqtt", "mqtt"); }
  void on_upgraded() override;
  void on_frame(std::span<char> payload) override;
  void send_packet(std::string_view packet) { send_frame(websocket::Opcode::binary, packet); }

  MqttSession session_;
  std::string incomplete_;  // a packet may lie in several frames
};

}  // namespace lobbyd::load
