#pragma once

#include "service/upstream/endpoint.hpp"

#include <expected>
#include <string>

namespace lobbyd::upstream {

// Whether somebody listens on the Unix socket: connects, and hangs up at once. Does not block.
bool accepts_connections(const Endpoint& endpoint);

// Whether one can listen there now. `endpoint` is TCP with a numeric address; the error is a sentence.
std::expected<void, std::string> check_address_is_free(const Endpoint& endpoint);

}  // namespace lobbyd::upstream
