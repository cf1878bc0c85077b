#pragma once

// The connections that publish. A publisher is served by one of them from its opening on, so that its order is kept;
// a new one comes to the connection with the fewest publishers, of those that stand if any does.

#include "service/upstream/broker_status.hpp"
#include "service/upstream/broker_types.hpp"
#include "service/upstream/link_observer.hpp"
#include "service/upstream/publish_connection.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace lobbyd::upstream {

struct PoolOptions {
  std::uint32_t size = 2;
  std::uint32_t maximum = 16;
  PublishQueue::Limits queue;
  std::uint32_t rate = 0;  // messages a second on one connection; 0: no limit
};

class PublishPool final : private PublishConnectionEvents {
 public:
  // `make_options` gives what a connection of that role needs.
  PublishPool(boost::asio::any_io_executor executor, PoolOptions options,
              std::function<ConnectionOptions(const std::string& role)> make_options, ProtocolFallback& fallback,
              LinkObserver& observer);
  PublishPool(const PublishPool&) = delete;
  PublishPool& operator=(const PublishPool&) = delete;
  ~PublishPool();

  void start();
  // As Connection::hold_back, for all of them, and for those to come.
  void hold_back(bool held_back);

  PublisherId open_publisher();
  void close_publisher(PublisherId publisher);
  // As Broker::crowded.
  bool crowded(PublisherId publisher) const;
  // The handler is never called from within.
  void publish(PublisherId publisher, Message message, PublishHandler handler);

  // Refuses what comes from now on and calls `drained` once nothing waits and nothing is in flight; perhaps at once.
  void drain(std::function<void()> drained);
  // Answers what is left with `unavailable`.
  void abandon();

  const std::vector<std::unique_ptr<PublishConnection>>& connections() const { return connections_; }
  // The connections that publishers depend on: those that have some; else whichever stands, or will first.
  std::vector<LinkReport> reports() const;

 private:
  void add_connection();
  void grow();
  std::size_t choose() const;

  void on_publish_link_up(const mqtt::ServerLimits& limits) override;
  void on_publish_link_down() override;
  void on_congestion() override;
  void on_drained() override;

  boost::asio::any_io_executor executor_;
  PoolOptions options_;
  std::function<ConnectionOptions(const std::string& role)> make_options_;
  ProtocolFallback& fallback_;
  LinkObserver& observer_;
  PublishAnswers answers_;
  std::vector<std::unique_ptr<PublishConnection>> connections_;
  std::vector<std::size_t> publishers_on_;                   // of each connection
  std::unordered_map<PublisherId, std::size_t> publishers_;  // the index of its connection
  std::uint64_t last_publisher_ = 0;
  bool held_back_ = false;
  bool draining_ = false;
  std::function<void()> drained_;
};

}  // namespace lobbyd::upstream
