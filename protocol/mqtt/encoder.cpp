#include "protocol/mqtt/encoder.hpp"

#include "protocol/mqtt/byte_sink.hpp"
#include "protocol/mqtt/encode_properties.hpp"
#include "protocol/mqtt/reason_codes.hpp"

#include <cassert>
#include <variant>

namespace lobbyd::mqtt {
namespace {

template <class Sink>
void put_packet_id(Sink& sink, std::uint16_t packet_id) {
  sink.require(packet_id != 0, EncodeError::packet_id_zero);
  sink.uint16(packet_id);
}

template <class Sink>
void put_reason(Sink& sink, ReasonCode reason) {
  sink.byte(static_cast<std::uint8_t>(reason));
}

// MQTT5 §3.1.2.3
std::uint8_t connect_flags(const Connect& packet) {
  unsigned flags = packet.clean_start ? 0x02U : 0U;
  if (packet.will) {
    flags |= 0x04U | static_cast<unsigned>(packet.will->qos) << 3;
    if (packet.will->retain) flags |= 0x20U;
  }
  if (packet.password) flags |= 0x40U;
  if (packet.username) flags |= 0x80U;
  return static_cast<std::uint8_t>(flags);
}

template <class Sink>
void put_body(Sink& sink, const Connect& packet, Version) {
  const bool has_properties = packet.version == Version::v5;
  sink.require(has_properties || packet.username || !packet.password, EncodeError::needs_version_5);
  sink.text("MQTT");
  sink.byte(static_cast<std::uint8_t>(packet.version));
  sink.byte(connect_flags(packet));
  sink.uint16(packet.keep_alive);
  if (has_properties) put_property_section(sink, packet);
  sink.text(packet.client_id);
  if (packet.will) {
    if (has_properties) put_property_section(sink, *packet.will);
    sink.text(packet.will->topic);
    sink.text(packet.will->payload);
  }
  if (packet.username) sink.text(*packet.username);
  if (packet.password) sink.text(*packet.password);
}

template <class Sink>
void put_body(Sink& sink, const Connack& packet, Version version) {
  sink.byte(packet.session_present ? 1 : 0);
  if (version == Version::v5) {
    put_reason(sink, packet.reason);
    put_property_section(sink, packet);
  } else {
    sink.byte(to_connack_return_code(packet.reason));
  }
}

template <class Sink>
void put_body(Sink& sink, const Publish& packet, Version version) {
  const bool has_alias = version == Version::v5 && packet.topic_alias;
  sink.require(!packet.topic.empty() || has_alias, EncodeError::topic_missing);
  sink.text(packet.topic);
  if (packet.qos != QoS::at_most_once) put_packet_id(sink, packet.packet_id);
  if (version == Version::v5) put_property_section(sink, packet);
  sink.raw(packet.payload);
}

template <class Sink, PacketType Type>
void put_body(Sink& sink, const PublishReply<Type>& packet, Version version) {
  put_packet_id(sink, packet.packet_id);
  if (version != Version::v5) return;
  const bool has_properties = properties_size(packet) != 0;
  if (packet.reason == ReasonCode::success && !has_properties) return;
  put_reason(sink, packet.reason);
  if (has_properties) put_property_section(sink, packet);
}

// MQTT5 §3.8.3.1
std::uint8_t subscription_options(const Subscription& subscription, Version version) {
  unsigned options = static_cast<unsigned>(subscription.qos);
  if (version == Version::v5) {
    if (subscription.no_local) options |= 0x04U;
    if (subscription.retain_as_published) options |= 0x08U;
    options |= static_cast<unsigned>(subscription.retain_handling) << 4;
  }
  return static_cast<std::uint8_t>(options);
}

template <class Sink>
void put_body(Sink& sink, const Subscribe& packet, Version version) {
  sink.require(!packet.subscriptions.empty(), EncodeError::list_empty);
  put_packet_id(sink, packet.packet_id);
  if (version == Version::v5) put_property_section(sink, packet);
  for (const Subscription& subscription : packet.subscriptions) {
    sink.text(subscription.filter);
    sink.byte(subscription_options(subscription, version));
  }
}

template <class Sink>
void put_body(Sink& sink, const Suback& packet, Version version) {
  sink.require(!packet.reasons.empty(), EncodeError::list_empty);
  put_packet_id(sink, packet.packet_id);
  if (version == Version::v5) {
    put_property_section(sink, packet);
    for (const ReasonCode reason : packet.reasons) put_reason(sink, reason);
  } else {
    for (const ReasonCode reason : packet.reasons) sink.byte(to_suback_return_code(reason));
  }
}

template <class Sink>
void put_body(Sink& sink, const Unsubscribe& packet, Version version) {
  sink.require(!packet.filters.empty(), EncodeError::list_empty);
  put_packet_id(sink, packet.packet_id);
  if (version == Version::v5) put_property_section(sink, packet);
  for (const std::string_view filter : packet.filters) sink.text(filter);
}

template <class Sink>
void put_body(Sink& sink, const Unsuback& packet, Version version) {
  put_packet_id(sink, packet.packet_id);
  if (version != Version::v5) return;
  sink.require(!packet.reasons.empty(), EncodeError::list_empty);
  put_property_section(sink, packet);
  for (const ReasonCode reason : packet.reasons) put_reason(sink, reason);
}

template <class Sink>
void put_body(Sink&, const Pingreq&, Version) {}

template <class Sink>
void put_body(Sink&, const Pingresp&, Version) {}

template <class Sink>
void put_body(Sink& sink, const Disconnect& packet, Version version) {
  if (version != Version::v5) return;
  const bool has_properties = properties_size(packet) != 0;
  if (packet.reason == ReasonCode::success && !has_properties) return;
  put_reason(sink, packet.reason);
  if (has_properties) put_property_section(sink, packet);
}

template <class Sink>
void put_body(Sink& sink, const Auth& packet, Version version) {
  sink.require(version == Version::v5, EncodeError::needs_version_5);
  if (packet.reason == ReasonCode::success && properties_size(packet) == 0) return;
  put_reason(sink, packet.reason);
  put_property_section(sink, packet);
}

constexpr std::uint8_t first_byte(PacketType type, unsigned flags) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags);
}

