#pragma once

// What can go wrong between TCP and MQTT, as error codes whose messages tell an operator what to look at.

#include <system_error>

namespace lobbyd::upstream {

// The broker's certificate was not accepted; `code` is OpenSSL's X509_V_ERR_….
std::error_code certificate_error(long code);

// The WebSocket handshake was answered by this HTTP status instead of 101.
std::error_code http_status_error(unsigned status);

enum class WebSocketError {
  no_subprotocol = 1,  // the server did not agree on `mqtt` (MQTT5 §6.0.0)
  text_frame,          // MQTT is sent in binary frames alone (MQTT5 §6.0.0)
};
std::error_code make_error_code(WebSocketError error);

}  // namespace lobbyd::upstream

template <>
struct std::is_error_code_enum<lobbyd::upstream::WebSocketError> : std::true_type {};
