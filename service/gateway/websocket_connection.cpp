#include "service/gateway/websocket_connection.hpp"

#include "protocol/websocket/frame.hpp"

#include <boost/asio/buffer.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <exception>
#include <utility>

namespace lobbyd::gateway {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::size_t max_pieces_of_a_write = 64;  // the library passes no more to the system
// Then the other connections have their turn.
constexpr int max_writes_of_a_turn = 4;
constexpr std::chrono::seconds closing_time{10};

Frame make_frame(websocket::Opcode opcode, std::string_view payload) {
  return std::make_shared<const std::string>(websocket::encode_frame(opcode, payload));
}

}  // namespace

WebSocketConnection::WebSocketConnection(tcp::socket socket, Loop& loop, const Limits& limits)
    : socket_(std::move(socket)),
      loop_(loop),
      limits_(limits),
      decoder_({.max_message_bytes = limits.max_message_bytes}),
      outbox_(limits.outbox),
      heard_(steady_clock::now()),
      pinged_(heard_) {}

void WebSocketConnection::start(std::shared_ptr<WebSocketHandler> handler, std::string early) {
  handler_ = std::move(handler);
  error_code ignored;
  socket_.non_blocking(true, ignored);
  process(early);
  wait_readable();
}

template <class Call>
void WebSocketConnection::guarded(Call call) {
  const std::shared_ptr<WebSocketHandler> handler = handler_;
  if (!handler) {
    return;
  }
  try {
    call(*handler);
  } catch (const std::exception& fault) {
    spdlog::error("a fault of lobbyd ended one client's connection: {}; please report it", fault.what());
    close(api::CloseCode::internal_error);
  }
}

// Reading -----------------------------------------------------------------------------------------------------------

void WebSocketConnection::wait_readable() {
  if (reading_ || paused_ || state_ == State::gone) {
    return;
  }
  reading_ = true;
  socket_.async_wait(tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code& error) { self->on_readable(error); });
}

void WebSocketConnection::on_readable(const error_code& wait_error) {
  reading_ = false;
  error_code error = wait_error;
  const std::span<char> buffer = loop_.read_buffer();
  const std::size_t size = error ? 0 : socket_.read_some(boost::asio::buffer(buffer.data(), buffer.size()), error);
  if (error && error != boost::asio::error::would_block) {
    end();
    return;
  }
  if (size > 0) {
    heard_ = steady_clock::now();
    process(buffer.first(size));
  }
  wait_readable();
}

void WebSocketConnection::process(std::span<char> input) {
  while (!peer_closed_ && !deaf_ && state_ != State::gone) {
    if (paused_) {
      held_.append(input.data(), input.size());
      return;
    }
    const auto event = decoder_.next(input);
    if (!event) {
      deaf_ = true;
      begin_closing(static_cast<std::uint16_t>(event.error().code),
                    api::close_reason(static_cast<api::CloseCode>(event.error().code)));
      return;
    }
    if (!*event) {
      return;
    }
    on_event(**event);
  }
}

void WebSocketConnection::process_held() {
  if (!paused_ && !held_.empty()) {
    std::string held = std::exchange(held_, {});
    process(held);
  }
}

void WebSocketConnection::on_event(const websocket::Event& event) {
  switch (event.opcode) {
    case websocket::Opcode::text:
      if (state_ == State::open) {
        guarded([&](WebSocketHandler& handler) { handler.on_text(event.payload); });
      }
      return;
    case websocket::Opcode::binary:
      return close(api::CloseCode::unsupported_data);
    case websocket::Opcode::ping:
      return send(make_frame(websocket::Opcode::pong, event.payload), Outbox::Class::notice);
    case websocket::Opcode::close: {
      peer_closed_ = true;
      // The answer echoes the code (RFC 6455 §5.5.1).
      const bool given = event.close_code != websocket::no_status_received;
      begin_closing(given ? event.close_code : static_cast<std::uint16_t>(api::CloseCode::normal), {});
      end_if_done();
      return;
    }
    case websocket::Opcode::pong:
    case websocket::Opcode::continuation:
      return;
  }
}

// What is held comes in with the next flush, on its own: not within whatever let the client go on.
void WebSocketConnection::pause_reading(bool paused) {
  if (paused_ == paused) {
    return;
  }
  paused_ = paused;
  heard_ = steady_clock::now();
  if (!held_.empty()) {
    request_flush();
  }
  wait_readable();
}

// Writing -----------------------------------------------------------------------------------------------------------

