#pragma once

#include "protocol/mqtt/types.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace lobbyd::upstream {

// Why there is no connection, and what happens next.
struct Disconnection {
  std::string reason;      // plain English
  bool permanent = false;  // only a person can mend it
  std::chrono::milliseconds retry_in{0};
  std::optional<mqtt::ReasonCode> refusal = std::nullopt;  // the broker's own word, where it said one
  bool private_address = false;                            // Reach::internet does not lead there
};

}  // namespace lobbyd::upstream
