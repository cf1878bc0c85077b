#pragma once

#include "service/upstream/broker_types.hpp"

namespace lobbyd::mqtt {
struct ServerLimits;
}

namespace lobbyd::upstream {

Capabilities capabilities_of(const mqtt::ServerLimits& limits);

// What both allow. The connections to one broker may differ for a while: after an upgrade of the broker, or where only
// some have come back with MQTT 5 (ProtocolFallback).
Capabilities common(const Capabilities& one, const Capabilities& other);

}  // namespace lobbyd::upstream
