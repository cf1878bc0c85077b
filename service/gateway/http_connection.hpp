#pragma once

// HTTP on a fresh connection: requests are answered one after the other until the client has no more, or the connection
// becomes a WebSocket. Bounded in size and time.
//
// One loop, which tells it of the time. A client whose request is there already is answered at once: nothing is kept
// for it, and nothing watched.

#include "service/gateway/http_policy.hpp"
#include "service/gateway/http_text.hpp"
#include "service/gateway/loop.hpp"
#include "service/system/file_descriptor.hpp"

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
  std::string_view path;   // without the query
  std::string_view query;  // behind the question mark
  std::optional<std::string_view> host;
  UpgradeRequest upgrade;
};

// What a listener's connections have in common.
struct HttpService {
  // Until a request is there, and again until its answer has been taken.
  std::chrono::seconds limit;
  // Answers, or tells that a WebSocket begins.
  std::function<std::variant<HttpResponse, UpgradeAnswer>(const HttpRequest&)> route;
  // The upgrade has been answered so; `early` are bytes that came behind the request.
  std::function<void(FileDescriptor socket, std::string address, std::string early, const UpgradeAnswer& answer)>
      upgraded;
};

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  // Without an answer. No effect once the upgrade has been answered.
  virtual void abort() = 0;
  // Is called once, when it has ended or is a WebSocket.
  virtual void when_over(std::function<void()> over) = 0;
};

// `socket`: one that does not block. `address`: where the client connects from. The service must outlive the
// connection, which keeps itself until it is over. Null where that is so already.
std::shared_ptr<HttpConnection> serve_http(FileDescriptor socket, std::string address, Loop& loop,
                                           const HttpService& service);

}  // namespace lobbyd::gateway
