#pragma once

// What the connections of one event loop share: the poller of their sockets, the buffer that bytes are read into, and
// the list of those that have something to write.

#include "service/gateway/poller.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <memory>
#include <span>
#include <sys/uio.h>
#include <utility>
#include <vector>

namespace lobbyd::gateway {

class WebSocketConnection;

class Loop {
 public:
  explicit Loop(boost::asio::io_context& context) : context_(context), poller_(context) {}

  boost::asio::io_context& context() { return context_; }
  Poller& poller() { return poller_; }
  // For one read and what is done with it; nothing keeps views into it.
  std::span<char> read_buffer() { return buffer_; }
  // For one write.
  std::span<iovec> pieces() { return pieces_; }

  // Writes what the connection has waiting when the current turn of the loop is done, together with all that it gets
  // until then.
  void flush_later(std::shared_ptr<WebSocketConnection> connection);

 private:
  void flush();

  boost::asio::io_context& context_;
  Poller poller_;
  std::array<char, 64U << 10U> buffer_{};
  std::array<iovec, 64> pieces_{};
  std::vector<std::shared_ptr<WebSocketConnection>> dirty_;
};

}  // namespace lobbyd::gateway
