#include "protocol/api/error.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::api {

ReasonInfo describe(Reason reason) {
  switch (reason) {
    case Reason::parse_error:
      return {-32700, "parse_error", false};
    case Reason::invalid_request:
      return {-32600, "invalid_request", false};
    case Reason::method_not_found:
      return {-32601, "method_not_found", false};
    case Reason::invalid_params:
      return {-32602, "invalid_params", false};
    case Reason::internal:
      return {-32603, "internal", true};
    case Reason::bad_topic:
      return {400, "bad_topic", false};
    case Reason::bad_filter:
      return {400, "bad_filter", false};
    case Reason::bad_payload:
      return {400, "bad_payload", false};
    case Reason::bad_name:
      return {400, "bad_name", false};
    case Reason::bad_score:
      return {400, "bad_score", false};
    case Reason::bad_state:
      return {400, "bad_state", false};
    case Reason::unauthorized:
      return {401, "unauthorized", false};
    case Reason::token_expired:
      return {401, "token_expired", false};
    case Reason::forbidden:
      return {403, "forbidden", false};
    case Reason::not_found:
      return {404, "not_found", false};
    case Reason::conflict:
      return {409, "conflict", false};
    case Reason::too_large:
      return {413, "too_large", false};
    case Reason::rate_limited:
      return {429, "rate_limited", true};
    case Reason::too_many:
      return {429, "too_many", false};
    case Reason::broker_refused:
      return {502, "broker_refused", false};
    case Reason::broker_unavailable:
      return {503, "broker_unavailable", true};
    case Reason::draining:
      return {503, "draining", true};
    case Reason::timeout:
      return {504, "timeout", true};
  }
  return describe(Reason::internal);
}

Error invalid_field(std::string_view field, std::string message) {
  return {Reason::invalid_params, std::move(message), {{"field", field}}};
}

Error too_many(std::string message, std::uint64_t limit) {
  return {Reason::too_many, std::move(message), {{"limit", limit}}};
}

Error rate_limited(std::string message, std::chrono::milliseconds retry_after) {
  return {Reason::rate_limited, std::move(message), {{"retry_after_ms", retry_after.count()}}};
}

Error broker_refused(std::string message, std::uint8_t mqtt_reason_code, std::string_view mqtt_reason) {
  return {Reason::broker_refused,
          std::move(message),
          {{"mqtt_reason_code", mqtt_reason_code}, {"mqtt_reason", mqtt_reason}}};
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t max_bytes = 32;
  std::size_t end = std::min(text.size(), max_bytes);
  const auto within_character = [&] {
    return end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80;
  };
  while (end > 0 && within_character()) {
    --end;
  }
  std::string result(text.substr(0, end));
  std::ranges::replace_if(result, [](char c) { return c >= 0 && c < 0x20; }, '?');
  return end < text.size() ? result + "..." : result;
}

std::string quoted_excerpt(std::string_view text) {
  return '"' + excerpt(text) + '"';
}

Json to_json(const Error& error) {
  const ReasonInfo info = describe(error.reason);
  Json data{{"reason", info.word}, {"temporary", info.temporary}};
  for (const auto& [name, value] : error.extra.items()) {
    data[name] = value;
  }
  return {{"code", info.code}, {"message", error.message}, {"data", std::move(data)}};
}

std::string_view word(CloseCode code) {
  switch (code) {
    case CloseCode::going_away:
    case CloseCode::service_restart:
      return word(Reason::draining);
    case CloseCode::internal_error:
      return word(Reason::internal);
    case CloseCode::try_again_later:
      return "try_again_later";
    case CloseCode::broker_unavailable:
      return word(Reason::broker_unavailable);
    case CloseCode::slow_consumer:
      return "slow_consumer";
    case CloseCode::rate_limited:
      return word(Reason::rate_limited);
    case CloseCode::normal:
      return "disconnected";
    case CloseCode::protocol_error:
      return "protocol_error";
    case CloseCode::unsupported_data:
      return "binary_frame";
    case CloseCode::invalid_utf8:
      return "invalid_utf8";
    case CloseCode::message_too_large:
      return word(Reason::too_large);
    case CloseCode::invalid_request:
      return word(Reason::invalid_request);
    case CloseCode::unauthorized:
      return word(Reason::unauthorized);
    case CloseCode::forbidden:
      return word(Reason::forbidden);
    case CloseCode::timeout:
      return word(Reason::timeout);
    case CloseCode::taken_over:
      return "taken_over";
    case CloseCode::token_expired:
      return word(Reason::token_expired);
  }
  return word(Reason::internal);
}

std::string close_reason(CloseCode code, std::optional<std::chrono::milliseconds> retry_after) {
  std::string reason(word(code));
  if (retry_after) {
    reason += " retry_after_ms=" + std::to_string(retry_after->count());
  }
  return reason;
}

}  // namespace lobbyd::api
