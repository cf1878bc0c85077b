#include "service/gateway/loop.hpp"

#include "service/gateway/websocket_connection.hpp"

namespace lobbyd::gateway {

void Loop::flush_later(std::shared_ptr<WebSocketConnection> connection) {
  dirty_.push_back(std::move(connection));
  if (dirty_.size() == 1) {
    boost::asio::post(context_, [this] { flush(); });
  }
}

void Loop::flush() {
  for (const std::shared_ptr<WebSocketConnection>& connection : std::exchange(dirty_, {})) {
    connection->flush();
  }
}

}  // namespace lobbyd::gateway
