#pragma once

// The end of a client, for all that know it.

#include "service/hub/broker_hub.hpp"
#include "service/hub/hub.hpp"

#include <variant>

namespace lobbyd::gateway {

// The services first, then the hub: see Hub::detach.
void detach_client(hub::BrokerHub& broker, hub::Client& client, hub::Departure departure,
                   hub::Answer<std::monostate> answer = {});

}  // namespace lobbyd::gateway
