#pragma once

// `lobbyd healthcheck`: asks a running daemon's admin listener, for containers and scripts.

#include "config/endpoint.hpp"

#include <expected>
#include <string>

namespace lobbyd {

// Blocks for a few seconds at most. The error is a sentence.
std::expected<void, std::string> check_health(const config::Endpoint& admin);

}  // namespace lobbyd
