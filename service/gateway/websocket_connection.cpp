#include "service/gateway/websocket_connection.hpp"

#include "protocol/websocket/frame.hpp"
#include "service/gateway/guarded.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace lobbyd::gateway {

namespace {

using std::chrono::steady_clock;

// Then the other connections have their turn.
constexpr int max_writes_of_a_turn = 4;
constexpr std::chrono::seconds closing_time{10};

// Errors as the negative of errno.
template <class Call>
ssize_t retried(Call call) {
  ssize_t result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

bool would_block(ssize_t result) {
  return result == -EAGAIN || result == -EWOULDBLOCK;
}

ssize_t send_pieces(int socket, std::span<iovec> pieces) {
  if (pieces.empty()) {
    return 0;
  }
  if (pieces.size() == 1) {
    return ::send(socket, pieces.front().iov_base, pieces.front().iov_len, MSG_NOSIGNAL);
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

Frame make_frame(websocket::Opcode opcode, std::string_view payload) {
  return std::make_shared<const std::string>(websocket::encode_frame(opcode, payload));
}

}  // namespace

WebSocketConnection::WebSocketConnection(FileDescriptor socket, Loop& loop, const Limits& limits, bool compressed)
    : socket_(std::move(socket)),
      loop_(loop),
      limits_(limits),
      decoder_({.max_message_bytes = limits.max_message_bytes}, compressed ? &loop.inflater() : nullptr),
      outbox_(limits.outbox),
      heard_(steady_clock::now()),
      pinged_(heard_) {}

void WebSocketConnection::start(std::shared_ptr<ConnectionHandler> handler, std::string early) {
  handler_ = std::move(handler);
  Poller::Slot slot = 0;
  if (!loop_.poller().add(socket_.get(), shared_from_this(), slot)) {
    return end();
  }
  slot_ = slot;
  process(early);
}

template <class Call>
void WebSocketConnection::guarded(Call call) {
  // Kept for the call, which may end the connection.
  const std::shared_ptr<ConnectionHandler> handler = handler_;
  if (handler && state_ == State::open) {
    gateway::guarded(*this, *handler, call);
  }
}

// Reading -----------------------------------------------------------------------------------------------------------

void WebSocketConnection::on_ready(Ready ready) {
  if (ready.writable && std::exchange(blocked_, false)) {
    request_flush();
  }
  if (ready.readable) {
    unread_ = true;
    ended_ = ended_ || ready.ended;
    read();
  }
}

// Once: others have their turn before what is left is read.
void WebSocketConnection::read() {
  if (!unread_ || paused_ || state_ == State::gone) {
    return;
  }
  if (!loop_.reads()) {
    if (!std::exchange(put_off_, true)) {
      loop_.read_later(shared_from_this());
    }
    return;
  }
  const std::span<char> buffer = loop_.read_buffer();
  const ssize_t size = retried([&] { return ::recv(socket_.get(), buffer.data(), buffer.size(), 0); });
  if (would_block(size)) {
    unread_ = false;
    return;
  }
  if (size <= 0) {
    return end();
  }
  // A shorter read has emptied the socket, but the end is told of only once.
  unread_ = ended_ || static_cast<std::size_t>(size) == buffer.size();
  heard_ = steady_clock::now();
  process(buffer.first(static_cast<std::size_t>(size)));
  if (unread_) {
    request_flush();
  }
}

void WebSocketConnection::read_again() {
  put_off_ = false;
  request_flush();
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
      return guarded([&](ConnectionHandler& handler) {
        if (handler.takes_text()) {
          handler.on_text(event.payload);
        } else {
          handler.on_requests(read_requests(loop_.json_reader(), event.payload));
        }
      });
    case websocket::Opcode::binary:
      if (handler_ && handler_->takes_text()) {
        return guarded([](ConnectionHandler& handler) { handler.on_binary(); });
      }
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
  if (!held_.empty() || unread_) {
    request_flush();
  }
}

// Writing -----------------------------------------------------------------------------------------------------------

void WebSocketConnection::send(const Frame& frame, Outbox::Class frame_class, const FilterName& filter,
                               std::string_view topic, std::uint32_t messages) {
  if (state_ == State::open) {
    overrun_ |= outbox_.push(frame, frame_class, filter, topic, messages) == Outbox::Push::full;
    request_flush();
  }
}

void WebSocketConnection::remember(std::unique_ptr<Outbox> session) {
  if (session) {
    outbox_.append(*session);
    request_flush();
  } else {
    outbox_.forget();
  }
}

void WebSocketConnection::request_flush() {
  if (!dirty_) {
    dirty_ = true;
    loop_.flush_later(shared_from_this());
  }
}

void WebSocketConnection::flush() {
  dirty_ = false;
  if (overrun_) {
    close(api::CloseCode::slow_consumer);
  }
  write();
  guarded([](ConnectionHandler& handler) { handler.on_flushed(); });
  process_held();
  read();
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
  const std::span<iovec> pieces = outbox_.gather(loop_.pieces());
  std::size_t size = 0;
  for (const iovec& piece : pieces) {
    size += piece.iov_len;
  }
  const ssize_t taken = retried([&] { return send_pieces(socket_.get(), pieces); });
  if (taken < 0 && !would_block(taken)) {
    return end();
  }
  outbox_.written(static_cast<std::size_t>(std::max<ssize_t>(taken, 0)));
  if (taken < static_cast<ssize_t>(size)) {
    blocked_ = true;
    blocked_since_ = steady_clock::now();
  }
}

void WebSocketConnection::report_overflow() {
  if (const Outbox::Overflow overflow = outbox_.take_overflow(); overflow.dropped > 0) {
    guarded([&](ConnectionHandler& handler) { handler.on_overflow(overflow); });
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
  std::unique_ptr<Outbox> rest = outbox_.surrender();
  if (code == static_cast<std::uint16_t>(api::CloseCode::slow_consumer)) {
    outbox_.clear();
  }
  spdlog::debug("a connection is closed with {} {}", code, reason);
  outbox_.push(std::make_shared<const std::string>(websocket::encode_close(code, reason)), Outbox::Class::last);
  state_ = State::closing;
  close_deadline_ = steady_clock::now() + closing_time;
  request_flush();
  // The client's own Close frame is still to come.
  pause_reading(false);
  if (const auto handler = handler_) {
    handler->on_end(std::move(rest));
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
    ::shutdown(socket_.get(), SHUT_WR);
  }
}

void WebSocketConnection::end() {
  if (state_ == State::gone) {
    return;
  }
  const bool ended_before = std::exchange(state_, State::gone) == State::closing;
  const auto self = shared_from_this();
  if (const auto slot = std::exchange(slot_, std::nullopt)) {
    loop_.poller().remove(socket_.get(), *slot);
  }
  socket_.reset();
  std::unique_ptr<Outbox> rest = outbox_.surrender();
  outbox_.clear();
  if (const auto handler = std::exchange(handler_, nullptr)) {
    if (!ended_before) {
      handler->on_end(std::move(rest));
    }
    handler->on_gone();
  }
}

void WebSocketConnection::on_tick(TimePoint now) {
  if (state_ == State::closing && now >= close_deadline_) {
    end();
    return;
  }
  if (state_ != State::open || limits_.keep_alive.count() == 0) {
    return;
  }
  // A client that is not heard of for so long is gone.
  const auto patience = 2 * limits_.keep_alive + std::chrono::seconds(5);
  outbox_.forget_old(now, patience);
  if (blocked_ && now - blocked_since_ >= 4 * limits_.keep_alive) {
    overrun_ = true;
    request_flush();
    return;
  }
  if (paused_) {
    return;
  }
  if (now - heard_ >= patience) {
    close(api::CloseCode::timeout);
  } else if (now - pinged_ >= limits_.keep_alive) {
    pinged_ = now;
    send(make_frame(websocket::Opcode::ping, {}), Outbox::Class::notice);
  }
}

}  // namespace lobbyd::gateway
