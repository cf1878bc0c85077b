#include "service/hub/request_checks.hpp"

#include "protocol/mqtt/topic.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace lobbyd::hub {

namespace {

constexpr std::size_t max_property_bytes = 65'535;

using Verdict = RequestChecks::Verdict;

Verdict refuse(api::Reason reason, std::string message) {
  return std::unexpected(api::Error{reason, std::move(message)});
}

Verdict refused_by_broker(std::string message, mqtt::ReasonCode reason) {
  return std::unexpected(
      api::broker_refused(std::move(message), static_cast<std::uint8_t>(reason), mqtt::name(reason)));
}

bool is_property_text(const std::string& text) {
  return text.size() <= max_property_bytes && is_plain_text(text);
}

bool has_plain_properties(const api::PublishParams& params) {
  const auto fits = [](const std::optional<std::string>& text) { return !text || is_property_text(*text); };
  return fits(params.content_type) && fits(params.response_topic) &&
         std::ranges::all_of(params.user_properties, [](const auto& property) {
           return is_property_text(property.first) && is_property_text(property.second);
         });
}

Verdict properties(const api::PublishParams& params) {
  if (!has_plain_properties(params)) {
    return refuse(api::Reason::bad_payload,
                  "properties are text: no control characters or non-characters of Unicode, and at most 65,535 bytes "
                  "each");
  }
  if (params.response_topic) {
    if (const auto valid = mqtt::check_topic_name(*params.response_topic); !valid) {
      return refuse(api::Reason::bad_topic, "\"response_topic\": " + std::string(mqtt::describe(valid.error())));
    }
  }
  return {};
}

}  // namespace

Verdict RequestChecks::will(const api::WillParams& will) const {
  if (auto allowed = qos(will.qos); !allowed) {
    return allowed;
  }
  return names_.check_topic(will.topic);
}

Verdict RequestChecks::subscribe(const Client& client, const api::SubscribeParams& params) const {
  if (auto allowed = filters(client, params); !allowed) {
    return allowed;
  }
  if (auto possible = params.no_local ? needs_mqtt_5("\"no_local\" needs") : Verdict{}; !possible) {
    return possible;
  }
  return broker_usable();
}

Verdict RequestChecks::filters(const Client& client, const api::SubscribeParams& params) const {
  std::unordered_set<std::string_view> fresh;
  for (const std::string& filter : params.filters) {
    if (auto valid = names_.check_filter(filter); !valid) {
      return valid;
    }
    if (params.no_local && mqtt::parse_shared(filter)) {
      return refuse(api::Reason::bad_filter, "\"no_local\" cannot be combined with a shared subscription");
    }
    if (!subscriptions_.holds(client, filter)) {
      fresh.insert(filter);
    }
    if (client.filters.size() + fresh.size() > options_.max_subscriptions) {
      return std::unexpected(
          api::too_many("too many subscriptions: unsubscribe from some, or use wildcards", options_.max_subscriptions));
    }
  }
  return {};
}

Verdict RequestChecks::unsubscribe(const Client& client, const api::UnsubscribeParams& params) const {
  for (const std::string& filter : params.filters) {
    if (!subscriptions_.holds(client, filter)) {
      return refuse(api::Reason::not_found, "this connection is not subscribed to " + api::quoted_excerpt(filter));
    }
  }
  return {};
}

Verdict RequestChecks::publish(const api::PublishParams& params) const {
  if (auto valid = names_.check_topic(params.topic); !valid) {
    return valid;
  }
  if (auto valid = properties(params); !valid) {
    return valid;
  }
  if (auto allowed = qos(params.qos); !allowed) {
    return allowed;
  }
  if (auto possible = api::has_properties(params) ? needs_mqtt_5("message properties need") : Verdict{}; !possible) {
    return possible;
  }
  return broker_usable();
}

Verdict RequestChecks::read_retained(std::string_view filter) const {
  if (auto valid = names_.check_filter(filter); !valid) {
    return valid;
  }
  if (mqtt::parse_shared(filter)) {
    return refuse(api::Reason::bad_filter, "shared subscriptions have no retained messages");
  }
  const auto& capabilities = broker_.capabilities();
  if (capabilities && !capabilities->retain) {
    return refused_by_broker("the broker does not keep retained messages", mqtt::ReasonCode::retain_not_supported);
  }
  if (capabilities && !capabilities->wildcard && mqtt::has_wildcard(filter)) {
    return refused_by_broker("the broker does not take filters with wildcards",
                             mqtt::ReasonCode::wildcard_subscriptions_not_supported);
  }
  return broker_usable();
}

Verdict RequestChecks::qos(std::uint8_t qos) const {
  if (qos > static_cast<std::uint8_t>(options_.max_qos)) {
    return refuse(api::Reason::forbidden,
                  "\"qos\" may be at most " + std::to_string(static_cast<int>(options_.max_qos)) + " here");
  }
  return {};
}

Verdict RequestChecks::needs_mqtt_5(std::string_view what) const {
  const auto& capabilities = broker_.capabilities();
  if (!capabilities || capabilities->protocol == mqtt::Version::v5) {
    return {};
  }
  return refused_by_broker(std::string(what) + " MQTT 5, and the broker speaks 3.1.1",
                           mqtt::ReasonCode::implementation_specific_error);
}

// A broker that refuses us will go on refusing: waiting for it helps nobody.
Verdict RequestChecks::broker_usable() const {
  const upstream::BrokerStatus& status = broker_.status();
  if (status.state == upstream::BrokerState::failed) {
    const std::string message = "the broker cannot be used: " + status.reason;
    return status.refusal ? std::unexpected(api::broker_refused(message, static_cast<std::uint8_t>(*status.refusal),
                                                                mqtt::name(*status.refusal)))
                          : refuse(api::Reason::broker_unavailable, message);
  }
  return {};
}

}  // namespace lobbyd::hub
