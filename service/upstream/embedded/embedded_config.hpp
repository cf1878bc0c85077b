#pragma once

#include "protocol/mqtt/broker_url.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::upstream {

// The names below are relative to the embedded broker's working directory, so that neither a long path nor one with
// spaces has to pass through mosquitto.conf, which can hold neither for a socket.
inline constexpr std::string_view embedded_socket_name = "mqtt.sock";
inline constexpr std::string_view embedded_database_name = "mosquitto.db";

struct EmbeddedConfig {
  std::chrono::seconds save{5};
  std::optional<mqtt::BrokerUrl> listen;  // a further TCP listener, for clients that speak MQTT themselves
  std::uint32_t max_packet_size = 16U << 20U;
  bool as_root = false;  // whether the daemon runs as root
};

// The text of mosquitto.conf, for Mosquitto 2.0 and 2.1.
std::string mosquitto_config(const EmbeddedConfig& config);

}  // namespace lobbyd::upstream
