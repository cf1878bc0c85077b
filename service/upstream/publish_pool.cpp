#include "service/upstream/publish_pool.hpp"

#include "service/upstream/pool_growth.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace lobbyd::upstream {

PublishPool::PublishPool(boost::asio::any_io_executor executor, PoolOptions options,
                         std::function<ConnectionOptions(const std::string& role)> make_options,
                         ProtocolFallback& fallback, LinkObserver& observer)
    : executor_(std::move(executor)),
      options_(options),
      make_options_(std::move(make_options)),
      fallback_(fallback),
      observer_(observer),
      answers_(executor_) {
  options_.size = std::max(options_.size, 1U);
  options_.maximum = std::max(options_.maximum, options_.size);
  while (connections_.size() < options_.size) {
    add_connection();
  }
}

PublishPool::~PublishPool() = default;

void PublishPool::start() {
  for (const auto& connection : connections_) {
    connection->start();
  }
}

void PublishPool::hold_back(bool held_back) {
  held_back_ = held_back;
  for (const auto& connection : connections_) {
    connection->hold_back(held_back);
  }
}

void PublishPool::add_connection() {
  auto options = make_options_("pub" + std::to_string(connections_.size()));
  connections_.push_back(std::make_unique<PublishConnection>(executor_, std::move(options), options_.queue,
                                                             options_.rate, fallback_, answers_,
                                                             static_cast<PublishConnectionEvents&>(*this)));
  connections_.back()->hold_back(held_back_);
  publishers_on_.push_back(0);
}

PublisherId PublishPool::open_publisher() {
  const PublisherId publisher{++last_publisher_};
  const std::size_t index = choose();
  ++publishers_on_[index];
  publishers_.emplace(publisher, index);
  return publisher;
}

std::size_t PublishPool::choose() const {
  const auto cost = [this](std::size_t index) {
    const PublishConnection& connection = *connections_[index];
    return std::tuple(!connection.connected(), publishers_on_[index], connection.queued_bytes());
  };
  std::size_t best = 0;
  for (std::size_t index = 1; index < connections_.size(); ++index) {
    if (cost(index) < cost(best)) {
      best = index;
    }
  }
  return best;
}

void PublishPool::close_publisher(PublisherId publisher) {
  const auto found = publishers_.find(publisher);
  if (found != publishers_.end()) {
    --publishers_on_[found->second];
    publishers_.erase(found);
  }
}

void PublishPool::publish(PublisherId publisher, Message message, PublishHandler handler) {
  const auto found = publishers_.find(publisher);
  if (draining_ || found == publishers_.end()) {
    return answers_.add(std::move(handler), std::unexpected(PublishFailure::unavailable));
  }
  connections_[found->second]->publish(publisher, std::move(message), std::move(handler));
}

bool PublishPool::crowded(PublisherId publisher) const {
  const auto found = publishers_.find(publisher);
  return found != publishers_.end() && connections_[found->second]->crowded();
}

void PublishPool::drain(std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  on_drained();
}

void PublishPool::abandon() {
  drained_ = nullptr;
  for (const auto& connection : connections_) {
    connection->abandon();
  }
}

std::vector<LinkReport> PublishPool::reports() const {
  std::vector<LinkReport> reports;
  const PublishConnection* any = connections_.front().get();
  for (std::size_t index = 0; index < connections_.size(); ++index) {
    const PublishConnection& connection = *connections_[index];
    if (publishers_on_[index] > 0) {
      reports.push_back({connection.connected(), connection.disconnection()});
    }
    if (connection.connected()) {
      any = &connection;
    }
  }
  if (reports.empty()) {
    reports.push_back({any->connected(), any->disconnection()});
  }
  return reports;
}

void PublishPool::grow() {
  PoolCounts counts{.size = options_.size, .maximum = options_.maximum};
  const auto now = std::chrono::steady_clock::now();
  for (const auto& connection : connections_) {
    ++counts.open;
    counts.connected += connection->connected() ? 1 : 0;
    counts.congested += connection->congested(now) ? 1 : 0;
  }
  if (connections_wanted(counts) > counts.open) {
    spdlog::info("all {} publish connections are busy, opening one more (at most {})", counts.open, counts.maximum);
    add_connection();
    connections_.back()->start();
  }
}

void PublishPool::on_publish_link_up(const mqtt::ServerLimits& limits) {
  observer_.on_link_up(limits);
  observer_.on_links_changed();
}

void PublishPool::on_publish_link_down() {
  observer_.on_links_changed();
}

void PublishPool::on_congestion() {
  if (!draining_) {
    grow();
  }
}

void PublishPool::on_drained() {
  if (drained_ && std::ranges::all_of(connections_, [](const auto& connection) { return connection->drained(); })) {
    // It may lead to the end of the pool's connections, so it is not used again.
    std::exchange(drained_, nullptr)();
  }
}

}  // namespace lobbyd::upstream
