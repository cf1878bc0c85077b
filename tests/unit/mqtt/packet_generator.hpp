#pragma once

#include "protocol/mqtt/packets.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt::test {

// Random well-formed packets, the same ones for the same seed. Each field is left out about half of the time. A packet
// for MQTT 3.1.1 holds only what 3.1.1 can say. What the packets refer to lives as long as their generator.
class PacketGenerator {
 public:
  explicit PacketGenerator(std::uint64_t seed) : random_(seed) {}

  Packet packet(PacketType type, Version version);

 private:
  Connect connect(Version version);
  Will will(Version version);
  Connack connack(Version version);
  Publish publish(Version version);
  Subscribe subscribe(Version version);
  Suback suback(Version version);
  Unsubscribe unsubscribe(Version version);
  Unsuback unsuback(Version version);
  Disconnect disconnect(Version version);
  Auth auth();
  template <PacketType Type>
  PublishReply<Type> publish_reply(Version version);
  MessageProperties message_properties();
  UserProperties user_properties();

  bool coin() { return below(2) == 0; }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::uint32_t number(std::uint32_t minimum, std::uint32_t maximum);
  std::uint16_t packet_id() { return static_cast<std::uint16_t>(number(1, 0xFFFF)); }
  QoS qos() { return static_cast<QoS>(below(3)); }
  ReasonCode reason(PacketType type);
  std::string_view keep(std::string text);
  std::string_view text();
  std::string_view binary();
  std::string_view topic();
  std::string_view filter();
  template <class Make>
  auto maybe(Make make) -> std::optional<decltype(make())> {
    if (coin()) return std::nullopt;
    return make();
  }

  std::mt19937_64 random_;
  std::deque<std::string> texts_;
  std::deque<std::vector<UserProperty>> user_properties_;
  std::deque<std::vector<std::uint32_t>> subscription_ids_;
  std::deque<std::vector<Subscription>> subscriptions_;
  std::deque<std::vector<std::string_view>> filters_;
  std::deque<std::vector<ReasonCode>> reasons_;
};

}  // namespace lobbyd::mqtt::test
