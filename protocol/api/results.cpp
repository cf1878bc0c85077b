#include "protocol/api/results.hpp"

#include "protocol/api/envelope.hpp"

#include <concepts>
#include <utility>

namespace lobbyd::api {
namespace {

// What thousands of clients are told at once when they come back, so written straight into a string.
void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += name;
  append_json_string(out, text);
}

template <std::integral Number>
void append_member(std::string& out, std::string_view name, Number number) {
  out += name;
  out += std::to_string(number);
}

void append_flag(std::string& out, std::string_view name, bool flag) {
  out += name;
  out += flag ? "true" : "false";
}

void append(std::string& out, const BrokerCapabilities& capabilities) {
  append_member(out, R"(,"capabilities":{"maximum_qos":)", capabilities.maximum_qos);
  append_flag(out, R"(,"retain":)", capabilities.retain);
  append_flag(out, R"(,"wildcard":)", capabilities.wildcard);
  append_flag(out, R"(,"shared":)", capabilities.shared);
  if (capabilities.maximum_packet_size) {
    append_member(out, R"(,"maximum_packet_size":)", *capabilities.maximum_packet_size);
  }
  append_member(out, R"(,"receive_maximum":)", capabilities.receive_maximum);
  out += '}';
}

void append(std::string& out, const BrokerInfo& broker) {
  append_member(out, R"(,"broker":{"name":)", broker.name);
  append_member(out, R"(,"state":)", word(broker.state));
  if (!broker.protocol.empty()) {
    append_member(out, R"(,"protocol":)", broker.protocol);
  }
  if (broker.capabilities) {
    append(out, *broker.capabilities);
  }
  out += '}';
}

void append(std::string& out, const SessionInfo& session) {
  append_member(out, R"(,"session":{"secret":)", session.secret);
  append_flag(out, R"(,"resumed":)", session.resumed);
  append_member(out, R"(,"expiry":)", session.expiry.count());
  out += '}';
}

void append(std::string& out, const SessionLimits& limits) {
  append_member(out, R"(,"limits":{"max_message_bytes":)", limits.max_message_bytes);
  append_member(out, R"(,"max_subscriptions":)", limits.max_subscriptions);
  append_member(out, R"(,"max_qos":)", limits.max_qos);
  append_member(out, R"(,"outbox_bytes":)", limits.outbox_bytes);
  append_member(out, R"(,"keepalive_seconds":)", limits.keepalive.count());
  out += '}';
}

std::string write(const Subscription& subscription) {
  std::string text;
  append_member(text, R"({"topic":)", subscription.filter);
  append_member(text, R"(,"qos":)", subscription.qos);
  text += subscription.delivery == Delivery::latest ? R"(,"delivery":"latest")" : R"(,"delivery":"queue")";
  append_flag(text, R"(,"no_local":)", subscription.no_local);
  text += '}';
  return text;
}

// As many as fit where all, with the bracket that is still to come, may have so many bytes.
void append(std::string& out, const std::vector<std::string>& rooms) {
  out += R"(,"rooms":[)";
  for (const std::string& room : rooms) {
    out += out.ends_with('[') ? "" : ",";
    append_json_string(out, room);
  }
  out += ']';
}

void append(std::string& out, const std::vector<Subscription>& subscriptions, std::size_t max_bytes) {
  constexpr std::size_t tail = std::string_view(R"(],"subscriptions_left_out":12345678901234567890})").size();
  out += R"(,"subscriptions":[)";
  std::size_t left_out = subscriptions.size();
  for (const Subscription& subscription : subscriptions) {
    const std::string next = write(subscription);
    if (out.size() + 1 + next.size() + tail > max_bytes) {
      break;
    }
    out += left_out < subscriptions.size() ? "," : "";
    out += next;
    --left_out;
  }
  out += ']';
  if (left_out > 0) {
    append_member(out, R"(,"subscriptions_left_out":)", left_out);
  }
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

std::string write_connect_result(const ConnectResult& result, std::size_t max_bytes) {
  constexpr std::size_t around = 768;
  std::string text;
  text.reserve(around);
  append_member(text, R"({"client_id":)", result.client_id);
  append_member(text, R"(,"user":)", result.user);
  append(text, result.session);
  append(text, result.broker);
  append_member(text, R"(,"will":)", word(result.will));
  append_member(text, R"(,"instance":)", result.instance);
  append_member(text, R"(,"version":)", result.version);
  append(text, result.limits);
  append_member(text, R"(,"time":)", result.time);
  if (result.rooms) {
    append(text, *result.rooms);
  }
  if (result.subscriptions) {
    append(text, *result.subscriptions, max_bytes);
  }
  text += '}';
  return text;
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
  if (notification.wills_published) {
    params["wills_published"] = true;
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
