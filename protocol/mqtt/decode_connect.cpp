// CONNECT and CONNACK (MQTT5 §3.1, §3.2; MQTT3 §3.1, §3.2).

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/reason_codes.hpp"
#include "protocol/mqtt/topic.hpp"

namespace lobbyd::mqtt {
namespace {

// MQTT5 §3.1.2.3
struct ConnectFlags {
  std::uint8_t bits;

  bool user_name() const { return (bits & 0x80) != 0; }
  bool password() const { return (bits & 0x40) != 0; }
  bool will_retain() const { return (bits & 0x20) != 0; }
  std::uint8_t will_qos() const { return bits >> 3 & 0x03; }
  bool will() const { return (bits & 0x04) != 0; }
  bool clean_start() const { return (bits & 0x02) != 0; }
  bool reserved() const { return (bits & 0x01) != 0; }
};

Version read_version(ByteReader& reader) {
  reader.require(reader.read_binary() == "MQTT", DecodeError::protocol_name_invalid);
  const auto version = static_cast<Version>(reader.read_byte());
  reader.require(version == Version::v3_1_1 || version == Version::v5, DecodeError::protocol_version_unsupported);
  return version;
}

ConnectFlags read_flags(ByteReader& reader, Version version) {
  const ConnectFlags flags{reader.read_byte()};
  reader.require(!flags.reserved(), DecodeError::connect_flag_reserved);
  if (flags.will()) {
    reader.require(flags.will_qos() != 3, DecodeError::will_qos_invalid);
  } else {
    reader.require(flags.will_qos() == 0 && !flags.will_retain(), DecodeError::will_flags_without_will);
  }
  if (version == Version::v3_1_1) {
    reader.require(flags.user_name() || !flags.password(), DecodeError::password_without_user_name);
  }
  return flags;
}

}  // namespace

Connect Decoder::read_connect(ByteReader& reader) {
  Connect packet;
  packet.version = read_version(reader);
  const ConnectFlags flags = read_flags(reader, packet.version);
  packet.clean_start = flags.clean_start();
  packet.keep_alive = reader.read_uint16();
  if (packet.version == Version::v5) read_connect_properties(reader, packet);
  packet.client_id = reader.read_string();
  if (packet.version == Version::v3_1_1) {
    reader.require(!packet.client_id.empty() || packet.clean_start, DecodeError::client_id_empty_without_clean_session);
  }
  if (flags.will()) {
    packet.will = read_will(reader, packet.version);
    packet.will->qos = static_cast<QoS>(flags.will_qos());
    packet.will->retain = flags.will_retain();
  }
  if (flags.user_name()) packet.username = reader.read_string();
  if (flags.password()) packet.password = reader.read_binary();
  return packet;
}

void Decoder::read_connect_properties(ByteReader& reader, Connect& packet) {
  const PropertySet& properties = properties_;
  properties_.read(reader, place_of(PacketType::connect));
  packet.session_expiry = properties.uint32(PropertyId::session_expiry_interval).value_or(packet.session_expiry);
  packet.receive_maximum = properties.uint16(PropertyId::receive_maximum);
  packet.maximum_packet_size = properties.uint32(PropertyId::maximum_packet_size);
  packet.topic_alias_maximum = properties.uint16(PropertyId::topic_alias_maximum).value_or(packet.topic_alias_maximum);
  packet.request_response_information =
      properties.boolean(PropertyId::request_response_information).value_or(packet.request_response_information);
  packet.request_problem_information =
      properties.boolean(PropertyId::request_problem_information).value_or(packet.request_problem_information);
  packet.authentication_method = properties.text(PropertyId::authentication_method);
  packet.authentication_data = properties.text(PropertyId::authentication_data);
  reader.require(packet.authentication_method || !packet.authentication_data,
                 DecodeError::authentication_method_missing);
  packet.user_properties = properties.user_properties();
}

// A set of its own for the will's properties, since those of the CONNECT are still referred to.
Will Decoder::read_will(ByteReader& reader, Version version) {
  Will will;
  if (version == Version::v5) {
    will_properties_.read(reader, PropertyPlace::will);
    will.delay_interval = will_properties_.uint32(PropertyId::will_delay_interval).value_or(will.delay_interval);
    will.properties = will_properties_.message_properties();
  }
  will.topic = reader.read_string();
  reader.require(!will.topic.empty(), DecodeError::will_topic_empty);
  reader.require(!has_wildcard(will.topic), DecodeError::will_topic_has_wildcard);
  will.payload = reader.read_binary();
  return will;
}

Connack Decoder::read_connack(ByteReader& reader) {
  Connack packet;
  const std::uint8_t flags = reader.read_byte();
  reader.require((flags & 0xFE) == 0, DecodeError::connack_flags_reserved);
  packet.session_present = flags != 0;
  if (version_ == Version::v5) {
    packet.reason = read_reason(reader, PacketType::connack);
    read_connack_properties(reader, packet);
  } else {
    const auto reason = from_connack_return_code(reader.read_byte());
    reader.require(reason.has_value(), DecodeError::connack_return_code_reserved);
    packet.reason = reason.value_or(packet.reason);
  }
  reader.require(!packet.session_present || packet.reason == ReasonCode::success,
                 DecodeError::session_present_with_refusal);
  return packet;
}

void Decoder::read_connack_properties(ByteReader& reader, Connack& packet) {
  const PropertySet& properties = properties_;
  properties_.read(reader, place_of(PacketType::connack));
  packet.session_expiry = properties.uint32(PropertyId::session_expiry_interval);
  packet.receive_maximum = properties.uint16(PropertyId::receive_maximum);
  if (const auto at_least_once = properties.boolean(PropertyId::maximum_qos)) {
    packet.maximum_qos = *at_least_once ? QoS::at_least_once : QoS::at_most_once;
  }
  packet.retain_available = properties.boolean(PropertyId::retain_available);
  packet.maximum_packet_size = properties.uint32(PropertyId::maximum_packet_size);
  packet.assigned_client_id = properties.text(PropertyId::assigned_client_identifier);
  packet.topic_alias_maximum = properties.uint16(PropertyId::topic_alias_maximum);
  packet.reason_string = properties.text(PropertyId::reason_string);
  packet.user_properties = properties.user_properties();
  packet.wildcard_available = properties.boolean(PropertyId::wildcard_subscription_available);
  packet.subscription_identifiers_available = properties.boolean(PropertyId::subscription_identifier_available);
  packet.shared_available = properties.boolean(PropertyId::shared_subscription_available);
  packet.server_keep_alive = properties.uint16(PropertyId::server_keep_alive);
  packet.response_information = properties.text(PropertyId::response_information);
  packet.server_reference = properties.text(PropertyId::server_reference);
  packet.authentication_method = properties.text(PropertyId::authentication_method);
  packet.authentication_data = properties.text(PropertyId::authentication_data);
}

}  // namespace lobbyd::mqtt
