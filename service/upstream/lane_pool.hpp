#pragma once

// The lanes of a broker, and their connections: those that stand, and those that are being closed.

#include "service/upstream/broker_status.hpp"
#include "service/upstream/broker_types.hpp"
#include "service/upstream/filter_limits.hpp"
#include "service/upstream/lane.hpp"
#include "service/upstream/lifeline.hpp"
#include "service/upstream/link_observer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::upstream {

// Of lane `own`, whose connection keeps no session.
inline constexpr std::string_view own_role = "own";

struct LanePoolOptions {
  FilterLimits filters;
  std::size_t further_lanes = 16;         // besides `own` and `subscriptions`
  std::size_t further_connections = 256;  // of all lanes, besides the first ones of these two
  std::chrono::milliseconds unused{5'000};
};

class LanePool final : private LaneSupply {
 public:
  // `make_options` gives what a connection of that role needs.
  LanePool(boost::asio::any_io_executor executor, LanePoolOptions options,
           std::function<ConnectionOptions(const std::string& role)> make_options, ProtocolFallback& fallback,
           BrokerEvents& events, LinkObserver& observer);
  LanePool(const LanePool&) = delete;
  LanePool& operator=(const LanePool&) = delete;
  ~LanePool();

  // Connects lane `visit` alone, until start().
  void visit(const std::string& role);
  void start();
  std::optional<LaneId> open();
  void close(LaneId lane);
  // Null where it was closed.
  Lane* find(LaneId lane);

  std::vector<LaneConnection*> connections() const;
  // Of the connections that clients depend on.
  std::vector<LinkReport> reports() const;
  // Whether all lanes are, or some connection is.
  bool restored() const;
  bool some_restored() const;
  // What has not come back is not waited for any more: those who are back are told.
  void tell_restored();

  // Disconnects all for good; `done` is called from the loop when the last one, of those that were being closed
  // already, too, has gone.
  void stop(std::move_only_function<void()> done);

 private:
  std::unique_ptr<LaneConnection> make_connection(LaneConnection::Events& events) override;
  void retire(std::unique_ptr<LaneConnection> connection) override;
  std::unique_ptr<LaneConnection> connect(LaneConnection::Events& events, const std::string& role);
  Lane& add(LaneId id);
  std::uint32_t free_number() const;
  void forget(const LaneConnection* connection);
  void look_for_unused();
  template <typename Function>
  void for_each(const Function& function);

  boost::asio::any_io_executor executor_;
  LanePoolOptions options_;
  std::function<ConnectionOptions(const std::string& role)> make_options_;
  ProtocolFallback& fallback_;
  BrokerEvents& events_;
  LinkObserver& observer_;
  std::map<const LaneConnection*, std::uint32_t> further_;                    // with the number in the client id
  std::map<const LaneConnection*, std::unique_ptr<LaneConnection>> retired_;  // until their last output is written
  std::map<LaneId, std::unique_ptr<Lane>> lanes_;
  std::uint32_t last_lane_ = 1;
  bool started_ = false;
  std::move_only_function<void()> stopped_;
  boost::asio::steady_timer unused_timer_;
  bool looking_ = false;
  Lifeline lifeline_;
};

}  // namespace lobbyd::upstream
