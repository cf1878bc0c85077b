#pragma once

// What a server can do, as its CONNACK tells it, and whether a command asks for more (MQTT5 §3.2.2.3).

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/types.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

namespace lobbyd::mqtt {

// `keep_alive` is the one that we asked for.
ServerLimits limits_of(const Connack& connack, Version version, std::chrono::seconds keep_alive,
                       const UntoldLimits& untold);

// Everything but sizes: those are known when the packet is encoded. What the server would answer by closing the
// connection, which many users may share, is refused here.
std::expected<void, CommandError> check_publish(const Publish& message, const ServerLimits& limits);
std::expected<void, CommandError> check_subscribe(std::span<const Subscription> subscriptions,
                                                  std::optional<std::uint32_t> subscription_id,
                                                  const ServerLimits& limits);
std::expected<void, CommandError> check_unsubscribe(std::span<const std::string_view> filters);

}  // namespace lobbyd::mqtt