// MQTT5 §3.3.1
std::uint8_t first_byte(const Publish& packet) {
  unsigned flags = static_cast<unsigned>(packet.qos) << 1;
  if (packet.retain) flags |= 0x01U;
  if (packet.duplicate) flags |= 0x08U;
  return first_byte(PacketType::publish, flags);
}

template <class Packet>
EncodeResult append(std::uint8_t first, const Packet& packet, Version version, std::string& out) {
  SizeSink body;
  put_body(body, packet, version);
  body.require(body.size() <= maximum_variable_byte_integer, EncodeError::packet_too_large);
  if (const auto error = body.error()) return std::unexpected(*error);

  const std::size_t before = out.size();
  const std::size_t after = before + 1 + variable_byte_integer_size(body.size()) + body.size();
  out.resize_and_overwrite(after, [&](char* bytes, std::size_t) {
    WriteSink sink(bytes + before);
    sink.byte(first);
    sink.variable_byte_integer(body.size());
    put_body(sink, packet, version);
    assert(sink.position() == bytes + after);
    return after;
  });
  return {};
}

}  // namespace

std::string_view describe(EncodeError error) {
  switch (error) {
    case EncodeError::string_too_long:
      return "MQTT5 §1.5.4: a string or binary field has more than 65,535 bytes";
    case EncodeError::packet_too_large:
      return "MQTT5 §2.1.4: the packet has more than 268,435,455 bytes";
    case EncodeError::value_out_of_range:
      return "MQTT5 §2.2.2: a property has a value that the standard excludes";
    case EncodeError::packet_id_zero:
      return "MQTT5 §2.2.1: the packet identifier is 0";
    case EncodeError::topic_missing:
      return "MQTT5 §3.3.2.1: a PUBLISH has neither a topic name nor a topic alias";
    case EncodeError::list_empty:
      return "MQTT5 §3.8.3: the packet has no topic filter or no reason code";
    case EncodeError::needs_version_5:
      return "MQTT3 §2.2.1, §3.1.2.9: MQTT 3.1.1 has no such packet";
  }
  return "unknown";
}

EncodeResult encode(const Connect& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::connect, 0), packet, version, out);
}

EncodeResult encode(const Connack& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::connack, 0), packet, version, out);
}

EncodeResult encode(const Publish& packet, Version version, std::string& out) {
  return append(first_byte(packet), packet, version, out);
}

EncodeResult encode(const Puback& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::puback, 0), packet, version, out);
}

EncodeResult encode(const Pubrec& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::pubrec, 0), packet, version, out);
}

EncodeResult encode(const Pubrel& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::pubrel, 0x02), packet, version, out);
}

EncodeResult encode(const Pubcomp& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::pubcomp, 0), packet, version, out);
}

EncodeResult encode(const Subscribe& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::subscribe, 0x02), packet, version, out);
}

EncodeResult encode(const Suback& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::suback, 0), packet, version, out);
}

EncodeResult encode(const Unsubscribe& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::unsubscribe, 0x02), packet, version, out);
}

EncodeResult encode(const Unsuback& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::unsuback, 0), packet, version, out);
}

EncodeResult encode(const Pingreq& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::pingreq, 0), packet, version, out);
}

EncodeResult encode(const Pingresp& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::pingresp, 0), packet, version, out);
}

EncodeResult encode(const Disconnect& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::disconnect, 0), packet, version, out);
}

EncodeResult encode(const Auth& packet, Version version, std::string& out) {
  return append(first_byte(PacketType::auth, 0), packet, version, out);
}

EncodeResult encode(const Packet& packet, Version version, std::string& out) {
  return std::visit([&](const auto& alternative) { return encode(alternative, version, out); }, packet);
}

std::size_t encoded_size(const Publish& packet, Version version) {
  SizeSink body;
  put_body(body, packet, version);
  return 1 + variable_byte_integer_size(body.size()) + body.size();
}

}  // namespace lobbyd::mqtt
