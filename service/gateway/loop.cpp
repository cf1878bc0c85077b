#include "service/gateway/loop.hpp"

#include "service/gateway/websocket_connection.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace lobbyd::gateway {

namespace {

constexpr std::chrono::milliseconds tick_interval{250};

}  // namespace

Loop::Loop(boost::asio::io_context& context) : context_(context), poller_(context), ticker_(context) {}

void Loop::start_ticking() {
  ticker_.expires_after(tick_interval);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      poller_.tick(std::chrono::steady_clock::now());
      start_ticking();
    }
  });
}

void Loop::stop() {
  ticker_.cancel();
}

websocket::Inflater& Loop::inflater() {
  return inflater_ ? *inflater_ : inflater_.emplace();
}

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

void Loop::let_read(bool reads) {
  reads_ = reads;
  if (reads) {
    for (const std::shared_ptr<WebSocketConnection>& connection : std::exchange(unread_, {})) {
      connection->read_again();
    }
  }
}

}  // namespace lobbyd::gateway
