#pragma once

// Packets as one line of text each, both ways, for scripts in which a client and a server talk:
//   CONNECT v5 clean            CONNACK present receive_maximum=2        PUBACK #1 quota_exceeded
//   PUBLISH q1 #7 dup retain alias=3 a/b payload                         SUBACK #1 granted_qos_1 not_authorized
// A success code is left out, "-" is the empty topic, and "500*x" is a payload of 500 letters.

#include "protocol/mqtt/packets.hpp"

#include <string>
#include <string_view>

namespace lobbyd::mqtt::test {

std::string to_text(const Packet& packet);
std::string to_text(const Publish& packet);

// The bytes of a server's packet given as text, or after the word "bytes" in packet_notation.hpp's notation.
// Throws std::invalid_argument for text that is not understood.
std::string server_bytes(std::string_view text, Version version);

ReasonCode reason_from(std::string_view name);

}  // namespace lobbyd::mqtt::test
