#pragma once

// The properties of each packet in the order in which they are written (MQTT5 §2.2.2). One that is absent or at its
// default is left out. Each function serves both sinks of byte_sink.hpp.

#include "protocol/mqtt/byte_sink.hpp"
#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/properties.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace lobbyd::mqtt {

// All identifiers are below 128, so that each is one byte.
template <class Sink>
void put(Sink& sink, PropertyId id, std::uint32_t value) {
  const PropertyRule& rule = property_rule(id);
  sink.check_range(rule, value);
  sink.byte(static_cast<std::uint8_t>(id));
  switch (rule.type) {
    case PropertyType::byte:
      return sink.byte(static_cast<std::uint8_t>(value));
    case PropertyType::two_byte_integer:
      return sink.uint16(static_cast<std::uint16_t>(value));
    case PropertyType::four_byte_integer:
      return sink.uint32(value);
    case PropertyType::variable_byte_integer:
      return sink.variable_byte_integer(value);
    case PropertyType::utf8_string:
    case PropertyType::utf8_string_pair:
    case PropertyType::binary_data:
    case PropertyType::undefined:
      return;
  }
}

template <class Sink>
void put(Sink& sink, PropertyId id, std::string_view value) {
  sink.byte(static_cast<std::uint8_t>(id));
  sink.text(value);
}

template <class Sink, class Value>
void put(Sink& sink, PropertyId id, const std::optional<Value>& value) {
  if (value) put(sink, id, *value);
}

template <class Sink>
void put(Sink& sink, UserProperties user_properties) {
  for (const UserProperty& property : user_properties) {
    put(sink, PropertyId::user_property, property.key);
    sink.text(property.value);
  }
}

template <class Sink>
void put_properties(Sink& sink, const MessageProperties& properties) {
  put(sink, PropertyId::payload_format_indicator, properties.payload_is_utf8);
  put(sink, PropertyId::message_expiry_interval, properties.message_expiry);
  put(sink, PropertyId::content_type, properties.content_type);
  put(sink, PropertyId::response_topic, properties.response_topic);
  put(sink, PropertyId::correlation_data, properties.correlation_data);
  put(sink, properties.user_properties);
}

template <class Sink>
void put_properties(Sink& sink, const Will& will) {
  if (will.delay_interval != 0) put(sink, PropertyId::will_delay_interval, will.delay_interval);
  put_properties(sink, will.properties);
}

template <class Sink>
void put_properties(Sink& sink, const Connect& packet) {
  if (packet.session_expiry != 0) put(sink, PropertyId::session_expiry_interval, packet.session_expiry);
  put(sink, PropertyId::receive_maximum, packet.receive_maximum);
  put(sink, PropertyId::maximum_packet_size, packet.maximum_packet_size);
  if (packet.topic_alias_maximum != 0) put(sink, PropertyId::topic_alias_maximum, packet.topic_alias_maximum);
  if (packet.request_response_information) put(sink, PropertyId::request_response_information, 1U);
  if (!packet.request_problem_information) put(sink, PropertyId::request_problem_information, 0U);
  put(sink, PropertyId::authentication_method, packet.authentication_method);
  put(sink, PropertyId::authentication_data, packet.authentication_data);
  put(sink, packet.user_properties);
}

template <class Sink>
void put_properties(Sink& sink, const Connack& packet) {
  put(sink, PropertyId::session_expiry_interval, packet.session_expiry);
  put(sink, PropertyId::receive_maximum, packet.receive_maximum);
  if (packet.maximum_qos) put(sink, PropertyId::maximum_qos, static_cast<std::uint32_t>(*packet.maximum_qos));
  put(sink, PropertyId::retain_available, packet.retain_available);
  put(sink, PropertyId::maximum_packet_size, packet.maximum_packet_size);
  put(sink, PropertyId::assigned_client_identifier, packet.assigned_client_id);
  put(sink, PropertyId::topic_alias_maximum, packet.topic_alias_maximum);
  put(sink, PropertyId::reason_string, packet.reason_string);
  put(sink, packet.user_properties);
  put(sink, PropertyId::wildcard_subscription_available, packet.wildcard_available);
  put(sink, PropertyId::subscription_identifier_available, packet.subscription_identifiers_available);
  put(sink, PropertyId::shared_subscription_available, packet.shared_available);
  put(sink, PropertyId::server_keep_alive, packet.server_keep_alive);
  put(sink, PropertyId::response_information, packet.response_information);
  put(sink, PropertyId::server_reference, packet.server_reference);
  put(sink, PropertyId::authentication_method, packet.authentication_method);
  put(sink, PropertyId::authentication_data, packet.authentication_data);
}

template <class Sink>
void put_properties(Sink& sink, const Publish& packet) {
  put(sink, PropertyId::topic_alias, packet.topic_alias);
  put_properties(sink, packet.properties);
  for (const std::uint32_t subscription_id : packet.subscription_ids) {
    put(sink, PropertyId::subscription_identifier, subscription_id);
  }
}

template <class Sink, PacketType Type>
void put_properties(Sink& sink, const PublishReply<Type>& packet) {
  put(sink, PropertyId::reason_string, packet.reason_string);
  put(sink, packet.user_properties);
}

template <class Sink>
void put_properties(Sink& sink, const Subscribe& packet) {
  put(sink, PropertyId::subscription_identifier, packet.subscription_id);
  put(sink, packet.user_properties);
}

template <class Sink, PacketType Type>
void put_properties(Sink& sink, const SubscriptionReply<Type>& packet) {
  put(sink, PropertyId::reason_string, packet.reason_string);
  put(sink, packet.user_properties);
}

template <class Sink>
void put_properties(Sink& sink, const Unsubscribe& packet) {
  put(sink, packet.user_properties);
}

template <class Sink>
void put_properties(Sink& sink, const Disconnect& packet) {
  put(sink, PropertyId::session_expiry_interval, packet.session_expiry);
  put(sink, PropertyId::reason_string, packet.reason_string);
  put(sink, PropertyId::server_reference, packet.server_reference);
  put(sink, packet.user_properties);
}

template <class Sink>
void put_properties(Sink& sink, const Auth& packet) {
  put(sink, PropertyId::authentication_method, packet.authentication_method);
  put(sink, PropertyId::authentication_data, packet.authentication_data);
  put(sink, PropertyId::reason_string, packet.reason_string);
  put(sink, packet.user_properties);
}

// The size of the properties themselves, without the property length before them.
template <class Packet>
std::size_t properties_size(const Packet& packet) {
  SizeSink size;
  put_properties(size, packet);
  return size.size();
}

// The whole section: the property length, then the properties.
template <class Sink, class Packet>
void put_property_section(Sink& sink, const Packet& packet) {
  sink.variable_byte_integer(properties_size(packet));
  put_properties(sink, packet);
}

}  // namespace lobbyd::mqtt
