#include "service/gateway/threads/remote_connection.hpp"

#include "service/gateway/guarded.hpp"
#include "service/gateway/threads/remote_loop.hpp"

#include <utility>

namespace lobbyd::gateway {

RemoteConnection::RemoteConnection(FileDescriptor socket, RemoteLoop& loop, const Outbox::Limits& limits,
                                   bool compressed)
    : socket_(std::move(socket)), loop_(loop), limits_(limits), compressed_(compressed) {}

void RemoteConnection::start(std::shared_ptr<ConnectionHandler> handler, std::string early) {
  handler_ = std::move(handler);
  slot_ = loop_.enter(shared_from_this());
  order(Orders::Open{slot_, std::move(socket_), std::move(early), compressed_});
}

template <class Call>
void RemoteConnection::guarded(Call call) {
  // Kept for the call, which may end the connection.
  const std::shared_ptr<ConnectionHandler> handler = handler_;
  if (handler && state_ == State::open) {
    gateway::guarded(*this, *handler, call);
  }
}

// To the client -----------------------------------------------------------------------------------------------------

template <class Order>
void RemoteConnection::order(Order order) {
  Orders& orders = loop_.orders();
  orders.add(std::move(order));
  batch_ = loop_.batch();
  behind_ = static_cast<std::uint32_t>(orders.size());
}

void RemoteConnection::send(const Frame& frame, Outbox::Class frame_class, const FilterName& filter,
                            std::string_view topic, std::uint32_t messages) {
  const std::size_t size = frame->size();
  if (batch_ != loop_.batch()) {
    transit_.arrived(loop_.handled());
  }
  if (state_ == State::open && !overrun_ && !makes_room(frame_class, size)) {
    overrun_ = true;
    request_flush();
  }
  if (state_ != State::open || overrun_) {
    if (remembers_ && messages > 0) {
      late().push(frame, frame_class, filter, topic, messages);
    }
    return;
  }
  const std::uint32_t behind = batch_ == loop_.batch() ? behind_ : 0;
  behind_ = loop_.orders().send(slot_, behind, frame, frame_class, filter, topic, messages);
  batch_ = loop_.batch();
  transit_.add(frame_class, size, loop_.arrival());
  if (frame_class == Outbox::Class::notice || frame_class == Outbox::Class::retained) {
    owed_ += size;
  }
  loop_.hand_over_if_full();
}

// False only where the other loop has come to a stop: else what is on its way arrives at the outbox, which has a rule
// for what it cannot take.
bool RemoteConnection::makes_room(Outbox::Class frame_class, std::size_t size) {
  if (!transit_.fits(frame_class, size, limits_)) {
    loop_.settle();
    transit_.arrived(loop_.handled());
  }
  return transit_.fits(frame_class, size, limits_);
}

void RemoteConnection::remember(std::unique_ptr<Outbox> session) {
  if (state_ == State::open) {
    remembers_ = session != nullptr;
    owed_ += session ? session->owed_bytes() : 0;
    order(Orders::Remember{slot_, std::move(session)});
  }
}

void RemoteConnection::acknowledge(std::uint64_t received) {
  if (state_ == State::open) {
    order(Orders::Acknowledge{slot_, received});
  }
}

Outbox& RemoteConnection::late() {
  if (!late_) {
    Outbox session(limits_);
    session.remember();
    late_ = session.surrender();
  }
  return *late_;
}

void RemoteConnection::request_flush() {
  if (!due_) {
    due_ = true;
    loop_.flush_later(shared_from_this());
  }
}

void RemoteConnection::flush() {
  due_ = false;
  if (overrun_) {
    close(api::CloseCode::slow_consumer, {});
  }
  guarded([](ConnectionHandler& handler) { handler.on_flushed(); });
}

void RemoteConnection::close(api::CloseCode code, std::optional<std::chrono::milliseconds> retry_after) {
  if (state_ == State::open) {
    order(Orders::Close{slot_, code, retry_after});
    end();
  }
}

void RemoteConnection::abort() {
  if (state_ != State::gone) {
    order(Orders::Abort{slot_});
    end();
  }
}

void RemoteConnection::end() {
  if (std::exchange(state_, State::closing) != State::open) {
    return;
  }
  if (remembers_) {
    order(Orders::Return{slot_});
  } else {
    tell_end(nullptr);
  }
}

void RemoteConnection::tell_end(std::unique_ptr<Outbox> rest) {
  if (handler_) {
    handler_->on_end(std::move(rest));
  }
}

// From the client ---------------------------------------------------------------------------------------------------

void RemoteConnection::pause_reading(bool paused) {
  paused_ = paused;
  if (!paused_ && state_ == State::open && window_.is_payment_due()) {
    order(Orders::Grant{slot_, window_.pay_all()});
  }
}

void RemoteConnection::take(Requests requests) {
  window_.use(RequestWindow::cost(requests));
  guarded([&](ConnectionHandler& handler) { handler.on_requests(std::move(requests)); });
  pause_reading(paused_);
}

void RemoteConnection::take(const Reports::Progress& progress) {
  taken_ = progress.taken;
  guarded([](ConnectionHandler& handler) { handler.on_flushed(); });
}

void RemoteConnection::take(const Outbox::Overflow& overflow) {
  guarded([&](ConnectionHandler& handler) { handler.on_overflow(overflow); });
}

void RemoteConnection::take(Reports::Ended /*ended*/) {
  if (state_ == State::open) {
    end();
  }
}

void RemoteConnection::take(Reports::Rest rest) {
  remembers_ = false;
  if (late_) {
    rest.session->append(*std::exchange(late_, nullptr));
  }
  tell_end(std::move(rest.session));
  if (socket_gone_) {
    leave();
  }
}

void RemoteConnection::take(Reports::Gone /*gone*/) {
  end();
  socket_gone_ = true;
  if (!remembers_) {
    leave();
  }
}

void RemoteConnection::leave() {
  state_ = State::gone;
  order(Orders::Release{slot_});
  loop_.leave(slot_);
  if (const auto handler = std::exchange(handler_, nullptr)) {
    handler->on_gone();
  }
}

// A session that has not been told of the end goes with the daemon.
void RemoteConnection::abandon() {
  if (state_ != State::open) {
    handler_.reset();
  }
}

}  // namespace lobbyd::gateway
