#pragma once

// The table of MQTT5 §2.2.2.2: each property's identifier, data type, range, and the packets that may hold it.

#include "protocol/mqtt/decode_error.hpp"
#include "protocol/mqtt/types.hpp"

#include <cstddef>
#include <cstdint>

namespace lobbyd::mqtt {

enum class PropertyId : std::uint8_t {
  payload_format_indicator = 0x01,
  message_expiry_interval = 0x02,
  content_type = 0x03,
  response_topic = 0x08,
  correlation_data = 0x09,
  subscription_identifier = 0x0B,
  session_expiry_interval = 0x11,
  assigned_client_identifier = 0x12,
  server_keep_alive = 0x13,
  authentication_method = 0x15,
  authentication_data = 0x16,
  request_problem_information = 0x17,
  will_delay_interval = 0x18,
  request_response_information = 0x19,
  response_information = 0x1A,
  server_reference = 0x1C,
  reason_string = 0x1F,
  receive_maximum = 0x21,
  topic_alias_maximum = 0x22,
  topic_alias = 0x23,
  maximum_qos = 0x24,
  retain_available = 0x25,
  user_property = 0x26,
  maximum_packet_size = 0x27,
  wildcard_subscription_available = 0x28,
  subscription_identifier_available = 0x29,
  shared_subscription_available = 0x2A,
};

// The greatest number that a variable byte integer holds (MQTT5 §1.5.5).
inline constexpr std::uint32_t maximum_variable_byte_integer = 268'435'455;

// One more than the greatest identifier: the size of an array that identifiers index.
inline constexpr std::size_t property_id_limit = 0x2B;

enum class PropertyType : std::uint8_t {
  undefined,  // no property has this identifier
  byte,
  two_byte_integer,
  four_byte_integer,
  variable_byte_integer,
  utf8_string,
  utf8_string_pair,
  binary_data,
};

// Where a section of properties stands: in a packet of a type, or before a will's topic. One bit each.
enum class PropertyPlace : std::uint16_t { will = 1 };
constexpr PropertyPlace place_of(PacketType type) {
  return static_cast<PropertyPlace>(1U << static_cast<unsigned>(type));
}

struct PropertyRule {
  PropertyType type = PropertyType::undefined;
  std::uint16_t places = 0;  // a set of PropertyPlace
  std::uint32_t minimum = 0;
  std::uint32_t maximum = 0xFFFFFFFF;
  DecodeError out_of_range = DecodeError::property_unknown;  // never used where every value is in range

  constexpr bool allowed_in(PropertyPlace place) const { return (places & static_cast<unsigned>(place)) != 0; }
  constexpr bool holds(std::uint32_t value) const { return value >= minimum && value <= maximum; }
};

// The rule for any number: one of type `undefined` where the standard has no such property.
const PropertyRule& property_rule(std::uint32_t id);
inline const PropertyRule& property_rule(PropertyId id) {
  return property_rule(static_cast<std::uint32_t>(id));
}

}  // namespace lobbyd::mqtt
