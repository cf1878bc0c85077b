#pragma once

// The connections of a listener that have not become a WebSocket: bounded in number. When there are too many the oldest
// ends: whoever opens connections and says nothing shuts nobody out.

#include "service/gateway/http_connection.hpp"

#include <cstddef>
#include <deque>
#include <memory>

namespace lobbyd::gateway {

class Handshakes {
 public:
  explicit Handshakes(std::size_t max) : max_(max) {}

  // True where another one had to end.
  bool add(std::weak_ptr<HttpConnection> connection);

 private:
  void forget_ended();

  std::size_t max_;
  std::deque<std::weak_ptr<HttpConnection>> open_;  // the oldest in front; some may have ended
};

}  // namespace lobbyd::gateway
