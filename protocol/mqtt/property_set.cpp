#include "protocol/mqtt/property_set.hpp"

#include "protocol/mqtt/scratch.hpp"
#include "protocol/mqtt/topic.hpp"

namespace lobbyd::mqtt {

void PropertySet::clear() {
  seen_ = 0;
  clear_scratch(user_properties_);
  clear_scratch(subscription_ids_);
}

void PropertySet::read(ByteReader& reader, PropertyPlace place) {
  clear();
  const std::uint32_t length = reader.read_variable_byte_integer();
  if (!reader.require(length <= reader.remaining(), DecodeError::property_length_beyond_end)) return;
  ByteReader section(reader.read_bytes(length), DecodeError::property_crosses_section_end);
  while (!section.at_end()) read_one(section, place);
  if (const auto error = section.error()) reader.fail(*error);
}

void PropertySet::read_one(ByteReader& section, PropertyPlace place) {
  const std::uint32_t number = section.read_variable_byte_integer();
  if (section.error()) return;
  const PropertyRule& rule = property_rule(number);
  if (!section.require(rule.type != PropertyType::undefined, DecodeError::property_unknown)) return;
  if (!section.require(rule.allowed_in(place), DecodeError::property_not_allowed)) return;
  const auto id = static_cast<PropertyId>(number);
  const bool may_repeat = id == PropertyId::user_property ||
                          (id == PropertyId::subscription_identifier && place == place_of(PacketType::publish));
  if (!section.require(may_repeat || !has(id), DecodeError::property_repeated)) return;
  seen_ |= std::uint64_t{1} << number;
  read_value(section, id, rule);
}

void PropertySet::read_value(ByteReader& section, PropertyId id, const PropertyRule& rule) {
  std::uint32_t& number = numbers_[index(id)];
  std::string_view& text = texts_[index(id)];
  switch (rule.type) {
    case PropertyType::byte:
      number = section.read_byte();
      break;
    case PropertyType::two_byte_integer:
      number = section.read_uint16();
      break;
    case PropertyType::four_byte_integer:
      number = section.read_uint32();
      break;
    case PropertyType::variable_byte_integer:
      number = section.read_variable_byte_integer();
      subscription_ids_.push_back(number);
      break;
    case PropertyType::utf8_string:
      text = section.read_string();
      if (id == PropertyId::response_topic) {
        section.require(!text.empty(), DecodeError::response_topic_empty);
        section.require(!has_wildcard(text), DecodeError::response_topic_has_wildcard);
      }
      return;
    case PropertyType::binary_data:
      text = section.read_binary();
      return;
    case PropertyType::utf8_string_pair: {
      const std::string_view key = section.read_string();
      const std::string_view value = section.read_string();
      if (!section.error()) user_properties_.push_back({key, value});
      return;
    }
    case PropertyType::undefined:
      return;
  }
  if (!section.error()) section.require(rule.holds(number), rule.out_of_range);
}

std::optional<bool> PropertySet::boolean(PropertyId id) const {
  if (!has(id)) return std::nullopt;
  return numbers_[index(id)] != 0;
}

std::optional<std::uint16_t> PropertySet::uint16(PropertyId id) const {
  if (!has(id)) return std::nullopt;
  return static_cast<std::uint16_t>(numbers_[index(id)]);
}

std::optional<std::uint32_t> PropertySet::uint32(PropertyId id) const {
  if (!has(id)) return std::nullopt;
  return numbers_[index(id)];
}

std::optional<std::string_view> PropertySet::text(PropertyId id) const {
  if (!has(id)) return std::nullopt;
  return texts_[index(id)];
}

MessageProperties PropertySet::message_properties() const {
  return {.payload_is_utf8 = boolean(PropertyId::payload_format_indicator),
          .message_expiry = uint32(PropertyId::message_expiry_interval),
          .content_type = text(PropertyId::content_type),
          .response_topic = text(PropertyId::response_topic),
          .correlation_data = text(PropertyId::correlation_data),
          .user_properties = user_properties_};
}

}  // namespace lobbyd::mqtt
