#pragma once

// The daemon's face: the public listeners with the WebSocket endpoint, the admin listener, and the orderly end.

#include "config/endpoint.hpp"
#include "service/gateway/deflaters.hpp"
#include "service/gateway/guest.hpp"
#include "service/gateway/handshakes.hpp"
#include "service/gateway/http_connection.hpp"
#include "service/gateway/listener.hpp"
#include "service/gateway/refusal_log.hpp"
#include "service/gateway/routes.hpp"
#include "service/gateway/session_table.hpp"
#include "service/gateway/settings.hpp"
#include "service/gateway/threads/loops.hpp"
#include "service/gateway/websocket_connection.hpp"
#include "service/health/heartbeats.hpp"
#include "service/health/memory_limit.hpp"
#include "service/hub/hubs.hpp"
#include "service/system/process_memory.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::gateway {

class Gateway {
 public:
  // All of these must outlive it.
  Gateway(boost::asio::io_context& context, Settings settings, hub::Hubs& hubs, health::Heartbeats& heartbeats);

  // The error is a sentence for the operator.
  std::expected<void, std::string> start(const std::vector<config::Endpoint>& listen,
                                         const std::optional<config::Endpoint>& admin);
  // The addresses in use, in the order of `start`.
  std::vector<std::string> addresses() const;
  std::string admin_address() const;  // empty: none

  // That are connected.
  std::size_t clients() const { return sessions_.present(); }

  // Nobody new is let in; those who are here are told, and closed one after the other within the time for it. `done`
  // is called when all have gone.
  void drain(std::function<void()> done);

 private:
  std::expected<std::shared_ptr<Listener>, std::string> listen(const config::Endpoint& endpoint, bool admin);
  HttpService http_service(bool admin, bool loopback);
  void begin_handshake(FileDescriptor socket, std::string address, const HttpService& service, bool admin);
  void begin_session(FileDescriptor socket, std::string address, std::string early, const UpgradeAnswer& answer);
  void begin_visit(FileDescriptor socket, std::string address, std::string early, const UpgradeAnswer& answer);
  void refuse(FileDescriptor socket, bool compressed, api::CloseCode code,
              std::optional<std::chrono::milliseconds> retry_after);
  void tick();
  void check_memory(std::chrono::steady_clock::time_point now);
  void close_next(std::size_t index, std::chrono::nanoseconds interval);
  void finish_drain();

  boost::asio::io_context& context_;
  Settings settings_;
  WebSocketConnection::Limits connection_limits_;
  hub::Hubs& hubs_;
  Deflaters deflaters_;
  Loops loops_;
  SessionTable sessions_;
  std::vector<std::shared_ptr<Guest>> guests_;
  std::vector<std::shared_ptr<Connection>> refused_;
  ProcessMemory process_memory_;
  health::MemoryLimit memory_;
  RefusalLog refusals_;
  Routes routes_;
  std::vector<std::unique_ptr<const HttpService>> services_;  // of each listener
  std::vector<std::shared_ptr<Listener>> listeners_;
  Handshakes handshakes_;
  std::shared_ptr<Listener> admin_;
  Handshakes admin_handshakes_;
  boost::asio::steady_timer ticker_;
  boost::asio::steady_timer drainer_;
  std::vector<std::shared_ptr<Session>> draining_;
  std::chrono::steady_clock::time_point drain_end_;
  std::function<void()> drained_;
};

}  // namespace lobbyd::gateway
