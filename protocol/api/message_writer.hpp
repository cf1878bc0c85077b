#pragma once

// The hot path: MQTT messages as JSON, written straight into a string.

#include "protocol/api/params.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::api {

// A borrowed message. Everything but `payload` and `correlation_data` is UTF-8.
struct MessageView {
  std::string_view topic = {};
  std::string_view payload = {};
  std::uint8_t qos = 0;
  bool retain = false;
  std::optional<std::uint32_t> expiry = std::nullopt;  // seconds
  std::optional<std::string_view> content_type = std::nullopt;
  std::optional<std::string_view> response_topic = std::nullopt;
  std::optional<std::string_view> correlation_data = std::nullopt;
  std::span<const std::pair<std::string_view, std::string_view>> user_properties = {};
};

// Appends {"topic":…,"payload":… or "payload_base64":…,"qos":…,…}; fields that are false or unset are left out. The
// payload is a string where it is UTF-8 and `form` does not ask for base64.
void append_message_object(std::string& out, const MessageView& message, PayloadForm form);

// Appends a whole `message` notification.
void append_message_notification(std::string& out, const MessageView& message, PayloadForm form);

}  // namespace lobbyd::api
