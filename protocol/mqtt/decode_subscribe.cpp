// SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (MQTT5 §3.8 to §3.11; MQTT3 §3.8 to §3.11).

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/reason_codes.hpp"
#include "protocol/mqtt/scratch.hpp"
#include "protocol/mqtt/topic.hpp"

namespace lobbyd::mqtt {
namespace {

DecodeError filter_error(TopicError error) {
  switch (error) {
    case TopicError::empty:
      return DecodeError::filter_empty;
    case TopicError::multi_level_wildcard_not_last:
      return DecodeError::filter_multi_level_wildcard_not_last;
    case TopicError::wildcard_not_alone:
    case TopicError::wildcard_in_name:
      return DecodeError::filter_wildcard_not_alone;
    case TopicError::shared_group_empty:
    case TopicError::shared_group_has_wildcard:
    case TopicError::shared_filter_missing:
      return DecodeError::filter_shared_malformed;
    case TopicError::contains_nul:
      return DecodeError::string_contains_nul;
    case TopicError::too_long:
    case TopicError::not_utf8:
      break;
  }
  return DecodeError::string_not_utf8;
}

std::string_view read_filter(ByteReader& reader, Version version) {
  const std::string_view filter = reader.read_string();
  const auto valid = version == Version::v5 ? check_topic_filter(filter) : check_plain_filter(filter);
  if (!valid) reader.fail(filter_error(valid.error()));
  return filter;
}

ReasonCode read_suback_return_code(ByteReader& reader) {
  const auto reason = from_suback_return_code(reader.read_byte());
  reader.require(reason.has_value(), DecodeError::suback_return_code_reserved);
  return reason.value_or(ReasonCode::unspecified_error);
}

// MQTT5 §3.8.3.1. In MQTT 3.1.1 (MQTT3 §3.8.3) there is the QoS, and all other bits are reserved.
void read_options(ByteReader& reader, Version version, Subscription& subscription) {
  const std::uint8_t options = reader.read_byte();
  const std::uint8_t reserved = version == Version::v5 ? 0xC0 : 0xFC;
  const std::uint8_t qos = options & 0x03;
  const std::uint8_t retain_handling = options >> 4 & 0x03;
  reader.require((options & reserved) == 0, DecodeError::subscription_options_reserved);
  reader.require(qos != 3, DecodeError::subscription_qos_invalid);
  reader.require(retain_handling != 3, DecodeError::retain_handling_invalid);
  subscription.qos = static_cast<QoS>(qos);
  subscription.no_local = (options & 0x04) != 0;
  subscription.retain_as_published = (options & 0x08) != 0;
  subscription.retain_handling = static_cast<RetainHandling>(retain_handling);
  reader.require(!subscription.no_local || !parse_shared(subscription.filter),
                 DecodeError::no_local_on_shared_subscription);
}

}  // namespace

Subscribe Decoder::read_subscribe(ByteReader& reader) {
  Subscribe packet;
  packet.packet_id = reader.read_packet_id();
  if (version_ == Version::v5) {
    properties_.read(reader, place_of(PacketType::subscribe));
    packet.subscription_id = properties_.uint32(PropertyId::subscription_identifier);
    packet.user_properties = properties_.user_properties();
  }
  reader.require(!reader.at_end(), DecodeError::subscription_list_empty);
  clear_scratch(subscriptions_);
  while (!reader.at_end()) {
    Subscription& subscription = subscriptions_.emplace_back();
    subscription.filter = read_filter(reader, version_);
    read_options(reader, version_, subscription);
  }
  packet.subscriptions = subscriptions_;
  return packet;
}

Unsubscribe Decoder::read_unsubscribe(ByteReader& reader) {
  Unsubscribe packet;
  packet.packet_id = reader.read_packet_id();
  if (version_ == Version::v5) {
    properties_.read(reader, place_of(PacketType::unsubscribe));
    packet.user_properties = properties_.user_properties();
  }
  reader.require(!reader.at_end(), DecodeError::unsubscription_list_empty);
  clear_scratch(filters_);
  while (!reader.at_end()) filters_.push_back(read_filter(reader, version_));
  packet.filters = filters_;
  return packet;
}

Suback Decoder::read_suback(ByteReader& reader) {
  Suback packet;
  packet.packet_id = reader.read_packet_id();
  if (version_ == Version::v5) {
    read_subscription_reply(reader, packet);
    return packet;
  }
  reader.require(!reader.at_end(), DecodeError::reason_list_empty);
  clear_scratch(reasons_);
  while (!reader.at_end()) reasons_.push_back(read_suback_return_code(reader));
  packet.reasons = reasons_;
  return packet;
}

Unsuback Decoder::read_unsuback(ByteReader& reader) {
  Unsuback packet;
  packet.packet_id = reader.read_packet_id();
  if (version_ == Version::v5) read_subscription_reply(reader, packet);
  return packet;
}

template <PacketType Type>
void Decoder::read_subscription_reply(ByteReader& reader, SubscriptionReply<Type>& packet) {
  properties_.read(reader, place_of(Type));
  packet.reason_string = properties_.text(PropertyId::reason_string);
  packet.user_properties = properties_.user_properties();
  reader.require(!reader.at_end(), DecodeError::reason_list_empty);
  clear_scratch(reasons_);
  while (!reader.at_end()) reasons_.push_back(read_reason(reader, Type));
  packet.reasons = reasons_;
}

}  // namespace lobbyd::mqtt
