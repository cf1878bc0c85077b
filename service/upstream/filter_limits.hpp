#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

namespace lobbyd::upstream {

// What a broker allows of subscriptions and no packet tells; 0 is no limit.
struct FilterLimits {
  std::size_t per_connection = 0;
  std::size_t per_subscribe = 0;

  bool has_room(std::size_t filters) const { return per_connection == 0 || filters < per_connection; }
  // The most that one SUBSCRIBE may ask for on a connection that holds `filters` others.
  std::size_t at_once(std::size_t filters) const {
    const std::size_t none = std::numeric_limits<std::size_t>::max();
    const std::size_t room = per_connection == 0 ? none : per_connection - std::min(per_connection, filters);
    return std::min(room, per_subscribe == 0 ? none : per_subscribe);
  }
};

}  // namespace lobbyd::upstream
