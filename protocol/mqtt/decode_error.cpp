#include "protocol/mqtt/decode_error.hpp"

namespace lobbyd::mqtt {
namespace {

struct Rule {
  ReasonCode reason;
  std::string_view text;
};

constexpr Rule malformed(std::string_view text) {
  return {ReasonCode::malformed_packet, text};
}
constexpr Rule against_protocol(std::string_view text) {
  return {ReasonCode::protocol_error, text};
}

Rule rule_of(DecodeError error) {
  switch (error) {
    case DecodeError::packet_type_reserved:
      return malformed("MQTT5 §2.1.2: packet type 0 is reserved");
    case DecodeError::packet_type_not_in_version:
      return malformed("MQTT3 §2.2.1: packet type 15 is reserved in MQTT 3.1.1");
    case DecodeError::fixed_header_flags_reserved:
      return malformed("MQTT5 §2.1.3: the flags of this packet type have one fixed value, and the header has another");
    case DecodeError::publish_qos_invalid:
      return malformed("MQTT5 §3.3.1.2: a PUBLISH has both QoS bits set");
    case DecodeError::publish_duplicate_at_qos_0:
      return malformed("MQTT5 §3.3.1.1: a PUBLISH at QoS 0 has the DUP flag set");
    case DecodeError::variable_byte_integer_too_long:
      return malformed("MQTT5 §1.5.5: a variable byte integer has more than four bytes");
    case DecodeError::variable_byte_integer_not_shortest:
      return malformed("MQTT5 §1.5.5: a variable byte integer has more bytes than its value needs");
    case DecodeError::packet_too_large:
      return {ReasonCode::packet_too_large, "MQTT5 §3.1.2.11.4: the packet is larger than the receiver accepts"};
    case DecodeError::body_incomplete:
      return malformed("MQTT5 §2.1.4: fewer bytes are there than the remaining length says");
    case DecodeError::field_beyond_end:
      return malformed("MQTT5 §2.1.4: a field reaches beyond the end of the packet");
    case DecodeError::trailing_bytes:
      return malformed("MQTT5 §2.1.4: bytes are left after the last field of the packet");
    case DecodeError::string_not_utf8:
      return malformed("MQTT5 §1.5.4: a string is not well-formed UTF-8");
    case DecodeError::string_contains_nul:
      return malformed("MQTT5 §1.5.4: a string holds the character U+0000");
    case DecodeError::packet_id_zero:
      return against_protocol("MQTT5 §2.2.1: the packet identifier is 0");
    case DecodeError::reason_code_not_allowed:
      return against_protocol("MQTT5 §2.4: the packet has a reason code that its type does not allow");
    case DecodeError::property_length_beyond_end:
      return malformed("MQTT5 §2.2.2.1: the property length reaches beyond the end of the packet");
    case DecodeError::property_crosses_section_end:
      return malformed("MQTT5 §2.2.2.1: a property reaches beyond the property length");
    case DecodeError::property_unknown:
      return malformed("MQTT5 §2.2.2.2: no property has this identifier");
    case DecodeError::property_not_allowed:
      return malformed("MQTT5 §2.2.2.2: a property stands in a packet that may not hold it");
    case DecodeError::property_repeated:
      return against_protocol("MQTT5 §2.2.2.2: a property that may be there once is there twice");
    case DecodeError::boolean_property_invalid:
      return against_protocol("MQTT5 §3.2.2.3.5: a property that says yes or no is neither 0 nor 1");
    case DecodeError::payload_format_indicator_invalid:
      return against_protocol("MQTT5 §3.3.2.3.2: the payload format indicator is neither 0 nor 1");
    case DecodeError::maximum_qos_invalid:
      return against_protocol("MQTT5 §3.2.2.3.4: the maximum QoS is neither 0 nor 1");
    case DecodeError::receive_maximum_zero:
      return against_protocol("MQTT5 §3.1.2.11.3: the receive maximum is 0");
    case DecodeError::maximum_packet_size_zero:
      return against_protocol("MQTT5 §3.1.2.11.4: the maximum packet size is 0");
    case DecodeError::topic_alias_zero:
      return {ReasonCode::topic_alias_invalid, "MQTT5 §3.3.2.3.4: the topic alias is 0"};
    case DecodeError::subscription_identifier_zero:
      return against_protocol("MQTT5 §3.8.2.1.2: the subscription identifier is 0");
    case DecodeError::response_topic_empty:
      return malformed("MQTT5 §4.7.3: the response topic is empty");
    case DecodeError::response_topic_has_wildcard:
      return malformed("MQTT5 §3.3.2.3.5: the response topic holds a wildcard");
    case DecodeError::authentication_method_missing:
      return against_protocol("MQTT5 §4.12: authentication data or an AUTH packet names no authentication method");
    case DecodeError::protocol_name_invalid:
      return {ReasonCode::unsupported_protocol_version, "MQTT5 §3.1.2.1: the protocol name of a CONNECT is not MQTT"};
    case DecodeError::protocol_version_unsupported:
      return {ReasonCode::unsupported_protocol_version,
              "MQTT5 §3.1.2.2: the protocol version of a CONNECT is neither 4 (MQTT 3.1.1) nor 5"};
    case DecodeError::connect_flag_reserved:
      return malformed("MQTT5 §3.1.2.3: the reserved flag of a CONNECT is set");
    case DecodeError::will_flags_without_will:
      return malformed("MQTT5 §3.1.2.6: a CONNECT without a will has a will QoS or will retain");
    case DecodeError::will_qos_invalid:
      return malformed("MQTT5 §3.1.2.6: the will of a CONNECT has both QoS bits set");
    case DecodeError::will_topic_empty:
      return malformed("MQTT5 §4.7.3: the topic of the will is empty");
    case DecodeError::will_topic_has_wildcard:
      return malformed("MQTT5 §4.7.1: the topic of the will holds a wildcard");
    case DecodeError::password_without_user_name:
      return malformed("MQTT3 §3.1.2.9: a CONNECT of MQTT 3.1.1 has a password and no user name");
    case DecodeError::client_id_empty_without_clean_session:
      return {ReasonCode::client_identifier_not_valid,
              "MQTT3 §3.1.3.1: a CONNECT of MQTT 3.1.1 has an empty client identifier and asks for a lasting session"};
    case DecodeError::connack_flags_reserved:
      return malformed("MQTT5 §3.2.2.1: a reserved flag of a CONNACK is set");
    case DecodeError::session_present_with_refusal:
      return against_protocol("MQTT5 §3.2.2.1.1: a CONNACK refuses the connection and says that a session is present");
    case DecodeError::connack_return_code_reserved:
      return against_protocol("MQTT3 §3.2.2.3: a CONNACK of MQTT 3.1.1 has a return code above 5");
    case DecodeError::topic_missing:
      return against_protocol("MQTT5 §3.3.2.1: a PUBLISH has neither a topic name nor a topic alias");
    case DecodeError::topic_has_wildcard:
      return malformed("MQTT5 §3.3.2.1: the topic name of a PUBLISH holds a wildcard");
    case DecodeError::subscription_list_empty:
      return against_protocol("MQTT5 §3.8.3: a SUBSCRIBE has no topic filter");
    case DecodeError::subscription_options_reserved:
      return malformed("MQTT5 §3.8.3.1: a reserved bit of the subscription options is set");
    case DecodeError::subscription_qos_invalid:
      return against_protocol("MQTT5 §3.8.3.1: a subscription asks for QoS 3");
    case DecodeError::retain_handling_invalid:
      return against_protocol("MQTT5 §3.8.3.1: a subscription asks for retain handling 3");
    case DecodeError::no_local_on_shared_subscription:
      return against_protocol("MQTT5 §3.8.3.1: a shared subscription asks for no local");
    case DecodeError::filter_empty:
      return malformed("MQTT5 §4.7.3: a topic filter is empty");
    case DecodeError::filter_multi_level_wildcard_not_last:
      return malformed("MQTT5 §4.7.1.2: a topic filter has # before its end");
    case DecodeError::filter_wildcard_not_alone:
      return malformed("MQTT5 §4.7.1: a topic filter has a wildcard that shares its level with other characters");
    case DecodeError::filter_shared_malformed:
      return malformed("MQTT5 §4.8.2: a shared subscription is not of the form $share/GROUP/FILTER");
    case DecodeError::unsubscription_list_empty:
      return against_protocol("MQTT5 §3.10.3: an UNSUBSCRIBE has no topic filter");
    case DecodeError::reason_list_empty:
      return against_protocol("MQTT5 §3.9.3: a SUBACK or UNSUBACK has no reason code");
    case DecodeError::suback_return_code_reserved:
      return against_protocol("MQTT3 §3.9.3: a SUBACK of MQTT 3.1.1 has a return code that is neither a QoS nor 0x80");
  }
  return against_protocol("unknown");
}

}  // namespace

std::string_view describe(DecodeError error) {
  return rule_of(error).text;
}

ReasonCode reason_code(DecodeError error) {
  return rule_of(error).reason;
}

}  // namespace lobbyd::mqtt
