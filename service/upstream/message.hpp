#pragma once

// An application message on its way to the broker, owning what it holds.

#include "protocol/mqtt/expiry.hpp"
#include "protocol/mqtt/types.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::upstream {

struct Message {
  std::string topic;
  std::string payload;
  mqtt::QoS qos = mqtt::QoS::at_most_once;
  bool retain = false;
  bool last = false;          // its publisher's last: queues keep some room for those
  bool needs_mqtt_5 = false;  // is refused by a connection that cannot carry its properties
  // Runs while the message waits (MQTT5 §3.3.2.3.3).
  std::optional<mqtt::Expiry> expiry{};
  std::optional<std::string> content_type{};
  std::optional<std::string> response_topic{};
  std::optional<std::string> correlation_data{};
  std::vector<std::pair<std::string, std::string>> user_properties{};

  bool expired(mqtt::Expiry::TimePoint now) const { return expiry && expiry->passed(now); }
  // What it counts against the bounds of queues, in bytes.
  std::size_t weight() const;
};

}  // namespace lobbyd::upstream
