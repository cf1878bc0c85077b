#include "service/gateway/http_text.hpp"

#include <boost/beast/http/message.hpp>

#include <string_view>

namespace lobbyd::gateway {

namespace {

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += value;
  out += "\r\n";
}

void append_status(std::string& out, unsigned status) {
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  out += "HTTP/1.1 ";
  out += std::to_string(status);
  out += ' ';
  append_line(out, {reason.data(), reason.size()}, {});
}

}  // namespace

std::string write_response(const HttpResponse& response, HttpDelivery delivery) {
  std::string text;
  append_status(text, response.status);
  append_line(text, "Content-Type: ", response.content_type);
  append_line(text, "Cache-Control: ", "no-store");
  append_line(text, "X-Content-Type-Options: ", "nosniff");
  if (response.status == 426) {
    // RFC 9110 §15.5.22, RFC 6455 §4.2.2
    append_line(text, "Upgrade: ", "websocket");
    append_line(text, "Sec-WebSocket-Version: ", "13");
  }
  if (!response.allow_origin.empty()) {
    append_line(text, "Access-Control-Allow-Origin: ", response.allow_origin);
    append_line(text, "Vary: ", "Origin");
  }
  if (!response.allow.empty()) {
    append_line(text, "Allow: ", response.allow);
  }
  if (!delivery.keep_alive) {
    append_line(text, "Connection: ", "close");
  }
  append_line(text, "Content-Length: ", std::to_string(response.body.size()));
  text += "\r\n";
  if (!delivery.head_only) {
    text += response.body;
  }
  return text;
}

std::string write_upgrade(const UpgradeAnswer& answer) {
  std::string text;
  text.reserve(192);
  append_status(text, 101);
  append_line(text, "Upgrade: ", "websocket");
  append_line(text, "Connection: ", "Upgrade");
  append_line(text, "Sec-WebSocket-Accept: ", answer.accept);
  if (!answer.subprotocol.empty()) {
    append_line(text, "Sec-WebSocket-Protocol: ", answer.subprotocol);
  }
  if (answer.deflate) {
    append_line(text, "Sec-WebSocket-Extensions: ", answer.deflate->answer);
  }
  text += "\r\n";
  return text;
}

}  // namespace lobbyd::gateway
