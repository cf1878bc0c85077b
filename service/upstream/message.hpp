#pragma once

// An application message on its way to the broker, owning what it holds.

#include "protocol/mqtt/types.hpp"

#include <cstdint>
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
  bool last = false;                      // its publisher's last: queues keep some room for those
  std::optional<std::uint32_t> expiry{};  // seconds
  std::optional<std::string> content_type{};
  std::optional<std::string> response_topic{};
  std::optional<std::string> correlation_data{};
  std::vector<std::pair<std::string, std::string>> user_properties{};

  // Whether it needs MQTT 5.
  bool has_properties() const {
    return expiry || content_type || response_topic || correlation_data || !user_properties.empty();
  }
  // What it counts against the bounds of queues, in bytes.
  std::size_t weight() const;
};

}  // namespace lobbyd::upstream
