#include "protocol/mqtt/decoder.hpp"

#include "protocol/mqtt/reason_codes.hpp"
#include "protocol/mqtt/topic.hpp"

namespace lobbyd::mqtt {
namespace {

// MQTT5 §2.1.3
constexpr std::uint8_t fixed_flags(PacketType type) {
  const bool has_flag = type == PacketType::pubrel || type == PacketType::subscribe || type == PacketType::unsubscribe;
  return has_flag ? 0x02 : 0x00;
}

// MQTT5 §3.3.1
constexpr std::uint8_t qos_bits(std::uint8_t flags) {
  return flags >> 1 & 0x03;
}
constexpr bool is_duplicate(std::uint8_t flags) {
  return (flags & 0x08) != 0;
}
constexpr bool is_retained(std::uint8_t flags) {
  return (flags & 0x01) != 0;
}

std::optional<DecodeError> check_first_byte(std::uint8_t type_bits, std::uint8_t flags) {
  if (type_bits == 0) return DecodeError::packet_type_reserved;
  const auto type = static_cast<PacketType>(type_bits);
  if (type != PacketType::publish) {
    if (flags != fixed_flags(type)) return DecodeError::fixed_header_flags_reserved;
    return std::nullopt;
  }
  if (qos_bits(flags) == 3) return DecodeError::publish_qos_invalid;
  if (qos_bits(flags) == 0 && is_duplicate(flags)) return DecodeError::publish_duplicate_at_qos_0;
  return std::nullopt;
}

ByteReader reader_of(const FixedHeader& header, std::string_view body) {
  ByteReader reader(body.substr(0, header.remaining_length));
  reader.require(body.size() >= header.remaining_length, DecodeError::body_incomplete);
  return reader;
}

}  // namespace

std::expected<std::optional<FixedHeader>, DecodeError> read_fixed_header(std::string_view bytes,
                                                                         std::uint32_t maximum_packet_size) {
  if (bytes.empty()) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(bytes.front());
  const auto type_bits = static_cast<std::uint8_t>(first >> 4);
  const auto flags = static_cast<std::uint8_t>(first & 0x0F);
  if (const auto error = check_first_byte(type_bits, flags)) return std::unexpected(*error);

  const std::string_view length_bytes = bytes.substr(1);
  ByteReader reader(length_bytes);
  const std::uint32_t remaining_length = reader.read_variable_byte_integer();
  if (reader.error() == DecodeError::field_beyond_end) return std::nullopt;
  if (const auto error = reader.error()) return std::unexpected(*error);
  const FixedHeader header{.type = static_cast<PacketType>(type_bits),
                           .flags = flags,
                           .remaining_length = remaining_length,
                           .size = static_cast<std::uint8_t>(1 + length_bytes.size() - reader.remaining())};
  if (header.packet_size() > maximum_packet_size) return std::unexpected(DecodeError::packet_too_large);
  return header;
}

std::expected<Packet, DecodeError> Decoder::decode(const FixedHeader& header, std::string_view body) {
  ByteReader reader = reader_of(header, body);
  Packet packet = read_packet(header, reader);
  reader.require_end();
  if (const auto error = reader.error()) return std::unexpected(*error);
  if (const auto* connect = std::get_if<Connect>(&packet)) version_ = connect->version;
  return packet;
}

std::expected<Publish, DecodeError> Decoder::decode_publish(const FixedHeader& header, std::string_view body) {
  ByteReader reader = reader_of(header, body);
  const Publish packet = read_publish(header.flags, reader);
  if (const auto error = reader.error()) return std::unexpected(*error);
  return packet;
}

Packet Decoder::read_packet(const FixedHeader& header, ByteReader& reader) {
  switch (header.type) {
    case PacketType::connect:
      return read_connect(reader);
    case PacketType::connack:
      return read_connack(reader);
    case PacketType::publish:
      return read_publish(header.flags, reader);
    case PacketType::puback:
      return read_publish_reply<PacketType::puback>(reader);
    case PacketType::pubrec:
      return read_publish_reply<PacketType::pubrec>(reader);
    case PacketType::pubrel:
      return read_publish_reply<PacketType::pubrel>(reader);
    case PacketType::pubcomp:
      return read_publish_reply<PacketType::pubcomp>(reader);
    case PacketType::subscribe:
      return read_subscribe(reader);
    case PacketType::suback:
      return read_suback(reader);
    case PacketType::unsubscribe:
      return read_unsubscribe(reader);
    case PacketType::unsuback:
      return read_unsuback(reader);
    case PacketType::pingreq:
      return Pingreq{};
    case PacketType::pingresp:
      return Pingresp{};
    case PacketType::disconnect:
      return read_disconnect(reader);
    case PacketType::auth:
      return read_auth(reader);
  }
  reader.fail(DecodeError::packet_type_reserved);
  return Pingreq{};
}

Publish Decoder::read_publish(std::uint8_t flags, ByteReader& reader) {
  Publish packet;
  packet.qos = static_cast<QoS>(qos_bits(flags));
  packet.retain = is_retained(flags);
  packet.duplicate = is_duplicate(flags);
  packet.topic = reader.read_string();
  reader.require(!has_wildcard(packet.topic), DecodeError::topic_has_wildcard);
  if (packet.qos != QoS::at_most_once) packet.packet_id = reader.read_packet_id();
  if (version_ == Version::v5) {
    properties_.read(reader, place_of(PacketType::publish));
    packet.topic_alias = properties_.uint16(PropertyId::topic_alias);
    packet.properties = properties_.message_properties();
    packet.subscription_ids = properties_.subscription_ids();
  }
  reader.require(!packet.topic.empty() || packet.topic_alias, DecodeError::topic_missing);
  packet.payload = reader.read_rest();
  return packet;
}

// Any byte becomes a code here; one that the packet may not carry becomes the reader's error.
ReasonCode Decoder::read_reason(ByteReader& reader, PacketType type) {
  const auto reason = reason_code_for(type, reader.read_byte());
  reader.require(reason.has_value(), DecodeError::reason_code_not_allowed);
  return reason.value_or(ReasonCode::success);
}

// A reply may end after its packet identifier, or after its reason code (MQTT5 §3.4.2.1, §3.4.2.2.1).
template <PacketType Type>
PublishReply<Type> Decoder::read_publish_reply(ByteReader& reader) {
  PublishReply<Type> packet;
  packet.packet_id = reader.read_packet_id();
  if (version_ != Version::v5 || reader.at_end()) return packet;
  packet.reason = read_reason(reader, Type);
  if (reader.at_end()) return packet;
  properties_.read(reader, place_of(Type));
  packet.reason_string = properties_.text(PropertyId::reason_string);
  packet.user_properties = properties_.user_properties();
  return packet;
}

// A DISCONNECT may be empty, or end after its reason code (MQTT5 §3.14.2.1, §3.14.2.2.1).
Disconnect Decoder::read_disconnect(ByteReader& reader) {
  Disconnect packet;
  if (version_ != Version::v5 || reader.at_end()) return packet;
  packet.reason = read_reason(reader, PacketType::disconnect);
  if (reader.at_end()) return packet;
  properties_.read(reader, place_of(PacketType::disconnect));
  packet.session_expiry = properties_.uint32(PropertyId::session_expiry_interval);
  packet.reason_string = properties_.text(PropertyId::reason_string);
  packet.server_reference = properties_.text(PropertyId::server_reference);
  packet.user_properties = properties_.user_properties();
  return packet;
}

// An AUTH may be empty, but not end after its reason code. The method is missing in the empty one alone
// (MQTT5 §3.15.2.1, §3.15.2.2.2).
Auth Decoder::read_auth(ByteReader& reader) {
  Auth packet;
  if (!reader.require(version_ == Version::v5, DecodeError::packet_type_not_in_version)) return packet;
  if (reader.at_end()) return packet;
  packet.reason = read_reason(reader, PacketType::auth);
  properties_.read(reader, place_of(PacketType::auth));
  packet.authentication_method = properties_.text(PropertyId::authentication_method);
  reader.require(packet.authentication_method.has_value(), DecodeError::authentication_method_missing);
  packet.authentication_data = properties_.text(PropertyId::authentication_data);
  packet.reason_string = properties_.text(PropertyId::reason_string);
  packet.user_properties = properties_.user_properties();
  return packet;
}

}  // namespace lobbyd::mqtt
