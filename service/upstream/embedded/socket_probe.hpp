#pragma once

#include "service/upstream/endpoint.hpp"

namespace lobbyd::upstream {

// Whether somebody listens on the Unix socket: connects, and hangs up at once. Does not block.
bool accepts_connections(const Endpoint& endpoint);

}  // namespace lobbyd::upstream
