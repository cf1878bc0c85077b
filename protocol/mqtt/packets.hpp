#pragma once

// The control packets of MQTT 3.1.1 and 5 as plain structs (MQTT5 §3, MQTT3 §3).
//
// One struct serves both versions and both directions: fields that MQTT 3.1.1 does not have are left at
// their defaults by the decoder and are not written by the encoder. Every `std::string_view` and
// `std::span` is borrowed: in a decoded packet it points into the bytes given to the decoder or into the
// decoder's scratch space, and is valid until the next call of that decoder; in a packet to be encoded it
// belongs to the caller. Binary data is a `std::string_view`, too. Every field has an initializer, so that a packet can
// be made from those of its fields that matter: `Publish{.topic = topic, .payload = payload}`.

#include "protocol/mqtt/types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace lobbyd::mqtt {

struct UserProperty {
  std::string_view key{};
  std::string_view value{};
  bool operator==(const UserProperty&) const = default;
};
using UserProperties = std::span<const UserProperty>;

// The properties that travel with an application message, in PUBLISH and in a will (MQTT5 §3.3.2.3, §3.1.3.2).
struct MessageProperties {
  std::optional<bool> payload_is_utf8{};          // Payload Format Indicator
  std::optional<std::uint32_t> message_expiry{};  // seconds
  std::optional<std::string_view> content_type{};
  std::optional<std::string_view> response_topic{};
  std::optional<std::string_view> correlation_data{};
  UserProperties user_properties{};
};

// MQTT5 §3.1.2.5, §3.1.3
struct Will {
  std::string_view topic{};
  std::string_view payload{};
  QoS qos = QoS::at_most_once;
  bool retain = false;
  std::uint32_t delay_interval = 0;  // seconds
  MessageProperties properties{};
};

// MQTT5 §3.1
struct Connect {
  Version version = Version::v5;
  bool clean_start = true;       // MQTT 3.1.1: clean session
  std::uint16_t keep_alive = 0;  // seconds, 0 is off
  std::string_view client_id{};
  std::optional<Will> will{};
  std::optional<std::string_view> username{};
  std::optional<std::string_view> password{};
  std::uint32_t session_expiry = 0;                    // seconds
  std::optional<std::uint16_t> receive_maximum{};      // absent is 65,535
  std::optional<std::uint32_t> maximum_packet_size{};  // absent is no limit
  std::uint16_t topic_alias_maximum = 0;
  bool request_response_information = false;
  bool request_problem_information = true;
  std::optional<std::string_view> authentication_method{};
  std::optional<std::string_view> authentication_data{};
  UserProperties user_properties{};
};

// MQTT5 §3.2
struct Connack {
  bool session_present = false;
  ReasonCode reason = ReasonCode::success;  // a 3.1.1 return code is mapped to its MQTT 5 twin
  std::optional<std::uint32_t> session_expiry{};
  std::optional<std::uint16_t> receive_maximum{};
  std::optional<QoS> maximum_qos{};
  std::optional<bool> retain_available{};
  std::optional<std::uint32_t> maximum_packet_size{};
  std::optional<std::string_view> assigned_client_id{};
  std::optional<std::uint16_t> topic_alias_maximum{};
  std::optional<std::string_view> reason_string{};
  UserProperties user_properties{};
  std::optional<bool> wildcard_available{};
  std::optional<bool> subscription_identifiers_available{};
  std::optional<bool> shared_available{};
  std::optional<std::uint16_t> server_keep_alive{};
  std::optional<std::string_view> response_information{};
  std::optional<std::string_view> server_reference{};
  std::optional<std::string_view> authentication_method{};
  std::optional<std::string_view> authentication_data{};
};

// MQTT5 §3.3
struct Publish {
  std::string_view topic{};  // empty only where `topic_alias` stands for it
  std::string_view payload{};
  QoS qos = QoS::at_most_once;
  bool retain = false;
  bool duplicate = false;
  std::uint16_t packet_id = 0;  // 0 at QoS 0
  std::optional<std::uint16_t> topic_alias{};
  MessageProperties properties{};
  std::span<const std::uint32_t> subscription_ids{};  // towards clients only
};

// PUBACK, PUBREC, PUBREL and PUBCOMP have one shape (MQTT5 §3.4 to §3.7).
template <PacketType Type>
struct PublishReply {
  static constexpr PacketType type = Type;
  std::uint16_t packet_id = 0;
  ReasonCode reason = ReasonCode::success;
  std::optional<std::string_view> reason_string{};
  UserProperties user_properties{};
};
using Puback = PublishReply<PacketType::puback>;
using Pubrec = PublishReply<PacketType::pubrec>;
using Pubrel = PublishReply<PacketType::pubrel>;
using Pubcomp = PublishReply<PacketType::pubcomp>;

enum class RetainHandling : std::uint8_t { send = 0, send_if_new = 1, do_not_send = 2 };

// MQTT5 §3.8.3.1; MQTT 3.1.1 has the filter and the QoS only.
struct Subscription {
  std::string_view filter{};
  QoS qos = QoS::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::send;
};

// MQTT5 §3.8
struct Subscribe {
  std::uint16_t packet_id = 0;
  std::span<const Subscription> subscriptions{};
  std::optional<std::uint32_t> subscription_id{};  // 1..268,435,455
  UserProperties user_properties{};
};

// SUBACK and UNSUBACK (MQTT5 §3.9, §3.11); a 3.1.1 UNSUBACK has no reasons.
template <PacketType Type>
struct SubscriptionReply {
  static constexpr PacketType type = Type;
  std::uint16_t packet_id = 0;
  std::span<const ReasonCode> reasons{};
  std::optional<std::string_view> reason_string{};
  UserProperties user_properties{};
};
using Suback = SubscriptionReply<PacketType::suback>;
using Unsuback = SubscriptionReply<PacketType::unsuback>;

// MQTT5 §3.10
struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::span<const std::string_view> filters{};
  UserProperties user_properties{};
};

struct Pingreq {};
struct Pingresp {};

// MQTT5 §3.14
struct Disconnect {
  ReasonCode reason = ReasonCode::success;
  std::optional<std::uint32_t> session_expiry{};
  std::optional<std::string_view> reason_string{};
  std::optional<std::string_view> server_reference{};
  UserProperties user_properties{};
};

// MQTT5 §3.15
struct Auth {
  ReasonCode reason = ReasonCode::success;
  std::optional<std::string_view> authentication_method{};
  std::optional<std::string_view> authentication_data{};
  std::optional<std::string_view> reason_string{};
  UserProperties user_properties{};
};

using Packet = std::variant<Connect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe, Suback, Unsubscribe,
                            Unsuback, Pingreq, Pingresp, Disconnect, Auth>;

}  // namespace lobbyd::mqtt
