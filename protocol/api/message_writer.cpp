#include "protocol/api/message_writer.hpp"

#include "protocol/api/base64.hpp"
#include "protocol/api/json.hpp"
#include "protocol/websocket/utf8.hpp"

namespace lobbyd::api {
namespace {

// Every member but the first begins with a comma: `topic` is always there.
void append_string_member(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  append_json_string(out, value);
}

// Bytes as a string where they can be one, else in base64, under the one name or the other.
void append_bytes_member(std::string& out, std::string_view text_name, std::string_view base64_name,
                         std::string_view bytes, PayloadForm form) {
  if (form == PayloadForm::automatic && websocket::is_valid_utf8(bytes)) {
    append_string_member(out, text_name, bytes);
    return;
  }
  out += base64_name;
  out += '"';
  append_base64(out, bytes);
  out += '"';
}

void append_user_properties(std::string& out, const MessageView& message) {
  out += R"(,"user_properties":[)";
  std::string_view before = "[";
  for (const auto& [key, value] : message.user_properties) {
    out += before;
    append_json_string(out, key);
    out += ',';
    append_json_string(out, value);
    out += ']';
    before = ",[";
  }
  out += ']';
}

// Enough for most messages to be written without the string growing on the way.
std::size_t expected_size(const MessageView& message, PayloadForm form) {
  constexpr std::size_t around = 128;
  const std::size_t payload = form == PayloadForm::base64 ? message.payload.size() * 4 / 3 : message.payload.size();
  return around + message.topic.size() + payload;
}

}  // namespace

void append_message_object(std::string& out, const MessageView& message, PayloadForm form) {
  append_string_member(out, R"({"topic":)", message.topic);
  append_bytes_member(out, R"(,"payload":)", R"(,"payload_base64":)", message.payload, form);
  out += R"(,"qos":)";
  out += static_cast<char>('0' + message.qos);
  if (message.retain) {
    out += R"(,"retain":true)";
  }
  if (message.expiry) {
    out += R"(,"expiry":)";
    out += std::to_string(*message.expiry);
  }
  if (message.content_type) {
    append_string_member(out, R"(,"content_type":)", *message.content_type);
  }
  if (message.response_topic) {
    append_string_member(out, R"(,"response_topic":)", *message.response_topic);
  }
  if (message.correlation_data) {
    append_bytes_member(out, R"(,"correlation_data":)", R"(,"correlation_data_base64":)", *message.correlation_data,
                        PayloadForm::automatic);
  }
  if (!message.user_properties.empty()) {
    append_user_properties(out, message);
  }
  out += '}';
}

void append_message_notification(std::string& out, const MessageView& message, PayloadForm form) {
  out.reserve(out.size() + expected_size(message, form));
  out += R"({"jsonrpc":"2.0","method":"message","params":)";
  append_message_object(out, message, form);
  out += '}';
}

}  // namespace lobbyd::api
