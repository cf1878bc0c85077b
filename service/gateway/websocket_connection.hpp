#pragma once

// A WebSocket connection after its upgrade: frames in, frames out through a bounded outbox, keep alive, the closing
// handshake. It knows nothing of what the messages mean.
//
// One loop. Times are checked by `tick`, which the table of connections calls for all: no timer of its own.

#include "protocol/api/error.hpp"
#include "protocol/websocket/decoder.hpp"
#include "service/gateway/loop.hpp"
#include "service/gateway/outbox.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::gateway {

class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;
  virtual void on_text(std::string_view text) = 0;
  // The connection has ended by the client, the network or a fault, or by our own `close`: nothing more comes in.
  // Called once.
  virtual void on_end() = 0;
};

class WebSocketConnection : public std::enable_shared_from_this<WebSocketConnection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Limits {
    std::size_t max_message_bytes;
    Outbox::Limits outbox;
    std::chrono::seconds keep_alive;
  };

  WebSocketConnection(boost::asio::ip::tcp::socket socket, Loop& loop, const Limits& limits);

  // `early`: bytes that came behind the upgrade request. The handler is kept until `on_end`.
  void start(std::shared_ptr<WebSocketHandler> handler, std::string early);

  // A client whose outbox cannot take it is closed as a slow consumer: soon, not from within this call.
  void send(Frame frame, Outbox::Class frame_class, FilterName filter = {}, std::string_view topic = {});
  // Sends what waits, then a Close frame, and waits a while for the client's.
  void close(api::CloseCode code, std::optional<std::chrono::milliseconds> retry_after = {});
  // Without a Close frame.
  void abort();

  // TCP's own back-pressure: while paused nothing is read, and silence is not held against the client.
  void pause_reading(bool paused);

  void flush();
  void tick(TimePoint now);
  bool is_open() const { return state_ == State::open; }
  bool is_gone() const { return state_ == State::gone; }

 private:
  enum class State : std::uint8_t { open, closing, gone };

  void wait_readable();
  void on_readable(const boost::system::error_code& error);
  void process(std::span<char> input);
  void on_event(const websocket::Event& event);
  void write_some();
  void on_written(const boost::system::error_code& error);
  void report_overflow();
  void begin_closing(std::uint16_t code, std::string_view reason);
  void request_flush();
  void end_if_done();
  void end();

  boost::asio::ip::tcp::socket socket_;
  Loop& loop_;
  std::chrono::seconds keep_alive_;
  std::shared_ptr<WebSocketHandler> handler_;
  websocket::Decoder decoder_;
  Outbox outbox_;
  std::vector<Frame> writing_;  // handed to the socket
  TimePoint heard_;             // when bytes last came
  TimePoint pinged_;
  TimePoint progressed_;  // when the socket last took something while something waited
  TimePoint close_deadline_;
  State state_ = State::open;
  bool dirty_ = false;
  bool reading_ = false;
  bool paused_ = false;
  bool overrun_ = false;  // the outbox could not take a frame
  bool peer_closed_ = false;
};

}  // namespace lobbyd::gateway
