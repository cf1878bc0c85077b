#pragma once

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/types.hpp"

#include <cstdint>
#include <string>

namespace lobbyd::upstream {

// What a refusal by the broker, in CONNACK or DISCONNECT, needs to go away.
enum class Remedy : std::uint8_t {
  time,    // it may be over by itself: overload, a restart
  person,  // nothing changes until someone changes a configuration
};

Remedy remedy(mqtt::ReasonCode reason);

// The reason in plain English and, where a person is needed, what to look at.
std::string explain(mqtt::ReasonCode reason);

// The same for any end of a connection that the client saw.
Remedy remedy(const mqtt::Failure& failure);
std::string explain(const mqtt::Failure& failure);

}  // namespace lobbyd::upstream
