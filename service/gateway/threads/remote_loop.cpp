#include "service/gateway/threads/remote_loop.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace lobbyd::gateway {

namespace {

// How long a loop may take for a turn.
constexpr std::chrono::milliseconds patience{2000};

// Of frames that are on their way, in bytes: so little that nobody's outbox fills by it.
std::uint64_t unhandled_limit(const Outbox::Limits& limits) {
  constexpr std::uint64_t least = 64U << 10U;
  constexpr std::uint64_t most = 1U << 20U;
  return std::clamp<std::uint64_t>(limits.bytes / 4, least, most);
}

}  // namespace

RemoteLoop::RemoteLoop(boost::asio::io_context& home, const WebSocketConnection::Limits& limits,
                       const std::string& name, health::Heartbeats& heartbeats)
    : home_(home),
      limits_(limits),
      max_unhandled_(unhandled_limit(limits.outbox)),
      thread_(home, limits, name, heartbeats, [this](std::span<Reports> batches) { take(batches); }) {}

RemoteLoop::~RemoteLoop() {
  for (const std::shared_ptr<RemoteConnection>& connection : connections_) {
    if (connection) {
      connection->abandon();
    }
  }
}

std::shared_ptr<Connection> RemoteLoop::connect(FileDescriptor socket, bool compressed) {
  return std::make_shared<RemoteConnection>(std::move(socket), *this, limits_.outbox, compressed);
}

ConnectionSlot RemoteLoop::enter(std::shared_ptr<RemoteConnection> connection) {
  if (free_.empty()) {
    free_.push_back(static_cast<ConnectionSlot>(connections_.size()));
    connections_.emplace_back();
  }
  const ConnectionSlot slot = free_.back();
  free_.pop_back();
  connections_[slot] = std::move(connection);
  return slot;
}

void RemoteLoop::leave(ConnectionSlot slot) {
  connections_[slot].reset();
  free_.push_back(slot);
}

// What the turn has for the other loop ------------------------------------------------------------------------------

Orders& RemoteLoop::orders() {
  end_turn_later();
  return orders_;
}

void RemoteLoop::flush_later(std::shared_ptr<RemoteConnection> connection) {
  due_.push_back(std::move(connection));
  end_turn_later();
}

void RemoteLoop::end_turn_later() {
  if (!std::exchange(turn_ends_, true)) {
    boost::asio::post(home_, [this] { end_turn(); });
  }
}

void RemoteLoop::end_turn() {
  turn_ends_ = false;
  for (const std::shared_ptr<RemoteConnection>& connection : std::exchange(due_, {})) {
    connection->flush();
  }
  hand_over();
}

void RemoteLoop::hand_over_if_full() {
  if (orders_.weight() >= max_unhandled_) {
    hand_over();
  }
}

void RemoteLoop::hand_over() {
  if (orders_.empty()) {
    return;
  }
  const std::uint64_t before = thread_.orders().end();
  const std::uint64_t weight = orders_.weight();
  thread_.orders().put(std::exchange(orders_, {}), weight);
  ++batch_;
  if (before > max_unhandled_) {
    wait_for(before - max_unhandled_);
  }
}

void RemoteLoop::settle() {
  hand_over();
  wait_for(thread_.orders().end());
}

void RemoteLoop::wait_for(std::uint64_t position) {
  Channel<Orders>& channel = thread_.orders();
  if (channel.handled() >= position || channel.handled() == stuck_at_) {
    return;
  }
  if (channel.wait_until_handled(position, patience)) {
    stuck_at_.reset();
  } else {
    stuck_at_ = channel.handled();
    spdlog::error("a thread that serves clients has not come through its work for {} s", patience.count() / 1000);
  }
}

// What the other loop tells -----------------------------------------------------------------------------------------

void RemoteLoop::take(std::span<Reports> batches) {
  for (Reports& reports : batches) {
    for (Reports::Report& report : reports.reports()) {
      // It may leave within the call.
      const std::shared_ptr<RemoteConnection> connection = connections_[report.slot];
      std::visit([&](auto& what) { connection->take(std::move(what)); }, report.what);
    }
  }
}

}  // namespace lobbyd::gateway
