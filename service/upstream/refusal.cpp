#include "service/upstream/refusal.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace lobbyd::upstream {
namespace {

struct Row {
  mqtt::ReasonCode reason;
  Remedy remedy;
  std::string_view text;
};

using enum mqtt::ReasonCode;

// Reasons that are not listed go away with time: MQTT5 §3.2.2.2 and §3.14.2.1 have a catch-all for unknown faults,
// and trying again within the limits of the normal backoff costs the broker little.
constexpr std::array rows{
    Row{unsupported_protocol_version, Remedy::person,
        "the broker takes neither of the MQTT versions that it was offered"},
    Row{client_identifier_not_valid, Remedy::person, "the broker does not accept the client id"},
    Row{bad_user_name_or_password, Remedy::person, "the broker does not accept the user name or password"},
    Row{not_authorized, Remedy::person, "the broker does not let this user connect (not authorized)"},
    Row{banned, Remedy::person, "the broker has banned this client"},
    Row{bad_authentication_method, Remedy::person, "the broker asks for another way of authentication"},
    Row{session_taken_over, Remedy::person,
        "another client connected with the same client id: is a second daemon running under this instance name?"},
    Row{server_moved, Remedy::person, "the broker has moved to another address"},
    Row{retain_not_supported, Remedy::person, "the broker does not support retained messages, which a will needs"},
    Row{qos_not_supported, Remedy::person, "the broker does not support the QoS of the will"},
    Row{topic_name_invalid, Remedy::person, "the broker does not accept the topic of the will"},
    Row{success, Remedy::time, "the broker ended the connection and gave no reason"},
    Row{server_unavailable, Remedy::time, "the broker is not available"},
    Row{server_busy, Remedy::time, "the broker is busy"},
    Row{server_shutting_down, Remedy::time, "the broker is shutting down"},
    Row{use_another_server, Remedy::time, "the broker asks to use another server for a while"},
    Row{quota_exceeded, Remedy::time, "a quota of the broker is exceeded"},
    Row{connection_rate_exceeded, Remedy::time, "the broker sees too many connections in too short a time"},
    Row{message_rate_too_high, Remedy::time, "the broker sees too many messages in too short a time"},
    Row{maximum_connect_time, Remedy::time, "the broker ended a connection that had lasted as long as it allows"},
    Row{administrative_action, Remedy::time, "the broker's administrator ended the connection"},
    Row{keep_alive_timeout, Remedy::time, "the broker heard nothing for too long"},
};

const Row* find(mqtt::ReasonCode reason) {
  const auto* const row = std::ranges::find(rows, reason, &Row::reason);
  return row == rows.end() ? nullptr : row;
}

}  // namespace

Remedy remedy(mqtt::ReasonCode reason) {
  const Row* const row = find(reason);
  return row != nullptr ? row->remedy : Remedy::time;
}

std::string explain(mqtt::ReasonCode reason) {
  if (const Row* const row = find(reason)) {
    return std::string(row->text);
  }
  return "the broker gave the reason " + std::string(name(reason));
}

std::string explain(const mqtt::Failure& failure) {
  switch (failure.kind) {
    case mqtt::Failure::Kind::refused:
    case mqtt::Failure::Kind::server_disconnected: {
      std::string text = explain(failure.reason);
      if (!failure.text.empty()) {
        text += " (" + failure.text + ")";
      }
      if (!failure.server_reference.empty()) {
        text += "; it names another server: " + failure.server_reference;
      }
      return text;
    }
    case mqtt::Failure::Kind::keep_alive:
      return "the broker has stopped answering";
    case mqtt::Failure::Kind::connack_timeout:
      return "the broker did not answer the connection request in time";
    case mqtt::Failure::Kind::answer_timeout:
      return "the broker did not answer a request in time";
    case mqtt::Failure::Kind::protocol:
      break;
  }
  return "the broker broke the MQTT protocol (" + failure.text + ")";
}

Remedy remedy(const mqtt::Failure& failure) {
  const bool refusal =
      failure.kind == mqtt::Failure::Kind::refused || failure.kind == mqtt::Failure::Kind::server_disconnected;
  return refusal ? remedy(failure.reason) : Remedy::time;
}

}  // namespace lobbyd::upstream
