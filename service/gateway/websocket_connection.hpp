#pragma once

// A WebSocket connection after its upgrade: frames in, frames out through a bounded outbox, keep alive, the closing
// handshake. It knows nothing of what the messages mean.
//
// One loop. Times are checked by `tick`, which the table of connections calls for all: no timer of its own.

#include "protocol/api/error.hpp"
#include "protocol/websocket/decoder.hpp"
#include "service/gateway/loop.hpp"
#include "service/gateway/outbox.hpp"
#include "service/gateway/poller.hpp"
#include "service/system/file_descriptor.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::gateway {

class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;
  virtual void on_text(std::string_view text) = 0;
  // The socket has taken what it could; not called from within anything else.
  virtual void on_flushed() = 0;
  // QoS 0 messages gave way. What is sent now is the next to go out.
  virtual void on_overflow(const Outbox::Overflow& overflow) = 0;
  // The connection has ended by the client, the network or a fault, or by our own `close`: nothing more comes in.
  // Called once.
  virtual void on_end() = 0;
};

class WebSocketConnection final : public Pollable, public std::enable_shared_from_this<WebSocketConnection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Limits {
    std::size_t max_message_bytes;
    Outbox::Limits outbox;
    std::chrono::seconds keep_alive;
  };

  // The limits must outlive it.
  WebSocketConnection(boost::asio::ip::tcp::socket socket, Loop& loop, const Limits& limits);

  // `early`: bytes that came behind the upgrade request. The handler is kept until `on_end`; null for a
  // connection that is closed at once.
  void start(std::shared_ptr<WebSocketHandler> handler, std::string early);

  // A client whose outbox cannot take it is closed as a slow consumer: soon, not from within this call.
  void send(Frame frame, Outbox::Class frame_class, const FilterName& filter = {}, std::string_view topic = {},
            std::uint32_t messages = 1);
  // Sends what waits, then a Close frame, and waits a while for the client's.
  void close(api::CloseCode code, std::optional<std::chrono::milliseconds> retry_after = {});
  // Without a Close frame.
  void abort();

  // TCP's own back-pressure: while paused no text is handed over, and silence is not held against the client.
  void pause_reading(bool paused);

  // Leads to a `flush` when this turn of the loop is done.
  void request_flush();
  void flush();
  // What the client has asked for and not taken.
  std::size_t owed_bytes() const { return outbox_.owed_bytes(); }
  void tick(TimePoint now);
  bool is_open() const { return state_ == State::open; }
  bool is_gone() const { return state_ == State::gone; }

 private:
  enum class State : std::uint8_t { open, closing, gone };

  void on_ready(Ready ready) override;
  void read();
  void process(std::span<char> input);
  void process_held();
  void on_event(const websocket::Event& event);
  // A fault in one session ends that session.
  template <class Call>
  void guarded(Call call);
  void write();
  void write_some();
  void report_overflow();
  void begin_closing(std::uint16_t code, std::string_view reason);
  void end_if_done();
  void end();

  FileDescriptor socket_;
  std::optional<Poller::Slot> slot_;  // while it is polled
  Loop& loop_;
  const Limits& limits_;
  std::shared_ptr<WebSocketHandler> handler_;
  websocket::Decoder decoder_;
  Outbox outbox_;
  std::string held_;  // came in while paused
  TimePoint heard_;   // when bytes last came
  TimePoint pinged_;
  TimePoint blocked_since_;  // while it is
  TimePoint close_deadline_;
  State state_ = State::open;
  bool dirty_ = false;
  bool unread_ = false;   // the socket may hold something
  bool ended_ = false;    // the client sends no more than that
  bool blocked_ = false;  // the socket takes nothing more for now
  bool paused_ = false;
  bool overrun_ = false;  // the outbox could not take a frame
  bool peer_closed_ = false;
  bool deaf_ = false;  // after a fault: what comes in is thrown away
};

}  // namespace lobbyd::gateway
