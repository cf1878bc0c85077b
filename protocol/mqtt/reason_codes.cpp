#include "protocol/mqtt/reason_codes.hpp"

#include <algorithm>
#include <span>

namespace lobbyd::mqtt {
namespace {

using enum ReasonCode;

// MQTT5 §3.2.2.2
constexpr ReasonCode connack_codes[] = {success,
                                        unspecified_error,
                                        malformed_packet,
                                        protocol_error,
                                        implementation_specific_error,
                                        unsupported_protocol_version,
                                        client_identifier_not_valid,
                                        bad_user_name_or_password,
                                        not_authorized,
                                        server_unavailable,
                                        server_busy,
                                        banned,
                                        bad_authentication_method,
                                        topic_name_invalid,
                                        packet_too_large,
                                        quota_exceeded,
                                        payload_format_invalid,
                                        retain_not_supported,
                                        qos_not_supported,
                                        use_another_server,
                                        server_moved,
                                        connection_rate_exceeded};

// MQTT5 §3.4.2.1, §3.5.2.1
constexpr ReasonCode puback_codes[] = {success,
                                       no_matching_subscribers,
                                       unspecified_error,
                                       implementation_specific_error,
                                       not_authorized,
                                       topic_name_invalid,
                                       packet_identifier_in_use,
                                       quota_exceeded,
                                       payload_format_invalid};

// MQTT5 §3.6.2.1, §3.7.2.1
constexpr ReasonCode pubrel_codes[] = {success, packet_identifier_not_found};

// MQTT5 §3.9.3
constexpr ReasonCode suback_codes[] = {success,
                                       granted_qos_1,
                                       granted_qos_2,
                                       unspecified_error,
                                       implementation_specific_error,
                                       not_authorized,
                                       topic_filter_invalid,
                                       packet_identifier_in_use,
                                       quota_exceeded,
                                       shared_subscriptions_not_supported,
                                       subscription_identifiers_not_supported,
                                       wildcard_subscriptions_not_supported};

// MQTT5 §3.11.3
constexpr ReasonCode unsuback_codes[] = {
    success,        no_subscription_existed, unspecified_error,       implementation_specific_error,
    not_authorized, topic_filter_invalid,    packet_identifier_in_use};

// MQTT5 §3.14.2.1
constexpr ReasonCode disconnect_codes[] = {success,
                                           disconnect_with_will,
                                           unspecified_error,
                                           malformed_packet,
                                           protocol_error,
                                           implementation_specific_error,
                                           not_authorized,
                                           server_busy,
                                           server_shutting_down,
                                           bad_authentication_method,
                                           keep_alive_timeout,
                                           session_taken_over,
                                           topic_filter_invalid,
                                           topic_name_invalid,
                                           receive_maximum_exceeded,
                                           topic_alias_invalid,
                                           packet_too_large,
                                           message_rate_too_high,
                                           quota_exceeded,
                                           administrative_action,
                                           payload_format_invalid,
                                           retain_not_supported,
                                           qos_not_supported,
                                           use_another_server,
                                           server_moved,
                                           shared_subscriptions_not_supported,
                                           connection_rate_exceeded,
                                           maximum_connect_time,
                                           subscription_identifiers_not_supported,
                                           wildcard_subscriptions_not_supported};

// MQTT5 §3.15.2.1
constexpr ReasonCode auth_codes[] = {success, continue_authentication, re_authenticate};

std::span<const ReasonCode> codes_of(PacketType type) {
  switch (type) {
    case PacketType::connack:
      return connack_codes;
    case PacketType::puback:
    case PacketType::pubrec:
      return puback_codes;
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return pubrel_codes;
    case PacketType::suback:
      return suback_codes;
    case PacketType::unsuback:
      return unsuback_codes;
    case PacketType::disconnect:
      return disconnect_codes;
    case PacketType::auth:
      return auth_codes;
    case PacketType::connect:
    case PacketType::publish:
    case PacketType::subscribe:
    case PacketType::unsubscribe:
    case PacketType::pingreq:
    case PacketType::pingresp:
      break;
  }
  return {};
}

constexpr ReasonCode connack_return_codes[] = {success,
                                               unsupported_protocol_version,
                                               client_identifier_not_valid,
                                               server_unavailable,
                                               bad_user_name_or_password,
                                               not_authorized};

}  // namespace

std::optional<ReasonCode> reason_code_for(PacketType type, std::uint8_t value) {
  const auto code = static_cast<ReasonCode>(value);
  const auto allowed = codes_of(type);
  if (std::ranges::find(allowed, code) == allowed.end()) return std::nullopt;
  return code;
}

std::optional<ReasonCode> from_connack_return_code(std::uint8_t return_code) {
  if (return_code >= std::size(connack_return_codes)) return std::nullopt;
  return connack_return_codes[return_code];
}

std::uint8_t to_connack_return_code(ReasonCode reason) {
  if (reason == banned || reason == bad_authentication_method) reason = not_authorized;
  const auto* twin = std::ranges::find(connack_return_codes, reason);
  if (twin == std::end(connack_return_codes)) twin = std::ranges::find(connack_return_codes, server_unavailable);
  return static_cast<std::uint8_t>(twin - std::begin(connack_return_codes));
}

std::optional<ReasonCode> from_suback_return_code(std::uint8_t return_code) {
  if (return_code > static_cast<std::uint8_t>(granted_qos_2) && return_code != 0x80) return std::nullopt;
  return static_cast<ReasonCode>(return_code);
}

std::uint8_t to_suback_return_code(ReasonCode reason) {
  return is_failure(reason) ? std::uint8_t{0x80} : static_cast<std::uint8_t>(reason);
}

}  // namespace lobbyd::mqtt
