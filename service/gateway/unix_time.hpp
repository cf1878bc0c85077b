#pragma once

#include <chrono>
#include <cstdint>

namespace lobbyd::gateway {

// The API's times (api.md).
inline std::int64_t unix_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace lobbyd::gateway
