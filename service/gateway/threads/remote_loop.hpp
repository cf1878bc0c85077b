#pragma once

// The home loop's end of another loop: its thread, its connections, and what is to be handed over to it.
//
// What the home loop's turn has for it goes over when the turn is done, or as soon as that is much. When the other loop
// has not handled what went before, the home loop waits for it: with one loop it would have the work itself, and
// going on would let a client's outbox fill because of a loop that is late, and not because the client is. A loop that
// does not move at all is waited for once, and then no more; what may be on its way to each client is bounded.
//
// The home thread's.

#include "service/gateway/threads/io_thread.hpp"
#include "service/gateway/threads/orders.hpp"
#include "service/gateway/threads/remote_connection.hpp"
#include "service/gateway/threads/reports.hpp"
#include "service/gateway/websocket_connection.hpp"
#include "service/health/heartbeats.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lobbyd::gateway {

class RemoteLoop {
 public:
  // Runs at once. The limits must outlive it. `name`: of the thread.
  RemoteLoop(boost::asio::io_context& home, const WebSocketConnection::Limits& limits, const std::string& name,
             health::Heartbeats& heartbeats);
  RemoteLoop(const RemoteLoop&) = delete;
  RemoteLoop& operator=(const RemoteLoop&) = delete;
  ~RemoteLoop();

  std::shared_ptr<Connection> connect(FileDescriptor socket, bool compressed);
  std::size_t connections() const { return connections_.size() - free_.size(); }

  // For its connections.
  ConnectionSlot enter(std::shared_ptr<RemoteConnection> connection);
  void leave(ConnectionSlot slot);
  void flush_later(std::shared_ptr<RemoteConnection> connection);
  // To add to; they go over when the turn is done.
  Orders& orders();
  void hand_over_if_full();
  // Counts those that were handed over.
  std::uint64_t batch() const { return batch_; }
  // Where what is in `orders` will have arrived.
  std::uint64_t arrival() const { return thread_.orders().end() + 1; }
  std::uint64_t handled() const { return thread_.orders().handled(); }
  // Hands over, and waits until all is handled, if the other loop moves.
  void settle();

 private:
  void end_turn_later();
  void end_turn();
  void hand_over();
  void wait_for(std::uint64_t position);
  void take(std::span<Reports> batches);

  boost::asio::io_context& home_;
  const WebSocketConnection::Limits& limits_;
  std::uint64_t max_unhandled_;
  std::vector<std::shared_ptr<RemoteConnection>> connections_;  // by slot
  std::vector<ConnectionSlot> free_;
  std::vector<std::shared_ptr<RemoteConnection>> due_;
  Orders orders_;
  std::uint64_t batch_ = 1;
  bool turn_ends_ = false;                 // `end_turn` is to come
  std::optional<std::uint64_t> stuck_at_;  // where it was when it was waited for in vain
  IoThread thread_;
};

}  // namespace lobbyd::gateway
