#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>

namespace lobbyd {

using Due = std::optional<std::chrono::steady_clock::time_point>;

// Of those that there are.
inline Due earliest(std::initializer_list<Due> times) {
  Due first;
  for (const Due& time : times) {
    if (time && (!first || *time < *first)) {
      first = time;
    }
  }
  return first;
}

}  // namespace lobbyd
