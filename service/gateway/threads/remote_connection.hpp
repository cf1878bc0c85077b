#pragma once

// The home loop's end of a connection whose socket another loop has.
//
// It is named by its slot from `start` until the other loop has told that the socket is closed, and kept that long by
// its RemoteLoop. So no report comes for one that is not there, and no order reaches another one: see Orders.

#include "service/gateway/connection.hpp"
#include "service/gateway/threads/orders.hpp"
#include "service/gateway/threads/reports.hpp"
#include "service/gateway/threads/request_window.hpp"
#include "service/gateway/threads/transit.hpp"
#include "service/system/file_descriptor.hpp"

#include <cstdint>
#include <memory>

namespace lobbyd::gateway {

class RemoteLoop;

class RemoteConnection final : public Connection, public std::enable_shared_from_this<RemoteConnection> {
 public:
  // The limits must outlive it.
  RemoteConnection(FileDescriptor socket, RemoteLoop& loop, const Outbox::Limits& limits, bool compressed);

  void start(std::shared_ptr<ConnectionHandler> handler, std::string early) override;
  void send(const Frame& frame, Outbox::Class frame_class, const FilterName& filter, std::string_view topic,
            std::uint32_t messages) override;
  void remember(std::unique_ptr<Outbox> session) override;
  void acknowledge(std::uint64_t received) override;
  void close(api::CloseCode code, std::optional<std::chrono::milliseconds> retry_after) override;
  void abort() override;
  void pause_reading(bool paused) override;
  void request_flush() override;
  std::size_t owed_bytes() const override { return static_cast<std::size_t>(owed_ - taken_); }
  bool is_open() const override { return state_ == State::open; }
  bool is_gone() const override { return state_ == State::gone; }

  // For the RemoteLoop.
  void flush();
  void take(Requests requests);
  void take(const Reports::Progress& progress);
  void take(const Outbox::Overflow& overflow);
  void take(Reports::Ended ended);
  void take(Reports::Rest rest);
  void take(Reports::Gone gone);
  // The other loop has gone: no more is told.
  void abandon();

 private:
  enum class State : std::uint8_t { open, closing, gone };

  bool makes_room(Outbox::Class frame_class, std::size_t size);
  template <class Call>
  void guarded(Call call);
  template <class Order>
  void order(Order order);
  Outbox& late();
  void end();
  void tell_end(std::unique_ptr<Outbox> rest);
  void leave();

  FileDescriptor socket_;  // until `start`
  RemoteLoop& loop_;
  const Outbox::Limits& limits_;
  std::shared_ptr<ConnectionHandler> handler_;
  Transit transit_;
  RequestWindow window_;
  std::unique_ptr<Outbox> late_;  // of a session: what its outbox, which is to come back, does not have yet
  std::uint64_t owed_ = 0;        // of all that was sent, in bytes
  std::uint64_t taken_ = 0;       // of them
  std::uint64_t batch_ = 0;       // in which it had its last order
  std::uint32_t behind_ = 0;      // where in it
  ConnectionSlot slot_ = 0;
  State state_ = State::open;
  bool compressed_;
  bool paused_ = false;
  bool overrun_ = false;    // more than its outbox takes would be on its way
  bool due_ = false;        // to be flushed when the turn is over
  bool remembers_ = false;  // the session's outbox comes back before the end is told
  bool socket_gone_ = false;
};

}  // namespace lobbyd::gateway
