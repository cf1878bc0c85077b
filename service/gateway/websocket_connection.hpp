#pragma once

// A WebSocket connection after its upgrade: frames in, frames out through a bounded outbox, keep alive, the closing
// handshake. It reads requests, but knows nothing of what they mean.
//
// One loop. Times are checked by `on_tick`, which the loop calls for all: no timer of its own.

#include "protocol/websocket/decoder.hpp"
#include "service/gateway/connection.hpp"
#include "service/gateway/loop.hpp"
#include "service/gateway/outbox.hpp"
#include "service/gateway/poller.hpp"
#include "service/system/file_descriptor.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::gateway {

class WebSocketConnection final : public Connection,
                                  public Pollable,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  struct Limits {
    std::size_t max_message_bytes;
    Outbox::Limits outbox;
    std::chrono::seconds keep_alive;
  };

  // `socket`: one that does not block. The limits must outlive it. `compressed`: the client may compress what it sends.
  WebSocketConnection(FileDescriptor socket, Loop& loop, const Limits& limits, bool compressed);

  void start(std::shared_ptr<ConnectionHandler> handler, std::string early) override;
  void send(const Frame& frame, Outbox::Class frame_class, const FilterName& filter = {}, std::string_view topic = {},
            std::uint32_t messages = 0) override;
  void remember(std::unique_ptr<Outbox> session) override;
  void acknowledge(std::uint64_t received) override { outbox_.acknowledge(received); }
  void close(api::CloseCode code, std::optional<std::chrono::milliseconds> retry_after = {}) override;
  // With a code and a reason of another protocol.
  void close_with(std::uint16_t code, std::string_view reason) { begin_closing(code, reason); }
  void abort() override;
  void pause_reading(bool paused) override;
  void request_flush() override;
  std::size_t owed_bytes() const override { return outbox_.owed_bytes(); }
  bool is_open() const override { return state_ == State::open; }
  bool is_gone() const override { return state_ == State::gone; }

  // For the loop.
  void flush();
  // It could not be read while the loop did not read.
  void read_again();

 private:
  enum class State : std::uint8_t { open, closing, gone };

  void on_ready(Ready ready) override;
  void on_tick(TimePoint now) override;
  void read();
  void process(std::span<char> input);
  void process_held();
  void on_event(const websocket::Event& event);
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
  std::shared_ptr<ConnectionHandler> handler_;
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
  bool put_off_ = false;  // to be read when the loop reads again
  bool ended_ = false;    // the client sends no more than that
  bool blocked_ = false;  // the socket takes nothing more for now
  bool paused_ = false;
  bool overrun_ = false;  // the outbox could not take a frame
  bool peer_closed_ = false;
  bool deaf_ = false;  // after a fault: what comes in is thrown away
};

}  // namespace lobbyd::gateway
