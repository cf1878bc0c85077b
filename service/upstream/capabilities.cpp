#include "service/upstream/capabilities.hpp"

#include "protocol/mqtt/client.hpp"

#include <algorithm>

namespace lobbyd::upstream {

Capabilities capabilities_of(const mqtt::ServerLimits& limits) {
  return {.protocol = limits.version,
          .maximum_qos = limits.maximum_qos,
          .retain = limits.retain,
          .wildcard = limits.wildcard,
          .shared = limits.shared,
          .subscription_ids = limits.subscription_ids,
          .maximum_packet_size = limits.maximum_packet_size,
          .receive_maximum = limits.receive_maximum};
}

Capabilities common(const Capabilities& one, const Capabilities& other) {
  // 0 is no limit.
  const bool one_is_tighter = other.maximum_packet_size == 0 ||
                              (one.maximum_packet_size != 0 && one.maximum_packet_size < other.maximum_packet_size);
  return {.protocol = std::min(one.protocol, other.protocol),
          .maximum_qos = std::min(one.maximum_qos, other.maximum_qos),
          .retain = one.retain && other.retain,
          .wildcard = one.wildcard && other.wildcard,
          .shared = one.shared && other.shared,
          .subscription_ids = one.subscription_ids && other.subscription_ids,
          .maximum_packet_size = one_is_tighter ? one.maximum_packet_size : other.maximum_packet_size,
          .receive_maximum = std::min(one.receive_maximum, other.receive_maximum)};
}

}  // namespace lobbyd::upstream
