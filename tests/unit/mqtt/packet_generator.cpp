#include "tests/unit/mqtt/packet_generator.hpp"

#include "protocol/mqtt/reason_codes.hpp"

#include <cstddef>
#include <utility>

namespace lobbyd::mqtt::test {

Packet PacketGenerator::packet(PacketType type, Version version) {
  switch (type) {
    case PacketType::connect:
      return connect(version);
    case PacketType::connack:
      return connack(version);
    case PacketType::publish:
      return publish(version);
    case PacketType::puback:
      return publish_reply<PacketType::puback>(version);
    case PacketType::pubrec:
      return publish_reply<PacketType::pubrec>(version);
    case PacketType::pubrel:
      return publish_reply<PacketType::pubrel>(version);
    case PacketType::pubcomp:
      return publish_reply<PacketType::pubcomp>(version);
    case PacketType::subscribe:
      return subscribe(version);
    case PacketType::suback:
      return suback(version);
    case PacketType::unsubscribe:
      return unsubscribe(version);
    case PacketType::unsuback:
      return unsuback(version);
    case PacketType::pingreq:
      return Pingreq{};
    case PacketType::pingresp:
      return Pingresp{};
    case PacketType::disconnect:
      return disconnect(version);
    case PacketType::auth:
      break;
  }
  return auth();
}

Connect PacketGenerator::connect(Version version) {
  Connect packet;
  packet.version = version;
  packet.keep_alive = static_cast<std::uint16_t>(number(0, 0xFFFF));
  packet.client_id = text();
  packet.clean_start = coin() || packet.client_id.empty();
  packet.will = maybe([&] { return will(version); });
  packet.username = maybe([&] { return text(); });
  if (version == Version::v3_1_1) {
    if (packet.username) packet.password = maybe([&] { return binary(); });
    return packet;
  }
  packet.password = maybe([&] { return binary(); });
  packet.session_expiry = coin() ? 0 : number(0, 0xFFFFFFFF);
  packet.receive_maximum = maybe([&] { return static_cast<std::uint16_t>(number(1, 0xFFFF)); });
  packet.maximum_packet_size = maybe([&] { return number(1, 0xFFFFFFFF); });
  packet.topic_alias_maximum = coin() ? std::uint16_t{0} : static_cast<std::uint16_t>(number(0, 0xFFFF));
  packet.request_response_information = coin();
  packet.request_problem_information = coin();
  packet.authentication_method = maybe([&] { return text(); });
  if (packet.authentication_method) packet.authentication_data = maybe([&] { return binary(); });
  packet.user_properties = user_properties();
  return packet;
}

Will PacketGenerator::will(Version version) {
  Will will;
  will.topic = topic();
  will.payload = binary();
  will.qos = qos();
  will.retain = coin();
  if (version == Version::v3_1_1) return will;
  will.delay_interval = coin() ? 0 : number(0, 0xFFFFFFFF);
  will.properties = message_properties();
  return will;
}

Connack PacketGenerator::connack(Version version) {
  Connack packet;
  if (version == Version::v3_1_1) {
    packet.reason = *from_connack_return_code(static_cast<std::uint8_t>(below(6)));
    packet.session_present = packet.reason == ReasonCode::success && coin();
    return packet;
  }
  packet.reason = reason(PacketType::connack);
  packet.session_present = packet.reason == ReasonCode::success && coin();
  packet.session_expiry = maybe([&] { return number(0, 0xFFFFFFFF); });
  packet.receive_maximum = maybe([&] { return static_cast<std::uint16_t>(number(1, 0xFFFF)); });
  packet.maximum_qos = maybe([&] { return static_cast<QoS>(below(2)); });
  packet.retain_available = maybe([&] { return coin(); });
  packet.maximum_packet_size = maybe([&] { return number(1, 0xFFFFFFFF); });
  packet.assigned_client_id = maybe([&] { return text(); });
  packet.topic_alias_maximum = maybe([&] { return static_cast<std::uint16_t>(number(0, 0xFFFF)); });
  packet.reason_string = maybe([&] { return text(); });
  packet.user_properties = user_properties();
  packet.wildcard_available = maybe([&] { return coin(); });
  packet.subscription_identifiers_available = maybe([&] { return coin(); });
  packet.shared_available = maybe([&] { return coin(); });
  packet.server_keep_alive = maybe([&] { return static_cast<std::uint16_t>(number(0, 0xFFFF)); });
  packet.response_information = maybe([&] { return text(); });
  packet.server_reference = maybe([&] { return text(); });
  packet.authentication_method = maybe([&] { return text(); });
  packet.authentication_data = maybe([&] { return binary(); });
  return packet;
}

Publish PacketGenerator::publish(Version version) {
  Publish packet;
  packet.topic = topic();
  packet.payload = binary();
  packet.qos = qos();
  packet.retain = coin();
  if (packet.qos != QoS::at_most_once) {
    packet.duplicate = coin();
    packet.packet_id = packet_id();
  }
  if (version == Version::v3_1_1) return packet;
  packet.topic_alias = maybe([&] { return static_cast<std::uint16_t>(number(1, 0xFFFF)); });
  if (packet.topic_alias && coin()) packet.topic = {};
  packet.properties = message_properties();
  auto& ids = subscription_ids_.emplace_back(below(4));
  for (std::uint32_t& id : ids) id = number(1, 268'435'455);
  packet.subscription_ids = ids;
  return packet;
}

template <PacketType Type>
PublishReply<Type> PacketGenerator::publish_reply(Version version) {
  PublishReply<Type> packet;
  packet.packet_id = packet_id();
  if (version == Version::v3_1_1) return packet;
  packet.reason = reason(Type);
  packet.reason_string = maybe([&] { return text(); });
  packet.user_properties = user_properties();
  return packet;
}

Subscribe PacketGenerator::subscribe(Version version) {
  Subscribe packet;
  packet.packet_id = packet_id();
  auto& subscriptions = subscriptions_.emplace_back(1 + below(4));
  for (Subscription& subscription : subscriptions) {
    subscription.filter = filter();
    subscription.qos = qos();
    if (version == Version::v3_1_1) continue;
    subscription.no_local = coin() && !subscription.filter.starts_with("$share/");
    subscription.retain_as_published = coin();
    subscription.retain_handling = static_cast<RetainHandling>(below(3));
  }
  packet.subscriptions = subscriptions;
  if (version == Version::v3_1_1) return packet;
  packet.subscription_id = maybe([&] { return number(1, 268'435'455); });
  packet.user_properties = user_properties();
  return packet;
}

Suback PacketGenerator::suback(Version version) {
  Suback packet;
  packet.packet_id = packet_id();
  auto& reasons = reasons_.emplace_back(1 + below(5));
  for (ReasonCode& code : reasons) {
    code = reason(PacketType::suback);
    if (version == Version::v3_1_1) code = *from_suback_return_code(to_suback_return_code(code));
  }
  packet.reasons = reasons;
  if (version == Version::v3_1_1) return packet;
  packet.reason_string = maybe([&] { return text(); });
  packet.user_properties = user_properties();
  return packet;
}

Unsubscribe PacketGenerator::unsubscribe(Version version) {
  Unsubscribe packet;
  packet.packet_id = packet_id();
  auto& filters = filters_.emplace_back(1 + below(4));
  for (std::string_view& each : filters) each = filter();
  packet.filters = filters;
  if (version == Version::v5) packet.user_properties = user_properties();
  return packet;
}

Unsuback PacketGenerator::unsuback(Version version) {
  Unsuback packet;
  packet.packet_id = packet_id();
  if (version == Version::v3_1_1) return packet;
  auto& reasons = reasons_.emplace_back(1 + below(5));
  for (ReasonCode& code : reasons) code = reason(PacketType::unsuback);
  packet.reasons = reasons;
  packet.reason_string = maybe([&] { return text(); });
  packet.user_properties = user_properties();
  return packet;
}

Disconnect PacketGenerator::disconnect(Version version) {
  Disconnect packet;
  if (version == Version::v3_1_1) return packet;
  packet.reason = reason(PacketType::disconnect);
  packet.session_expiry = maybe([&] { return number(0, 0xFFFFFFFF); });
  packet.reason_string = maybe([&] { return text(); });
  packet.server_reference = maybe([&] { return text(); });
  packet.user_properties = user_properties();
  return packet;
}

Auth PacketGenerator::auth() {
  Auth packet;
  if (below(8) == 0) return packet;
  packet.reason = reason(PacketType::auth);
  packet.authentication_method = text();
  packet.authentication_data = maybe([&] { return binary(); });
  packet.reason_string = maybe([&] { return text(); });
  packet.user_properties = user_properties();
  return packet;
}

MessageProperties PacketGenerator::message_properties() {
  MessageProperties properties;
  properties.payload_is_utf8 = maybe([&] { return coin(); });
  properties.message_expiry = maybe([&] { return number(0, 0xFFFFFFFF); });
  properties.content_type = maybe([&] { return text(); });
  properties.response_topic = maybe([&] { return topic(); });
  properties.correlation_data = maybe([&] { return binary(); });
  properties.user_properties = user_properties();
  return properties;
}

UserProperties PacketGenerator::user_properties() {
  if (coin()) return {};
  auto& properties = user_properties_.emplace_back(below(4));
  for (UserProperty& property : properties) property = {text(), text()};
  return properties;
}

// Both ends are as likely as everything between them, since faults live there.
std::uint32_t PacketGenerator::number(std::uint32_t minimum, std::uint32_t maximum) {
  switch (below(4)) {
    case 0:
      return minimum;
    case 1:
      return maximum;
    default:
      return static_cast<std::uint32_t>(minimum + below(std::uint64_t{maximum} - minimum + 1));
  }
}

ReasonCode PacketGenerator::reason(PacketType type) {
  while (true) {
    if (const auto code = reason_code_for(type, static_cast<std::uint8_t>(below(256)))) return *code;
  }
}

std::string_view PacketGenerator::keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

std::string_view PacketGenerator::text() {
  constexpr std::string_view pieces[] = {"a", "Z", " ", "é", "漢", "😀", "\xEF\xBB\xBF", "/", "\x7F", "long enough"};
  std::string result;
  const std::uint64_t count = below(8);
  for (std::uint64_t i = 0; i < count; ++i) result += pieces[below(std::size(pieces))];
  return keep(std::move(result));
}

// Now and then so long that the remaining length takes two bytes, and seldom so long that it takes three.
std::string_view PacketGenerator::binary() {
  constexpr std::uint64_t limits[] = {1, 4, 4, 40, 40, 300};
  const std::uint64_t limit = below(50) == 0 ? 20'000 : limits[below(std::size(limits))];
  std::string result(below(limit), '\0');
  for (char& byte : result) byte = static_cast<char>(below(256));
  return keep(std::move(result));
}

std::string_view PacketGenerator::topic() {
  constexpr std::string_view levels[] = {"a", "bc", "", "ü", "$SYS", "game-7"};
  std::string result(levels[below(2)]);
  const std::uint64_t count = below(4);
  for (std::uint64_t i = 0; i < count; ++i) result.append("/").append(levels[below(std::size(levels))]);
  return keep(std::move(result));
}

std::string_view PacketGenerator::filter() {
  constexpr std::string_view levels[] = {"a", "", "+", "漢", "x y"};
  std::string result(below(4) == 0 ? "$share/group/" : "");
  const std::uint64_t count = below(4);
  for (std::uint64_t i = 0; i < count; ++i) result.append(levels[below(std::size(levels))]).append("/");
  return keep(result += coin() ? "#" : "end");
}

}  // namespace lobbyd::mqtt::test
