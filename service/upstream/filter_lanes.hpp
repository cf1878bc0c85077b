#pragma once

#include "protocol/mqtt/types.hpp"
#include "service/upstream/broker_types.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lobbyd::upstream {

// Where filters are held: the receiving half of a Broker, for those who need no more of it.
class FilterLanes {
 public:
  // A further lane, for filters that must not share a connection with others (architecture, "Filters"). Nothing where
  // there are as many lanes, or connections, as may be.
  virtual std::optional<LaneId> open_lane() = 0;
  // Without a further event for that lane; handlers that wait are dropped. Calls for a closed lane have no effect.
  virtual void close_lane(LaneId lane) = 0;

  // Keeps `filter` subscribed on the lane, over reconnects, until `release`. Holding it again with a higher
  // QoS raises it. `handler` gets the broker's answer: the granted QoS (0, 1, 2), or a reason of 0x80 and more,
  // and then the filter is no longer held: 0x97 (quota exceeded) where no connection has room for it. While the link
  // is down it waits. It is never called from within. Retained messages are not asked for (MQTT 5: retain handling 2;
  // what 3.1.1 sends all the same is left out). With MQTT 5 the flag retain-as-published is set.
  virtual void hold(LaneId lane, const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id,
                    HoldHandler handler) = 0;
  // For a filter that nobody waits for: handlers that still wait are dropped.
  virtual void release(LaneId lane, const std::string& filter) = 0;

 protected:
  ~FilterLanes() = default;
};

}  // namespace lobbyd::upstream
