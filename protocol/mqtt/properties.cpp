#include "protocol/mqtt/properties.hpp"

#include <array>

namespace lobbyd::mqtt {
namespace {

constexpr std::uint16_t bit(PropertyPlace place) {
  return static_cast<std::uint16_t>(place);
}
constexpr std::uint16_t in(PacketType type) {
  return bit(place_of(type));
}

constexpr std::uint16_t will = bit(PropertyPlace::will);
constexpr std::uint16_t connect = in(PacketType::connect);
constexpr std::uint16_t connack = in(PacketType::connack);
constexpr std::uint16_t publish = in(PacketType::publish);
constexpr std::uint16_t subscribe = in(PacketType::subscribe);
constexpr std::uint16_t disconnect = in(PacketType::disconnect);
constexpr std::uint16_t auth = in(PacketType::auth);
constexpr std::uint16_t replies = in(PacketType::puback) | in(PacketType::pubrec) | in(PacketType::pubrel) |
                                  in(PacketType::pubcomp) | in(PacketType::suback) | in(PacketType::unsuback);
constexpr std::uint16_t everywhere =
    will | connect | connack | publish | replies | subscribe | in(PacketType::unsubscribe) | disconnect | auth;

using enum PropertyType;

constexpr PropertyRule flag(std::uint16_t places, DecodeError out_of_range = DecodeError::boolean_property_invalid) {
  return {byte, places, 0, 1, out_of_range};
}
constexpr PropertyRule number(PropertyType type, std::uint16_t places) {
  return {.type = type, .places = places};
}
constexpr PropertyRule positive(PropertyType type, std::uint16_t places, std::uint32_t maximum, DecodeError zero) {
  return {type, places, 1, maximum, zero};
}
constexpr PropertyRule text(std::uint16_t places) {
  return {.type = utf8_string, .places = places};
}
constexpr PropertyRule binary(std::uint16_t places) {
  return {.type = binary_data, .places = places};
}

constexpr auto table = [] {
  std::array<PropertyRule, property_id_limit> rules{};
  const auto set = [&rules](PropertyId id, const PropertyRule& rule) { rules[static_cast<std::size_t>(id)] = rule; };
  using enum PropertyId;
  set(payload_format_indicator, flag(publish | will, DecodeError::payload_format_indicator_invalid));
  set(message_expiry_interval, number(four_byte_integer, publish | will));
  set(content_type, text(publish | will));
  set(response_topic, text(publish | will));
  set(correlation_data, binary(publish | will));
  set(subscription_identifier, positive(variable_byte_integer, publish | subscribe, maximum_variable_byte_integer,
                                        DecodeError::subscription_identifier_zero));
  set(session_expiry_interval, number(four_byte_integer, connect | connack | disconnect));
  set(assigned_client_identifier, text(connack));
  set(server_keep_alive, number(two_byte_integer, connack));
  set(authentication_method, text(connect | connack | auth));
  set(authentication_data, binary(connect | connack | auth));
  set(request_problem_information, flag(connect));
  set(will_delay_interval, number(four_byte_integer, will));
  set(request_response_information, flag(connect));
  set(response_information, text(connack));
  set(server_reference, text(connack | disconnect));
  set(reason_string, text(connack | replies | disconnect | auth));
  set(receive_maximum, positive(two_byte_integer, connect | connack, 0xFFFF, DecodeError::receive_maximum_zero));
  set(topic_alias_maximum, number(two_byte_integer, connect | connack));
  set(topic_alias, positive(two_byte_integer, publish, 0xFFFF, DecodeError::topic_alias_zero));
  set(maximum_qos, flag(connack, DecodeError::maximum_qos_invalid));
  set(retain_available, flag(connack));
  set(user_property, {.type = utf8_string_pair, .places = everywhere});
  set(maximum_packet_size,
      positive(four_byte_integer, connect | connack, 0xFFFFFFFF, DecodeError::maximum_packet_size_zero));
  set(wildcard_subscription_available, flag(connack));
  set(subscription_identifier_available, flag(connack));
  set(shared_subscription_available, flag(connack));
  return rules;
}();

constexpr PropertyRule no_property{};

}  // namespace

const PropertyRule& property_rule(std::uint32_t id) {
  return id < table.size() ? table[id] : no_property;
}

}  // namespace lobbyd::mqtt
