#pragma once

// Whether two packets say the same: text and lists by what they hold, not by where it lies.

#include "protocol/mqtt/packets.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace lobbyd::mqtt::test {

inline auto fields(const MessageProperties& p) {
  return std::tie(p.payload_is_utf8, p.message_expiry, p.content_type, p.response_topic, p.correlation_data,
                  p.user_properties);
}
inline auto fields(const Will& p) {
  return std::tie(p.topic, p.payload, p.qos, p.retain, p.delay_interval, p.properties);
}
inline auto fields(const Connect& p) {
  return std::tie(p.version, p.clean_start, p.keep_alive, p.client_id, p.will, p.username, p.password, p.session_expiry,
                  p.receive_maximum, p.maximum_packet_size, p.topic_alias_maximum, p.request_response_information,
                  p.request_problem_information, p.authentication_method, p.authentication_data, p.user_properties);
}
inline auto fields(const Connack& p) {
  return std::tie(p.session_present, p.reason, p.session_expiry, p.receive_maximum, p.maximum_qos, p.retain_available,
                  p.maximum_packet_size, p.assigned_client_id, p.topic_alias_maximum, p.reason_string,
                  p.user_properties, p.wildcard_available, p.subscription_identifiers_available, p.shared_available,
                  p.server_keep_alive, p.response_information, p.server_reference, p.authentication_method,
                  p.authentication_data);
}
inline auto fields(const Publish& p) {
  return std::tie(p.topic, p.payload, p.qos, p.retain, p.duplicate, p.packet_id, p.topic_alias, p.properties,
                  p.subscription_ids);
}
template <PacketType Type>
auto fields(const PublishReply<Type>& p) {
  return std::tie(p.packet_id, p.reason, p.reason_string, p.user_properties);
}
inline auto fields(const Subscription& p) {
  return std::tie(p.filter, p.qos, p.no_local, p.retain_as_published, p.retain_handling);
}
inline auto fields(const Subscribe& p) {
  return std::tie(p.packet_id, p.subscriptions, p.subscription_id, p.user_properties);
}
template <PacketType Type>
auto fields(const SubscriptionReply<Type>& p) {
  return std::tie(p.packet_id, p.reasons, p.reason_string, p.user_properties);
}
inline auto fields(const Unsubscribe& p) {
  return std::tie(p.packet_id, p.filters, p.user_properties);
}
inline auto fields(const Pingreq&) {
  return std::tuple<>();
}
inline auto fields(const Pingresp&) {
  return std::tuple<>();
}
inline auto fields(const Disconnect& p) {
  return std::tie(p.reason, p.session_expiry, p.reason_string, p.server_reference, p.user_properties);
}
inline auto fields(const Auth& p) {
  return std::tie(p.reason, p.authentication_method, p.authentication_data, p.reason_string, p.user_properties);
}

template <class Value>
concept HasFields = requires(const Value& value) { fields(value); };

template <class Value>
  requires(!HasFields<Value>)
bool same(const Value& a, const Value& b) {
  return a == b;
}

template <HasFields Value>
bool same(const Value& a, const Value& b);

template <class Value>
bool same(const std::optional<Value>& a, const std::optional<Value>& b) {
  return a.has_value() == b.has_value() && (!a || same(*a, *b));
}

template <class Value>
bool same(const std::span<const Value>& a, const std::span<const Value>& b) {
  return std::ranges::equal(a, b, [](const Value& x, const Value& y) { return same(x, y); });
}

template <HasFields Value>
bool same(const Value& a, const Value& b) {
  const auto a_fields = fields(a);
  const auto b_fields = fields(b);
  return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    return (same(std::get<Index>(a_fields), std::get<Index>(b_fields)) && ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(fields(a))>>());
}

inline bool same(const Packet& a, const Packet& b) {
  return a.index() == b.index() && std::visit(
                                       [&](const auto& alternative) {
                                         return same(alternative, std::get<std::decay_t<decltype(alternative)>>(b));
                                       },
                                       a);
}

}  // namespace lobbyd::mqtt::test
