#pragma once

// Bytes to packets, for MQTT 3.1.1 and 5, and for both roles: a client's packets and a server's (MQTT5 §2, §3).
//
// Every rule of the standard that one packet can break by itself is checked here. What depends on more than the
// packet (who sent it, what came before, what CONNECT and CONNACK agreed on) is the business of the connection's
// state machine: for example that a client sends no subscription identifiers in PUBLISH (MQTT5 §3.3.4).

#include "protocol/mqtt/byte_reader.hpp"
#include "protocol/mqtt/decode_error.hpp"
#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/property_set.hpp"
#include "protocol/mqtt/types.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt {

// MQTT5 §2.1
struct FixedHeader {
  PacketType type = PacketType::connect;
  std::uint8_t flags = 0;              // the lower four bits of the first byte
  std::uint32_t remaining_length = 0;  // bytes after the header
  std::uint8_t size = 0;               // bytes of the header itself, 2..5

  std::size_t packet_size() const { return std::size_t{size} + remaining_length; }
  bool operator==(const FixedHeader&) const = default;
};

// Reads the header that `bytes` begin with; nullopt when it is not there in full yet. The flags are checked, and so
// is the size of the whole packet, header included, against `maximum_packet_size`: nothing need be stored before.
std::expected<std::optional<FixedHeader>, DecodeError> read_fixed_header(std::string_view bytes,
                                                                         std::uint32_t maximum_packet_size);

// Decodes one packet at a time. A decoded packet's views point into `body`, its spans into this decoder: both are
// valid until the next call, and as long as the bytes stay where they are. In steady state nothing is allocated.
// One decoder serves one connection, on one thread at a time.
class Decoder {
 public:
  explicit Decoder(Version version = Version::v5) : version_(version) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  Decoder(Decoder&&) = default;
  Decoder& operator=(Decoder&&) = default;
  ~Decoder() = default;

  // The version that all packets but CONNECT are read by. A CONNECT is read by the version that it names, and if it
  // is well formed its version stays set.
  void set_version(Version version) { version_ = version; }
  Version version() const { return version_; }

  // `header` comes from read_fixed_header(); `body` holds the bytes after it, `remaining_length` or more.
  std::expected<Packet, DecodeError> decode(const FixedHeader& header, std::string_view body);

  // The same for a header of type PUBLISH, without the detour by way of the variant.
  std::expected<Publish, DecodeError> decode_publish(const FixedHeader& header, std::string_view body);

 private:
  Packet read_packet(const FixedHeader& header, ByteReader& reader);
  Connect read_connect(ByteReader& reader);
  void read_connect_properties(ByteReader& reader, Connect& packet);
  Will read_will(ByteReader& reader, Version version);
  Connack read_connack(ByteReader& reader);
  void read_connack_properties(ByteReader& reader, Connack& packet);
  Publish read_publish(std::uint8_t flags, ByteReader& reader);
  static ReasonCode read_reason(ByteReader& reader, PacketType type);
  template <PacketType Type>
  PublishReply<Type> read_publish_reply(ByteReader& reader);
  Subscribe read_subscribe(ByteReader& reader);
  Unsubscribe read_unsubscribe(ByteReader& reader);
  Suback read_suback(ByteReader& reader);
  Unsuback read_unsuback(ByteReader& reader);
  template <PacketType Type>
  void read_subscription_reply(ByteReader& reader, SubscriptionReply<Type>& packet);
  Disconnect read_disconnect(ByteReader& reader);
  Auth read_auth(ByteReader& reader);

  Version version_;
  PropertySet properties_;
  PropertySet will_properties_;
  std::vector<Subscription> subscriptions_;
  std::vector<std::string_view> filters_;
  std::vector<ReasonCode> reasons_;
};

}  // namespace lobbyd::mqtt