void WebSocketConnection::send(Frame frame, Outbox::Class frame_class, const FilterName& filter, std::string_view topic,
                               std::uint32_t messages) {
  if (state_ != State::open || overrun_) {
    return;
  }
  overrun_ = outbox_.push(std::move(frame), frame_class, filter, topic, messages) == Outbox::Push::full;
  request_flush();
}

void WebSocketConnection::request_flush() {
  if (!dirty_) {
    dirty_ = true;
    loop_.flush_later(shared_from_this());
  }
}

void WebSocketConnection::flush() {
  dirty_ = false;
  if (overrun_ && state_ == State::open) {
    outbox_.clear();
    close(api::CloseCode::slow_consumer);
  }
  write();
  guarded([](WebSocketHandler& handler) { handler.on_flushed(); });
  process_held();
}

void WebSocketConnection::write() {
  for (int writes = 0; !blocked_ && state_ != State::gone; ++writes) {
    if (!outbox_.in_frame()) {
      report_overflow();
    }
    if (outbox_.empty()) {
      return end_if_done();
    }
    if (writes == max_writes_of_a_turn) {
      return request_flush();
    }
    write_some();
  }
}

void WebSocketConnection::write_some() {
  std::array<std::string_view, max_pieces_of_a_write> pieces;
  std::array<boost::asio::const_buffer, max_pieces_of_a_write> buffers;
  const std::size_t count = outbox_.gather(pieces);
  std::size_t size = 0;
  for (std::size_t index = 0; index < count; ++index) {
    buffers[index] = boost::asio::buffer(pieces[index]);
    size += pieces[index].size();
  }
  error_code error;
  const std::size_t taken = count == 0 ? 0 : socket_.write_some(std::span(buffers).first(count), error);
  if (error && error != boost::asio::error::would_block) {
    return end();
  }
  outbox_.written(taken);
  if (taken < size) {
    wait_writable();
  }
}

void WebSocketConnection::wait_writable() {
  blocked_ = true;
  blocked_since_ = steady_clock::now();
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->blocked_ = false;
    if (error) {
      self->end();
    } else {
      self->flush();
    }
  });
}

void WebSocketConnection::report_overflow() {
  if (const Outbox::Overflow overflow = outbox_.take_overflow(); overflow.dropped > 0) {
    guarded([&](WebSocketHandler& handler) { handler.on_overflow(overflow); });
  }
}

// Ending ------------------------------------------------------------------------------------------------------------

void WebSocketConnection::close(api::CloseCode code, std::optional<std::chrono::milliseconds> retry_after) {
  begin_closing(static_cast<std::uint16_t>(code), api::close_reason(code, retry_after));
}

void WebSocketConnection::begin_closing(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) {
    return;
  }
  spdlog::debug("a connection is closed with {} {}", code, reason);
  outbox_.push(std::make_shared<const std::string>(websocket::encode_close(code, reason)), Outbox::Class::last);
  state_ = State::closing;
  close_deadline_ = steady_clock::now() + closing_time;
  request_flush();
  // The client's own Close frame is still to come.
  pause_reading(false);
  if (const auto handler = std::exchange(handler_, nullptr)) {
    handler->on_end();
  }
}

void WebSocketConnection::abort() {
  end();
}

// Closing the socket while the client still sends would reset the connection, and could take the Close frame with it:
// after a fault, what it sends is read away until it has done or the time is up.
void WebSocketConnection::end_if_done() {
  if (state_ != State::closing || !outbox_.empty()) {
    return;
  }
  if (peer_closed_) {
    end();
  } else if (deaf_) {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
}

void WebSocketConnection::end() {
  if (state_ == State::gone) {
    return;
  }
  state_ = State::gone;
  error_code ignored;
  socket_.close(ignored);
  outbox_.clear();
  if (const auto handler = std::exchange(handler_, nullptr)) {
    handler->on_end();
  }
}

void WebSocketConnection::tick(TimePoint now) {
  if (state_ == State::closing && now >= close_deadline_) {
    end();
    return;
  }
  if (state_ != State::open || limits_.keep_alive.count() == 0) {
    return;
  }
  if (blocked_ && now - blocked_since_ >= 4 * limits_.keep_alive) {
    overrun_ = true;
    request_flush();
    return;
  }
  if (paused_) {
    return;
  }
  if (now - heard_ >= 2 * limits_.keep_alive + std::chrono::seconds(5)) {
    close(api::CloseCode::timeout);
  } else if (now - pinged_ >= limits_.keep_alive) {
    pinged_ = now;
    send(make_frame(websocket::Opcode::ping, {}), Outbox::Class::notice);
  }
}

}  // namespace lobbyd::gateway
