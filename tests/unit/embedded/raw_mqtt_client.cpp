#include "tests/unit/embedded/raw_mqtt_client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace lobbyd::upstream {
namespace {

enum PacketType : std::uint8_t { connack = 2, publish = 3, puback = 4, suback = 9 };

std::string two_bytes(std::size_t value) {
  return {static_cast<char>(value >> 8U & 0xffU), static_cast<char>(value & 0xffU)};
}

std::string text(std::string_view value) {
  return two_bytes(value.size()) + std::string(value);
}

std::size_t read_two(std::string_view bytes, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes.at(at))) << 8U |
         static_cast<unsigned char>(bytes.at(at + 1));
}

std::string packet(std::uint8_t first_byte, std::string_view body) {
  std::string bytes(1, static_cast<char>(first_byte));
  auto length = body.size();
  do {
    const auto part = static_cast<std::uint8_t>(length % 128);
    length /= 128;
    bytes += static_cast<char>(length > 0 ? part | 0x80U : part);
  } while (length > 0);
  return bytes.append(body);
}

FileDescriptor open_socket(const mqtt::BrokerUrl& endpoint) {
  const bool local = endpoint.carrier == mqtt::Carrier::unix_socket;
  FileDescriptor descriptor(::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval deadline{20, 0};
  ::setsockopt(descriptor.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  ::setsockopt(descriptor.get(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
  sockaddr_un unix_address{};
  unix_address.sun_family = AF_UNIX;
  std::memcpy(unix_address.sun_path, endpoint.path.data(), endpoint.path.size());
  sockaddr_in tcp_address{};
  tcp_address.sin_family = AF_INET;
  tcp_address.sin_port = htons(endpoint.port);
  tcp_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int result =
      local ? ::connect(descriptor.get(), reinterpret_cast<const sockaddr*>(&unix_address), sizeof unix_address)
            : ::connect(descriptor.get(), reinterpret_cast<const sockaddr*>(&tcp_address), sizeof tcp_address);
  if (result != 0) throw std::runtime_error("cannot connect to " + to_string(endpoint) + ": " + std::strerror(errno));
  return descriptor;
}

}  // namespace

RawMqttClient::RawMqttClient(const mqtt::BrokerUrl& endpoint) : socket_(open_socket(endpoint)) {
  // Level 4, clean session, keep alive 60 s, a client id made by the broker.
  send(packet(0x10, text("MQTT") + "\x04\x02" + two_bytes(60) + text("")));
  if (expect(connack).body.at(1) != 0) throw std::runtime_error("the broker refused the connection");
}

void RawMqttClient::publish_retained(const std::vector<std::pair<std::string, std::string>>& messages) {
  std::string bytes;
  std::size_t packet_id = 0;
  for (const auto& [topic, payload] : messages) bytes += packet(0x33, text(topic) + two_bytes(++packet_id) + payload);
  send(bytes);
  for (std::size_t taken = 0; taken < messages.size(); ++taken) expect(puback);
}

std::map<std::string, std::string> RawMqttClient::read_retained(std::string_view filter, int qos, std::size_t count) {
  send(packet(0x82, two_bytes(1) + text(filter) + static_cast<char>(qos)));
  std::map<std::string, std::string> messages;
  while (messages.size() < count) {
    const auto got = receive_packet();
    if (got.first_byte >> 4U == suback) continue;
    if (got.first_byte >> 4U != publish) throw std::runtime_error("an unexpected packet");
    const auto topic_size = read_two(got.body, 0);
    const bool acknowledged = (got.first_byte & 0x06U) != 0;
    const auto payload_at = 2 + topic_size + (acknowledged ? 2 : 0);
    if (acknowledged) send(packet(0x40, got.body.substr(2 + topic_size, 2)));
    messages[got.body.substr(2, topic_size)] = got.body.substr(payload_at);
  }
  return messages;
}

void RawMqttClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) throw std::runtime_error(std::string("cannot send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string RawMqttClient::receive(std::size_t bytes) {
  while (received_.size() < bytes) {
    std::array<char, 16384> buffer{};
    const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got == 0) throw std::runtime_error("the broker closed the connection");
    if (got < 0) throw std::runtime_error(std::string("cannot receive: ") + std::strerror(errno));
    received_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  auto taken = received_.substr(0, bytes);
  received_.erase(0, bytes);
  return taken;
}

RawMqttClient::Packet RawMqttClient::receive_packet() {
  Packet got{static_cast<std::uint8_t>(receive(1).front()), {}};
  std::size_t length = 0;
  unsigned shift = 0;
  std::uint8_t part = 0;
  do {
    part = static_cast<std::uint8_t>(receive(1).front());
    length |= static_cast<std::size_t>(part & 0x7fU) << shift;
    shift += 7;
  } while ((part & 0x80U) != 0);
  got.body = receive(length);
  return got;
}

RawMqttClient::Packet RawMqttClient::expect(std::uint8_t type) {
  auto got = receive_packet();
  if (got.first_byte >> 4U != type) throw std::runtime_error("an unexpected packet");
  return got;
}

}  // namespace lobbyd::upstream
