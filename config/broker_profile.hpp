#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace lobbyd::config {

/// What a kind of broker allows unless it was configured otherwise. docs/brokers.md says where each figure is from.
struct BrokerFigures {
  std::uint32_t max_filters_per_connection = 0;  ///< 0: no limit, here and below
  std::uint32_t max_filters_per_subscribe = 0;
  std::uint32_t max_publish_rate = 0;
  std::uint32_t max_topic_levels = 0;
  std::uint32_t max_topic_bytes = 0;
  /// What MQTT 5 tells in CONNACK, and 3.1.1 has no packet for: these are for 3.1.1 alone.
  std::uint8_t maximum_qos = 2;
  bool shared = true;
  std::uint32_t maximum_packet_size = 0;
  std::uint16_t receive_maximum = 20;
  /// These neither version tells. Whether a SUBSCRIBE with wildcards brings retained messages.
  bool retained_wildcards = true;
  /// A filter that is subscribed at one QoS and then at another brings each message twice.
  bool one_subscription_per_qos = false;
  /// Characters that do not arrive in topics as they were sent.
  std::string_view changed_characters = {};
};

BrokerFigures figures_of(BrokerProfile profile);

/// Fills in the profile's figures for those keys that no source has set. `is_set` is asked for the names of keys within
/// their section: "max_publish_rate".
void apply_profile(Broker& broker, const std::function<bool(std::string_view name)>& is_set);

}  // namespace lobbyd::config
