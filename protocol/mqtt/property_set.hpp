#pragma once

// The properties of one received packet (MQTT5 §2.2.2), checked and held until the packet's struct is filled.

#include "protocol/mqtt/byte_reader.hpp"
#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/properties.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt {

// Made to be used again for packet after packet: read() forgets what was there, and allocates only while a packet
// has more user properties or subscription identifiers than any before. Views point into the bytes that were read.
class PropertySet {
 public:
  // Reads the property length and the properties; what is wrong becomes the reader's error.
  void read(ByteReader& reader, PropertyPlace place);
  void clear();

  bool has(PropertyId id) const { return (seen_ >> index(id) & 1U) != 0; }
  std::optional<bool> boolean(PropertyId id) const;
  std::optional<std::uint16_t> uint16(PropertyId id) const;
  std::optional<std::uint32_t> uint32(PropertyId id) const;
  // Both UTF-8 strings and binary data.
  std::optional<std::string_view> text(PropertyId id) const;
  UserProperties user_properties() const { return user_properties_; }
  std::span<const std::uint32_t> subscription_ids() const { return subscription_ids_; }
  MessageProperties message_properties() const;

 private:
  static constexpr std::size_t index(PropertyId id) { return static_cast<std::size_t>(id); }
  void read_one(ByteReader& section, PropertyPlace place);
  void read_value(ByteReader& section, PropertyId id, const PropertyRule& rule);

  std::uint64_t seen_ = 0;
  std::array<std::uint32_t, property_id_limit> numbers_{};
  std::array<std::string_view, property_id_limit> texts_{};
  std::vector<UserProperty> user_properties_;
  std::vector<std::uint32_t> subscription_ids_;
};

}  // namespace lobbyd::mqtt
