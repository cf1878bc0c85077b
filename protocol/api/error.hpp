#pragma once

// What can go wrong, as the client sees it: the one table of reasons, and the close codes.

#include "protocol/api/json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::api {

enum class Reason : std::uint8_t {
  // faults of the protocol
  parse_error,
  invalid_request,
  method_not_found,
  invalid_params,
  internal,
  // 400
  bad_topic,
  bad_filter,
  bad_payload,
  bad_name,
  bad_score,
  bad_state,
  // 401
  unauthorized,
  token_expired,
  // 403 and 404
  forbidden,
  not_found,
  // 409 and 413
  conflict,
  too_large,
  // 429
  rate_limited,
  too_many,
  // 502 and 503
  broker_refused,
  broker_unavailable,
  draining,
  // 504
  timeout,
};

struct ReasonInfo {
  int code;               // JSON-RPC's negative numbers, HTTP's positive ones
  std::string_view word;  // stable; `error.data.reason`
  bool temporary;         // whether trying again may help
};

ReasonInfo describe(Reason reason);
inline std::string_view word(Reason reason) {
  return describe(reason).word;
}

// `message` says in plain English what was wrong and what would be right, and holds no internals. `extra` is an object
// whose members are added to `error.data`: `field`, `limit`, `retry_after_ms`, `mqtt_reason_code`, `mqtt_reason`.
struct Error {
  Reason reason = Reason::internal;
  std::string message = {};
  Json extra = Json::object();
};

// An `invalid_params` error about one field, which `data.field` names.
Error invalid_field(std::string_view field, std::string message);

// 429 with `data.limit` or `data.retry_after_ms`.
Error too_many(std::string message, std::uint64_t limit);
Error rate_limited(std::string message, std::chrono::milliseconds retry_after);

// 502 with the broker's reason code and the standard's word for it.
Error broker_refused(std::string message, std::uint8_t mqtt_reason_code, std::string_view mqtt_reason);

// What a client sent, for use in a message: cut to a few words, without control characters, so that every error fits
// into the smallest frame that a client may ask for. `quoted_excerpt` adds quotation marks.
std::string excerpt(std::string_view text);
std::string quoted_excerpt(std::string_view text);

// {"code":…,"message":…,"data":{"reason":…,"temporary":…,…}}
Json to_json(const Error& error);

// Why a WebSocket is closed; the number tells the client whether to come back.
enum class CloseCode : std::uint16_t {
  // come back, after a jittered wait
  going_away = 1001,
  internal_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  broker_unavailable = 4503,
  slow_consumer = 4508,
  rate_limited = 4529,
  // do not come back as you are
  normal = 1000,
  protocol_error = 1002,
  unsupported_data = 1003,
  invalid_utf8 = 1007,
  message_too_large = 1009,
  invalid_request = 4400,
  unauthorized = 4401,
  forbidden = 4403,
  timeout = 4408,
  taken_over = 4409,
  token_expired = 4419,
};

std::string_view word(CloseCode code);

// The reason of a Close frame: the word, and `retry_after_ms=N` after a space where a wait is given (1012 and 4529).
std::string close_reason(CloseCode code, std::optional<std::chrono::milliseconds> retry_after = std::nullopt);

}  // namespace lobbyd::api
