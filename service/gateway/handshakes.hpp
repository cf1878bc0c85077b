#pragma once

// The connections of a listener that have not become a WebSocket: bounded in number. When there are too many
// the oldest ends: whoever opens connections and says nothing shuts nobody out.

#include "service/gateway/http_connection.hpp"

#include <cstddef>
#include <list>
#include <memory>

namespace lobbyd::gateway {

class Handshakes {
 public:
  explicit Handshakes(std::size_t max) : max_(max) {}
  Handshakes(const Handshakes&) = delete;
  Handshakes& operator=(const Handshakes&) = delete;
  ~Handshakes() = default;

  // Keeps it until it is over. True where another one had to end.
  bool add(std::shared_ptr<HttpConnection> connection);

 private:
  std::size_t max_;
  std::list<std::shared_ptr<HttpConnection>> open_;  // the oldest in front
};

}  // namespace lobbyd::gateway
