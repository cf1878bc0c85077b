#pragma once

// What a service wants to be published: QoS 1, on one connection, in the order in which it asked.

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace lobbyd::apps {

struct Publication {
  std::string topic;
  std::string payload;  // empty, and retained: the topic is cleared
  bool retain = true;
  std::optional<std::chrono::seconds> expiry = std::nullopt;  // after which a broker of MQTT 5 forgets it

  bool operator==(const Publication&) const = default;
};

inline Publication clearing(std::string topic) {
  return {.topic = std::move(topic), .payload = {}};
}

}  // namespace lobbyd::apps
