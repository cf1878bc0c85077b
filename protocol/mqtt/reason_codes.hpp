#pragma once

// Which reason codes each packet may carry (MQTT5 §2.4), and what they are in MQTT 3.1.1.

#include "protocol/mqtt/types.hpp"

#include <cstdint>
#include <optional>

namespace lobbyd::mqtt {

// The code that byte stands for in a packet of that type; nullopt where the standard does not allow it there.
// DISCONNECT has the codes of both sides.
std::optional<ReasonCode> reason_code_for(PacketType type, std::uint8_t value);

// CONNACK's return code (MQTT3 §3.2.2.3). A refusal without a twin in 3.1.1 becomes "server unavailable".
std::optional<ReasonCode> from_connack_return_code(std::uint8_t return_code);
std::uint8_t to_connack_return_code(ReasonCode reason);

// SUBACK's return code (MQTT3 §3.9.3): the granted QoS or 0x80.
std::optional<ReasonCode> from_suback_return_code(std::uint8_t return_code);
std::uint8_t to_suback_return_code(ReasonCode reason);

}  // namespace lobbyd::mqtt
