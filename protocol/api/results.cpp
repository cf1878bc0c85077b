#include "protocol/api/results.hpp"

#include "protocol/api/envelope.hpp"

#include <utility>

namespace lobbyd::api {
namespace {

Json capabilities_json(const BrokerCapabilities& capabilities) {
  Json json{{"maximum_qos", capabilities.maximum_qos},
            {"retain", capabilities.retain},
            {"wildcard", capabilities.wildcard},
            {"shared", capabilities.shared}};
  if (capabilities.maximum_packet_size) {
    json["maximum_packet_size"] = *capabilities.maximum_packet_size;
  }
  json["receive_maximum"] = capabilities.receive_maximum;
  return json;
}

Json broker_json(const BrokerInfo& broker) {
  Json json{{"name", broker.name}, {"state", word(broker.state)}};
  if (!broker.protocol.empty()) {
    json["protocol"] = broker.protocol;
  }
  if (broker.capabilities) {
    json["capabilities"] = capabilities_json(*broker.capabilities);
  }
  return json;
}

Json limits_json(const SessionLimits& limits) {
  return {{"max_message_bytes", limits.max_message_bytes},
          {"max_subscriptions", limits.max_subscriptions},
          {"max_qos", limits.max_qos},
          {"outbox_bytes", limits.outbox_bytes},
          {"keepalive_seconds", limits.keepalive.count()}};
}

}  // namespace

std::string_view word(WillState state) {
  switch (state) {
    case WillState::none:
      return "none";
    case WillState::pending:
      return "pending";
    case WillState::registered:
      return "registered";
  }
  return "none";
}

std::string_view word(BrokerState state) {
  switch (state) {
    case BrokerState::connecting:
      return "connecting";
    case BrokerState::connected:
      return "connected";
    case BrokerState::disconnected:
      return "disconnected";
    case BrokerState::failed:
      return "failed";
  }
  return "failed";
}

std::string_view word(Completeness completeness) {
  switch (completeness) {
    case Completeness::exact:
      return "exact";
    case Completeness::settled:
      return "settled";
    case Completeness::truncated:
      return "truncated";
  }
  return "truncated";
}

Json to_json(const ConnectResult& result) {
  return {{"client_id", result.client_id},
          {"user", result.user},
          {"session",
           {{"secret", result.session.secret},
            {"resumed", result.session.resumed},
            {"expiry", result.session.expiry.count()}}},
          {"broker", broker_json(result.broker)},
          {"will", word(result.will)},
          {"instance", result.instance},
          {"version", result.version},
          {"limits", limits_json(result.limits)},
          {"time", result.time}};
}

Json to_json(const PingResult& result) {
  return {{"time", result.time}};
}

Json to_json(const SubscribeResult& result) {
  return {{"granted", result.granted},
          {"retained", {{"count", result.retained_count}, {"complete", word(result.complete)}}}};
}

Json to_json(const PublishResult& result) {
  return result.no_matching_subscribers ? Json{{"reason", "no_matching_subscribers"}} : Json::object();
}

std::string write_notification(const BrokerNotification& notification) {
  Json params{{"name", notification.name}, {"state", word(notification.state)}};
  if (!notification.reason.empty()) {
    params["reason"] = notification.reason;
  }
  if (notification.retry) {
    params["retry_ms"] = notification.retry->count();
  }
  if (notification.mqtt_reason_code) {
    params["mqtt_reason_code"] = *notification.mqtt_reason_code;
    params["mqtt_reason"] = notification.mqtt_reason;
  }
  return write_notification("broker", params);
}

std::string write_notification(const DrainNotification& notification) {
  return write_notification("drain", {{"deadline_ms", notification.deadline.count()},
                                      {"reconnect_after_ms", notification.reconnect_after.count()}});
}

std::string write_notification(const OverflowNotification& notification) {
  return write_notification("overflow", {{"dropped", notification.dropped}, {"filters", notification.filters}});
}

std::string write_notification(const TooLargeNotification& notification) {
  Json params{{"method", notification.method}};
  if (notification.topic) {
    params["topic"] = *notification.topic;
  }
  params["bytes"] = notification.bytes;
  return write_notification("too_large", params);
}

std::string write_retained_result(std::string_view messages, Completeness complete,
                                  const std::optional<std::string>& next) {
  std::string text = R"({"messages":[)";
  text += messages;
  text += R"(],"complete":)";
  append_json_string(text, word(complete));
  if (next) {
    text += R"(,"next":)";
    append_json_string(text, *next);
  }
  text += '}';
  return text;
}

}  // namespace lobbyd::api
