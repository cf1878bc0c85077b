#pragma once

// The words in which a broker and the layers above it speak: states, capabilities, answers.

#include "protocol/mqtt/types.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::upstream {

enum class ProtocolChoice : std::uint8_t { automatic, v3_1_1, v5 };

// connected: every connection that clients depend on stands. failed: the broker refused in a way that trying
// again soon does not mend (credentials, say).
enum class BrokerState : std::uint8_t { connecting, connected, failed };

struct BrokerStatus {
  BrokerState state = BrokerState::connecting;
  std::string reason;  // plain English, for clients and the log; empty when connected
  std::optional<std::chrono::milliseconds> retry_in;
  std::optional<mqtt::ReasonCode> refusal = std::nullopt;  // the broker's own word, while it lets none of us in
  bool private_address = false;                            // Reach::internet does not lead there
};

// What all connections to this broker allow.
struct Capabilities {
  mqtt::Version protocol = mqtt::Version::v5;
  mqtt::QoS maximum_qos = mqtt::QoS::exactly_once;
  bool retain = true;
  bool wildcard = true;
  bool shared = true;
  bool subscription_ids = true;
  std::uint32_t maximum_packet_size = 0;  // 0: none
  std::uint16_t receive_maximum = 65535;
};

enum class PublishFailure : std::uint8_t {
  unavailable,  // QoS 0 and no connection; or the broker is being stopped
  queue_full,
  packet_too_large,  // the broker's limit
  qos_not_supported,
  retain_not_supported,
  needs_mqtt_5,  // the message has properties, and the broker turned out to speak 3.1.1
  expired,       // before it could be sent
  malformed,
};

// `visit` is there only before the others, see Broker::visit.
enum class LaneId : std::uint32_t { own = 0, subscriptions = 1, visit = 0xFFFF'FFFF };
enum class PublisherId : std::uint64_t {};

using PublishHandler = std::move_only_function<void(std::expected<mqtt::ReasonCode, PublishFailure>)>;
using HoldHandler = std::move_only_function<void(mqtt::ReasonCode)>;
// Empty where the link was lost before the answer.
using SubscribeHandler = std::move_only_function<void(std::optional<std::vector<mqtt::ReasonCode>>)>;

}  // namespace lobbyd::upstream
