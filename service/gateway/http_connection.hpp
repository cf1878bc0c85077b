#pragma once

// HTTP on a fresh connection: requests are answered one after the other until the client has no more, or the connection
// becomes a WebSocket. Bounded in size and time.

#include "service/gateway/http_policy.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lobbyd::gateway {

struct HttpRequest {
  std::string_view method;
  std::string_view path;  // without the query
  std::optional<std::string_view> host;
  UpgradeRequest upgrade;
};

struct HttpResponse {
  unsigned status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::string allow = {};  // of 405: the methods that there are (RFC 9110 §15.5.6)
};

// Answers, or tells that a WebSocket begins.
using HttpRoute = std::function<std::variant<HttpResponse, UpgradeAnswer>(const HttpRequest&)>;
// The upgrade has been answered so; `early` are bytes that came behind the request.
using Upgraded = std::function<void(boost::asio::ip::tcp::socket, std::string early, const UpgradeAnswer& answer)>;

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  // Without an answer. No effect once the upgrade has been answered.
  virtual void abort() = 0;
};

// `limit`: until a request is there, and again until its answer has been taken. The connection keeps itself until it
// ends or is a WebSocket.
std::weak_ptr<HttpConnection> serve_http(boost::asio::ip::tcp::socket socket, std::chrono::seconds limit,
                                         HttpRoute route, Upgraded upgraded);

}  // namespace lobbyd::gateway
