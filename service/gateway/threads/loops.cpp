#include "service/gateway/threads/loops.hpp"

#include "service/gateway/threads/loop_choice.hpp"

#include <string>
#include <utility>

namespace lobbyd::gateway {

namespace {

// The home loop has the hub's work, too.
constexpr std::size_t weight_of_home = 1;
constexpr std::size_t weight_of_others = 2;

}  // namespace

Loops::Loops(boost::asio::io_context& home, std::size_t threads, const WebSocketConnection::Limits& limits,
             health::Heartbeats& heartbeats)
    : limits_(limits), home_(home) {
  home_.start_ticking();
  for (std::size_t number = 1; number < threads; ++number) {
    others_.push_back(std::make_unique<RemoteLoop>(home, limits, "lobbyd-io-" + std::to_string(number), heartbeats));
  }
}

std::size_t Loops::choose() const {
  std::vector<LoopLoad> loads{{weight_of_home, home_.poller().size()}};
  for (const std::unique_ptr<RemoteLoop>& other : others_) {
    loads.push_back({weight_of_others, other->connections()});
  }
  return choose_loop(loads);
}

std::shared_ptr<Connection> Loops::connect(FileDescriptor socket, bool compressed) {
  const std::size_t chosen = choose();
  return chosen == 0 ? connect_at_home(std::move(socket), compressed)
                     : others_[chosen - 1]->connect(std::move(socket), compressed);
}

std::shared_ptr<WebSocketConnection> Loops::connect_at_home(FileDescriptor socket, bool compressed) {
  return std::make_shared<WebSocketConnection>(std::move(socket), home_, limits_, compressed);
}

}  // namespace lobbyd::gateway
