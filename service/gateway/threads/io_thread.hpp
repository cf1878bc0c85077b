#pragma once

// A thread with a loop of its own, and the connections whose sockets it has. It holds what costs processor time: the
// sockets, WebSocket frames, JSON, the outboxes and their rules, keep alive. What the requests mean is decided on the
// home loop, which it tells by Reports, and which tells it by Orders.
//
// It belongs to the home thread. All that runs on its own is private.

#include "service/gateway/loop.hpp"
#include "service/gateway/threads/channel.hpp"
#include "service/gateway/threads/context_thread.hpp"
#include "service/gateway/threads/orders.hpp"
#include "service/gateway/threads/reports.hpp"
#include "service/gateway/threads/request_window.hpp"
#include "service/gateway/websocket_connection.hpp"
#include "service/health/heartbeats.hpp"
#include "service/health/pulse.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace lobbyd::gateway {

class IoThread {
 public:
  // Runs at once. The limits must outlive it. `on_reports` runs on the home loop. `name`: of the thread, at
  // most 15 bytes. For its faults see ContextThread.
  IoThread(boost::asio::io_context& home, const WebSocketConnection::Limits& limits, const std::string& name,
           health::Heartbeats& heartbeats, Channel<Reports>::Handle on_reports);
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  // Stops it, and cuts its connections.
  ~IoThread();

  Channel<Orders>& orders() { return orders_; }
  const Channel<Orders>& orders() const { return orders_; }

 private:
  class Client;

  void carry_out(std::span<Orders> batches);
  void carry_out(Orders::Open order, const Orders& all);
  void carry_out(Orders::Send order, const Orders& all);
  void carry_out(Orders::Release order, const Orders& all);
  template <class Order>
  void carry_out(Order order, const Orders& all);
  Client* find(ConnectionSlot slot) { return slot < clients_.size() ? clients_[slot].get() : nullptr; }

  template <class Any>
  void report(ConnectionSlot slot, Any what, std::uint64_t weight = 64);
  void hand_over();
  std::uint64_t unhandled() const { return reports_out_.unhandled() + reports_.weight(); }

  const WebSocketConnection::Limits& limits_;
  boost::asio::io_context context_{1};
  Loop loop_;
  std::vector<std::shared_ptr<Client>> clients_;  // by slot
  Reports reports_;                               // of this turn
  Channel<Orders> orders_;
  Channel<Reports> reports_out_;
  health::Pulse pulse_;
  ContextThread thread_;  // from when all else is there
};

}  // namespace lobbyd::gateway
