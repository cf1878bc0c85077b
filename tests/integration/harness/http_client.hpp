#pragma once

#include "tests/integration/harness/tcp_socket.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::integration {

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  std::optional<std::string> host = {};  // the Host header; the endpoint itself if unset
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // after a 101: the first bytes of the new protocol, if any

  /// The header's value, "" if it is absent.
  std::string header(const std::string& name) const;
};

/// A request that asks for an upgrade to WebSocket (RFC 6455 §4.1), to be altered by the test that needs it wrong.
HttpRequest upgrade_request(std::string target = "/ws");

/// Sends the request on the socket and reads one answer; throws DeadlineExceeded, or std::runtime_error when the
/// connection ends before a whole head has come.
HttpResponse exchange(TcpSocket& socket, const Endpoint& endpoint, const HttpRequest& request,
                      Deadline deadline = default_deadline());

/// exchange() on a connection of its own.
HttpResponse http(const Endpoint& endpoint, const HttpRequest& request, Deadline deadline = default_deadline());
HttpResponse http_get(const Endpoint& endpoint, std::string target);

}  // namespace lobbyd::integration
