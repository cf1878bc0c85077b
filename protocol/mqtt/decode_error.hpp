#pragma once

// What a received packet can have wrong: one value per rule of the standard.

#include "protocol/mqtt/types.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lobbyd::mqtt {

enum class DecodeError : std::uint8_t {
  // The fixed header
  packet_type_reserved,
  packet_type_not_in_version,
  fixed_header_flags_reserved,
  publish_qos_invalid,
  publish_duplicate_at_qos_0,
  variable_byte_integer_too_long,
  variable_byte_integer_not_shortest,
  packet_too_large,
  body_incomplete,

  // Fields of any packet
  field_beyond_end,
  trailing_bytes,
  string_not_utf8,
  string_contains_nul,
  packet_id_zero,
  reason_code_not_allowed,

  // Properties
  property_length_beyond_end,
  property_crosses_section_end,
  property_unknown,
  property_not_allowed,
  property_repeated,
  boolean_property_invalid,
  payload_format_indicator_invalid,
  maximum_qos_invalid,
  receive_maximum_zero,
  maximum_packet_size_zero,
  topic_alias_zero,
  subscription_identifier_zero,
  response_topic_empty,
  response_topic_has_wildcard,
  authentication_method_missing,

  // CONNECT
  protocol_name_invalid,
  protocol_version_unsupported,
  connect_flag_reserved,
  will_flags_without_will,
  will_qos_invalid,
  will_topic_empty,
  will_topic_has_wildcard,
  password_without_user_name,
  client_id_empty_without_clean_session,

  // CONNACK
  connack_flags_reserved,
  session_present_with_refusal,
  connack_return_code_reserved,

  // PUBLISH
  topic_missing,
  topic_has_wildcard,

  // SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK
  subscription_list_empty,
  subscription_options_reserved,
  subscription_qos_invalid,
  retain_handling_invalid,
  no_local_on_shared_subscription,
  filter_empty,
  filter_multi_level_wildcard_not_last,
  filter_wildcard_not_alone,
  filter_shared_malformed,
  unsubscription_list_empty,
  reason_list_empty,
  suback_return_code_reserved,
};

// The number of values above: each has a row in describe() and reason_code().
inline constexpr std::size_t decode_error_count =
    static_cast<std::size_t>(DecodeError::suback_return_code_reserved) + 1;

// The rule that was broken and where the standard has it, for logs: "MQTT5 §3.3.1.2: a PUBLISH has both QoS bits set".
std::string_view describe(DecodeError error);

// What to say in the DISCONNECT (or, while connecting, the CONNACK) that answers such a packet (MQTT5 §4.13).
ReasonCode reason_code(DecodeError error);

}  // namespace lobbyd::mqtt
