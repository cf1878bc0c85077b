#include "service/health/pulse.hpp"

#include <chrono>
#include <utility>

namespace lobbyd::health {

namespace {

constexpr std::chrono::milliseconds interval{250};

}  // namespace

Pulse::Pulse(boost::asio::io_context& loop, std::shared_ptr<Heartbeat> heartbeat)
    : heartbeat_(std::move(heartbeat)), timer_(loop) {
  beat();
}

void Pulse::beat() {
  heartbeat_->beat(std::chrono::steady_clock::now());
  timer_.expires_after(interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      beat();
    }
  });
}

}  // namespace lobbyd::health
