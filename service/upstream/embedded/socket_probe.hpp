#pragma once

#include "protocol/mqtt/broker_url.hpp"

#include <expected>
#include <string>

namespace lobbyd::upstream {

// Whether somebody listens on the Unix socket: connects, and hangs up at once. Does not block.
bool accepts_connections(const mqtt::BrokerUrl& endpoint);

// Whether one can listen there now. `endpoint` is TCP with a numeric address; the error is a sentence.
std::expected<void, std::string> check_address_is_free(const mqtt::BrokerUrl& endpoint);

}  // namespace lobbyd::upstream
