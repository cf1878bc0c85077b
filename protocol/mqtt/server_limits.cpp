#include "protocol/mqtt/server_limits.hpp"

#include "protocol/mqtt/topic.hpp"
#include "protocol/mqtt/utf8.hpp"

#include <algorithm>

namespace lobbyd::mqtt {
namespace {

constexpr std::uint32_t maximum_subscription_id = 268'435'455;

// The server's value is the longest that it puts up with (MQTT5 §3.2.2.3.14). A client may send PINGREQ more often
// (§3.1.2.10), and has to where it would else not find out that the server is gone. 0 is off.
std::chrono::seconds shorter_keep_alive(std::chrono::seconds own, std::chrono::seconds servers) {
  if (own.count() == 0 || servers.count() == 0) return std::max(own, servers);
  return std::min(own, servers);
}

bool is_optional_string(const std::optional<std::string_view>& text) {
  return !text || check_string(*text);
}

bool are_well_formed(const MessageProperties& properties) {
  return is_optional_string(properties.content_type) &&
         (!properties.response_topic || check_topic_name(*properties.response_topic)) &&
         (!properties.correlation_data || properties.correlation_data->size() <= maximum_string_size) &&
         std::ranges::all_of(properties.user_properties, [](const UserProperty& property) {
           return check_string(property.key) && check_string(property.value);
         });
}

std::optional<CommandError> check_subscription(const Subscription& subscription, const ServerLimits& limits) {
  if (!check_topic_filter(subscription.filter)) return CommandError::malformed;
  const bool shared = parse_shared(subscription.filter).has_value();
  if (shared && subscription.no_local) return CommandError::malformed;
  if (shared && !limits.shared) return CommandError::subscription_not_supported;
  if (has_wildcard(subscription.filter) && !limits.wildcard) return CommandError::subscription_not_supported;
  return std::nullopt;
}

}  // namespace

ServerLimits limits_of(const Connack& connack, Version version, std::chrono::seconds keep_alive,
                       const UntoldLimits& untold) {
  ServerLimits limits{.version = version, .session_present = connack.session_present, .keep_alive = keep_alive};
  if (version == Version::v3_1_1) {
    limits.maximum_qos = untold.maximum_qos;
    limits.retain = untold.retain;
    limits.subscription_ids = false;
    limits.shared = untold.shared;
    limits.maximum_packet_size = untold.maximum_packet_size;
    return limits;
  }
  limits.receive_maximum = connack.receive_maximum.value_or(limits.receive_maximum);
  limits.maximum_qos = connack.maximum_qos.value_or(limits.maximum_qos);
  limits.retain = connack.retain_available.value_or(limits.retain);
  limits.wildcard = connack.wildcard_available.value_or(limits.wildcard);
  limits.subscription_ids = connack.subscription_identifiers_available.value_or(limits.subscription_ids);
  limits.shared = connack.shared_available.value_or(limits.shared);
  limits.maximum_packet_size = connack.maximum_packet_size.value_or(limits.maximum_packet_size);
  limits.topic_alias_maximum = connack.topic_alias_maximum.value_or(limits.topic_alias_maximum);
  if (connack.server_keep_alive) {
    limits.keep_alive = shorter_keep_alive(keep_alive, std::chrono::seconds(*connack.server_keep_alive));
  }
  limits.assigned_client_id = connack.assigned_client_id.value_or("");
  return limits;
}

std::expected<void, CommandError> check_publish(const Publish& message, const ServerLimits& limits) {
  if (!check_topic_name(message.topic) || !are_well_formed(message.properties)) {
    return std::unexpected(CommandError::malformed);
  }
  if (message.qos > limits.maximum_qos) return std::unexpected(CommandError::qos_not_supported);
  if (message.retain && !limits.retain) return std::unexpected(CommandError::retain_not_supported);
  return {};
}

std::expected<void, CommandError> check_subscribe(std::span<const Subscription> subscriptions,
                                                  std::optional<std::uint32_t> subscription_id,
                                                  const ServerLimits& limits) {
  if (subscriptions.empty()) return std::unexpected(CommandError::malformed);
  if (subscription_id && (*subscription_id == 0 || *subscription_id > maximum_subscription_id)) {
    return std::unexpected(CommandError::malformed);
  }
  if (subscription_id && !limits.subscription_ids) return std::unexpected(CommandError::subscription_not_supported);
  for (const Subscription& subscription : subscriptions) {
    if (const auto error = check_subscription(subscription, limits)) return std::unexpected(*error);
  }
  return {};
}

std::expected<void, CommandError> check_unsubscribe(std::span<const std::string_view> filters) {
  const bool well_formed = !filters.empty() && std::ranges::all_of(filters, [](std::string_view filter) {
    return check_topic_filter(filter).has_value();
  });
  if (!well_formed) return std::unexpected(CommandError::malformed);
  return {};
}

}  // namespace lobbyd::mqtt
