#pragma once

#include "protocol/mqtt/broker_url.hpp"
#include "service/system/file_descriptor.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::upstream {

// A blocking MQTT 3.1.1 client of a few packets, independent of the engine under test. Every wait has a deadline;
// whatever goes wrong throws std::runtime_error.
class RawMqttClient {
 public:
  // Connects to a Unix socket, or to a TCP port on 127.0.0.1, with a clean session.
  explicit RawMqttClient(const mqtt::BrokerUrl& endpoint);

  // QoS 1; returns once the broker has taken all of them.
  void publish_retained(const std::vector<std::pair<std::string, std::string>>& messages);

  // Subscribes at the QoS and returns the first `count` retained messages, acknowledged.
  std::map<std::string, std::string> read_retained(std::string_view filter, int qos, std::size_t count);

 private:
  struct Packet {
    std::uint8_t first_byte;
    std::string body;
  };

  void send(std::string_view bytes);
  std::string receive(std::size_t bytes);
  Packet receive_packet();
  Packet expect(std::uint8_t type);

  FileDescriptor socket_;
  std::string received_;
};

}  // namespace lobbyd::upstream
