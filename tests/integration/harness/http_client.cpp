#include "tests/integration/harness/http_client.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace lobbyd::integration {
namespace {

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

HttpResponse parse_head(std::string_view head) {
  HttpResponse response;
  if (!head.starts_with("HTTP/1.1 ") || head.size() < 12) throw std::runtime_error("not HTTP: " + std::string(head));
  response.status = std::stoi(std::string(head.substr(9, 3)));
  for (auto line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
    const auto text = head.substr(line + 2, head.find("\r\n", line + 2) - line - 2);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) continue;
    const auto value = text.substr(std::min(text.find_first_not_of(' ', colon + 1), text.size()));
    response.headers[lower_case(std::string(text.substr(0, colon)))] = value;
  }
  return response;
}

bool has_body(const HttpRequest& request, int status) {
  return request.method != "HEAD" && status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::string HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpRequest upgrade_request(std::string target) {
  return {.method = "GET",
          .target = std::move(target),
          .headers = {{"Connection", "Upgrade"},
                      {"Upgrade", "websocket"},
                      {"Sec-WebSocket-Version", "13"},
                      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}};
}

HttpResponse exchange(TcpSocket& socket, const Endpoint& endpoint, const HttpRequest& request, Deadline deadline) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  text += "Host: " + request.host.value_or(endpoint.authority()) + "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  socket.send(text + "\r\n", deadline);

  std::string received;
  auto end_of_head = std::string::npos;
  while ((end_of_head = received.find("\r\n\r\n")) == std::string::npos) {
    const auto bytes = socket.receive(deadline);
    if (bytes.empty()) throw std::runtime_error("the connection ended before an answer had come");
    received += bytes;
  }
  auto response = parse_head(std::string_view(received).substr(0, end_of_head));
  response.body = received.substr(end_of_head + 4);
  if (!has_body(request, response.status)) return response;
  const auto length = response.header("content-length");
  const auto wanted = length.empty() ? std::string::npos : std::stoul(length);
  while (response.body.size() < wanted) {
    const auto bytes = socket.receive(deadline);
    if (bytes.empty()) break;
    response.body += bytes;
  }
  return response;
}

HttpResponse http(const Endpoint& endpoint, const HttpRequest& request, Deadline deadline) {
  TcpSocket socket(endpoint);
  return exchange(socket, endpoint, request, deadline);
}

HttpResponse http_get(const Endpoint& endpoint, std::string target) {
  return http(endpoint, {.method = "GET", .target = std::move(target)});
}

}  // namespace lobbyd::integration
