#pragma once

// Packets to bytes, for MQTT 3.1.1 and 5 (MQTT5 §2, §3).
//
// Each encode() appends one whole packet to `out`, or leaves `out` as it was and says why. The shortest form is
// written: properties at their default value and a trailing success code are left out. In 3.1.1 properties are left
// out, too, and reason codes become the return code that is nearest to them.
// What a packet holds is the caller's to check where the standard's rule is about text: topics and filters
// (protocol/mqtt/topic.hpp) and UTF-8 (protocol/mqtt/utf8.hpp).

#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/types.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {

enum class EncodeError : std::uint8_t {
  string_too_long,     // a string or binary field of more than 65,535 bytes
  packet_too_large,    // more than 268,435,455 bytes after the fixed header
  value_out_of_range,  // a property's number that the standard excludes, such as a topic alias of 0
  packet_id_zero,      // where the packet needs one
  topic_missing,       // a PUBLISH with neither a topic nor, in MQTT 5, an alias
  list_empty,          // SUBSCRIBE, UNSUBSCRIBE, SUBACK, UNSUBACK without an entry
  needs_version_5,     // AUTH, or a CONNECT with a password and no user name
};

std::string_view describe(EncodeError error);

using EncodeResult = std::expected<void, EncodeError>;

// A CONNECT is written in its own version; `version` counts for all other packets.
EncodeResult encode(const Connect& packet, Version version, std::string& out);
EncodeResult encode(const Connack& packet, Version version, std::string& out);
EncodeResult encode(const Publish& packet, Version version, std::string& out);
EncodeResult encode(const Puback& packet, Version version, std::string& out);
EncodeResult encode(const Pubrec& packet, Version version, std::string& out);
EncodeResult encode(const Pubrel& packet, Version version, std::string& out);
EncodeResult encode(const Pubcomp& packet, Version version, std::string& out);
EncodeResult encode(const Subscribe& packet, Version version, std::string& out);
EncodeResult encode(const Suback& packet, Version version, std::string& out);
EncodeResult encode(const Unsubscribe& packet, Version version, std::string& out);
EncodeResult encode(const Unsuback& packet, Version version, std::string& out);
EncodeResult encode(const Pingreq& packet, Version version, std::string& out);
EncodeResult encode(const Pingresp& packet, Version version, std::string& out);
EncodeResult encode(const Disconnect& packet, Version version, std::string& out);
EncodeResult encode(const Auth& packet, Version version, std::string& out);
EncodeResult encode(const Packet& packet, Version version, std::string& out);

// The bytes that encode() would append, fixed header included: what a peer's maximum packet size is compared with.
std::size_t encoded_size(const Publish& packet, Version version);

}  // namespace lobbyd::mqtt
