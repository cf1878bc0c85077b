#pragma once

// Lets an event loop beat for as long as it turns.

#include "service/health/heartbeats.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace lobbyd::health {

// The loop's thread, or before the loop runs.
class Pulse {
 public:
  Pulse(boost::asio::io_context& loop, std::shared_ptr<Heartbeat> heartbeat);
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;
  ~Pulse() = default;

 private:
  void beat();

  std::shared_ptr<Heartbeat> heartbeat_;
  boost::asio::steady_timer timer_;
};

}  // namespace lobbyd::health
