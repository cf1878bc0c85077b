#pragma once

// The loops that clients' connections are spread over: the home loop, and others on threads of their own. A connection
// stays where it was put.
//
// The home thread's.

#include "service/gateway/connection.hpp"
#include "service/gateway/loop.hpp"
#include "service/gateway/threads/remote_loop.hpp"
#include "service/gateway/websocket_connection.hpp"
#include "service/health/heartbeats.hpp"
#include "service/system/file_descriptor.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace lobbyd::gateway {

class Loops {
 public:
  // `threads`: of all loops, at least 1. Throws where the system has no thread for one. The limits must outlive it.
  Loops(boost::asio::io_context& home, std::size_t threads, const WebSocketConnection::Limits& limits,
        health::Heartbeats& heartbeats);

  // For sockets that are not those of clients yet.
  Loop& home() { return home_; }
  // `socket`: one that does not block. `compressed`: the client may compress what it sends. On the loop that has the
  // least.
  std::shared_ptr<Connection> connect(FileDescriptor socket, bool compressed);
  // On the home loop: for those that are turned away, and those that speak other protocols.
  std::shared_ptr<WebSocketConnection> connect_at_home(FileDescriptor socket, bool compressed);
  // No more times are checked.
  void stop() { home_.stop(); }

 private:
  std::size_t choose() const;

  const WebSocketConnection::Limits& limits_;
  Loop home_;
  std::vector<std::unique_ptr<RemoteLoop>> others_;
};

}  // namespace lobbyd::gateway
