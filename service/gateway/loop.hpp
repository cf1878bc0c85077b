#pragma once

// What the connections of one event loop share: the poller of their sockets, the buffer that bytes are read into, what
// decompresses messages and reads their JSON, the list of those that have something to write, and the clock that checks
// their times.
//
// One thread.

#include "protocol/api/json_reader.hpp"
#include "protocol/websocket/deflate.hpp"
#include "service/gateway/poller.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <sys/uio.h>
#include <utility>
#include <vector>

namespace lobbyd::gateway {

class WebSocketConnection;

class Loop {
 public:
  explicit Loop(boost::asio::io_context& context);

  boost::asio::io_context& context() { return context_; }
  Poller& poller() { return poller_; }
  const Poller& poller() const { return poller_; }
  // For one read and what is done with it; nothing keeps views into it.
  std::span<char> read_buffer() { return buffer_; }
  // For one write.
  std::span<iovec> pieces() { return pieces_; }
  // For one message.
  websocket::Inflater& inflater();
  api::JsonReader& json_reader() { return json_reader_; }

  // Begins to tell the connections of the time, and goes on until `stop`.
  void start_ticking();
  void stop();

  // Writes what the connection has waiting when the current turn of the loop is done, together with all that it gets
  // until then.
  void flush_later(std::shared_ptr<WebSocketConnection> connection);
  // Or now.
  void flush();

  // Whether sockets are read. While they are not, those that could be are remembered.
  bool reads() const { return reads_; }
  void let_read(bool reads);
  void read_later(std::shared_ptr<WebSocketConnection> connection) { unread_.push_back(std::move(connection)); }

 private:
  boost::asio::io_context& context_;
  Poller poller_;
  boost::asio::steady_timer ticker_;
  std::array<char, 64U << 10U> buffer_{};
  std::array<iovec, 64> pieces_{};
  std::optional<websocket::Inflater> inflater_;  // from when it is first needed
  api::JsonReader json_reader_;
  std::vector<std::shared_ptr<WebSocketConnection>> dirty_;
  std::vector<std::shared_ptr<WebSocketConnection>> unread_;
  bool reads_ = true;
};

}  // namespace lobbyd::gateway
