#pragma once

#include <chrono>
#include <string>

namespace lobbyd::upstream {

// Why there is no connection, and what happens next.
struct Disconnection {
  std::string reason;      // plain English
  bool permanent = false;  // only a person can mend it
  std::chrono::milliseconds retry_in{0};
};

}  // namespace lobbyd::upstream
