#include "service/hub/broker_hub.hpp"

#include <chrono>

namespace lobbyd::hub {

namespace {

// A broker that swallows packets must not make `connect` look lost: it is answered, and says that it is connecting.
constexpr std::chrono::seconds patience{5};

}  // namespace

BrokerHub::BrokerHub(const boost::asio::any_io_executor& executor, std::string name, bool dedicated,
                     const Options& options, upstream::BrokerOptions broker, const MakeExtension& extend)
    : name_(std::move(name)),
      dedicated_(dedicated),
      hub_(executor, options, std::move(broker)),
      extension_(extend ? extend(*this, options) : nullptr),
      patience_(executor) {}

void BrokerHub::start(Hub::StatusHandler on_status, std::function<void()> on_namesake) {
  patience_.expires_after(patience);
  patience_.async_wait(lifeline_.guard([this](const boost::system::error_code& error) {
    if (!error) {
      tell_tried();
    }
  }));
  hub_.start(
      [this, on_status = std::move(on_status)](const upstream::BrokerStatus& status) mutable {
        if (status.state != upstream::BrokerState::connecting || status.retry_in) {
          tell_tried();
        }
        if (on_status) {
          on_status(status);
        }
      },
      [on_namesake = std::move(on_namesake)] {
        if (on_namesake) {
          on_namesake();
        }
      });
}

void BrokerHub::when_tried(std::move_only_function<void()> handler) {
  tried_ ? handler() : waiting_.push_back(std::move(handler));
}

void BrokerHub::tell_tried() {
  tried_ = true;
  patience_.cancel();
  for (auto& handler : std::exchange(waiting_, {})) {
    handler();
  }
}

}  // namespace lobbyd::hub
