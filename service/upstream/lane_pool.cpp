#include "service/upstream/lane_pool.hpp"

#include "service/upstream/broker.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

namespace lobbyd::upstream {
namespace {

// The lanes `own` and `subscriptions`.
constexpr std::size_t always_open = 2;

}  // namespace

LanePool::LanePool(boost::asio::any_io_executor executor, LanePoolOptions options,
                   std::function<ConnectionOptions(const std::string& role)> make_options, ProtocolFallback& fallback,
                   BrokerEvents& events, LinkObserver& observer)
    : executor_(std::move(executor)),
      options_(options),
      make_options_(std::move(make_options)),
      fallback_(fallback),
      events_(events),
      observer_(observer),
      unused_timer_(executor_) {
  for (const auto& [id, role] :
       {std::pair(LaneId::own, std::string(own_role)), std::pair(LaneId::subscriptions, std::string("sub"))}) {
    Lane& lane = add(id);
    lane.begin(connect(lane.connection_events(), role));
  }
}

LanePool::~LanePool() = default;

void LanePool::visit(const std::string& role) {
  Lane& lane = add(LaneId::visit);
  lane.begin(connect(lane.connection_events(), role));
  lane.first().start();
}

void LanePool::start() {
  close(LaneId::visit);
  started_ = true;
  for (LaneConnection* const connection : connections()) {
    connection->start();
  }
}

// Lanes -------------------------------------------------------------------------------------------------------

Lane& LanePool::add(LaneId id) {
  return *lanes_
              .emplace(
                  id, std::make_unique<Lane>(executor_, id, options_.filters, events_, static_cast<LaneSupply&>(*this)))
              .first->second;
}

std::optional<LaneId> LanePool::open() {
  if (lanes_.size() >= always_open + options_.further_lanes || further_.size() >= options_.further_connections) {
    return std::nullopt;
  }
  const LaneId id{++last_lane_};
  Lane& lane = add(id);
  lane.begin(make_connection(lane.connection_events()));
  return id;
}

// The lane may be the one whose event led to this: it goes when it has come back to the loop.
void LanePool::close(LaneId id) {
  if (auto node = lanes_.extract(id)) {
    node.mapped()->retire_all();
    boost::asio::post(executor_, [lane = std::move(node.mapped())] {});
  }
}

Lane* LanePool::find(LaneId lane) {
  const auto found = lanes_.find(lane);
  return found == lanes_.end() ? nullptr : found->second.get();
}

// What is told may lead to lanes being opened and closed.
template <typename Function>
void LanePool::for_each(const Function& function) {
  const auto ids = std::views::keys(lanes_);
  for (const LaneId id : std::vector<LaneId>(ids.begin(), ids.end())) {
    if (Lane* const lane = find(id)) {
      function(*lane);
    }
  }
}

// Connections -------------------------------------------------------------------------------------------------

std::unique_ptr<LaneConnection> LanePool::connect(LaneConnection::Events& events, const std::string& role) {
  const LaneConnectionOptions lane{
      .filters_at_once = std::min(SubscriptionTable::batch_limit, options_.filters.at_once(0)),
      .retain_as_published = role != own_role};
  return std::make_unique<LaneConnection>(executor_, make_options_(role), lane, fallback_, events, observer_);
}

std::unique_ptr<LaneConnection> LanePool::make_connection(LaneConnection::Events& events) {
  if (further_.size() >= options_.further_connections) {
    return nullptr;
  }
  const std::uint32_t number = free_number();
  auto connection = connect(events, "lane" + std::to_string(number));
  further_.emplace(connection.get(), number);
  if (started_) {
    connection->start();
  }
  look_for_unused();
  return connection;
}

// Client ids are used again, so that there are few of them in the broker's tables and logs.
std::uint32_t LanePool::free_number() const {
  const auto numbers = std::views::values(further_);
  const std::set<std::uint32_t> taken(numbers.begin(), numbers.end());
  std::uint32_t number = 1;
  while (taken.contains(number)) {
    ++number;
  }
  return number;
}

void LanePool::retire(std::unique_ptr<LaneConnection> connection) {
  LaneConnection* const retired = connection.get();
  retired_.emplace(retired, std::move(connection));
  retired->close(
      [this, retired] { boost::asio::post(executor_, lifeline_.guard([this, retired] { forget(retired); })); });
}

void LanePool::forget(const LaneConnection* connection) {
  retired_.erase(connection);
  further_.erase(connection);
  if (!stopped_) {
    observer_.on_links_changed();
  } else if (retired_.empty()) {
    std::exchange(stopped_, nullptr)();
  }
}

void LanePool::look_for_unused() {
  if (further_.empty() || options_.filters.per_connection == 0 || std::exchange(looking_, true)) {
    return;
  }
  unused_timer_.expires_after(options_.unused);
  unused_timer_.async_wait(lifeline_.guard([this](const boost::system::error_code& error) {
    looking_ = false;
    if (error) {
      return;
    }
    for_each([](Lane& lane) { lane.retire_unused(); });
    look_for_unused();
  }));
}

std::vector<LaneConnection*> LanePool::connections() const {
  std::vector<LaneConnection*> connections;
  for (const auto& [id, lane] : lanes_) {
    std::ranges::transform(lane->connections(), std::back_inserter(connections), &std::unique_ptr<LaneConnection>::get);
  }
  return connections;
}

std::vector<LinkReport> LanePool::reports() const {
  std::vector<LinkReport> links;
  for (const auto& [id, lane] : lanes_) {
    for (const auto& connection : lane->connections()) {
      if (lane->counts(*connection)) {
        links.push_back(connection->report());
      }
    }
  }
  return links;
}

bool LanePool::restored() const {
  return std::ranges::all_of(lanes_, [](const auto& item) { return item.second->restored(); });
}

bool LanePool::some_restored() const {
  return std::ranges::any_of(connections(), &LaneConnection::restored);
}

void LanePool::tell_restored() {
  for_each([](Lane& lane) { lane.tell_restored(false); });
}

void LanePool::stop(std::move_only_function<void()> done) {
  stopped_ = std::move(done);
  unused_timer_.cancel();
  for (auto& [id, lane] : std::exchange(lanes_, {})) {
    lane->retire_all();
  }
}

}  // namespace lobbyd::upstream
