#include "service/upstream/broker.hpp"

#include "service/upstream/broker_status.hpp"
#include "service/upstream/capabilities.hpp"
#include "service/upstream/lane.hpp"
#include "service/upstream/lifeline.hpp"
#include "service/upstream/link_observer.hpp"
#include "service/upstream/protocol_fallback.hpp"
#include "service/upstream/publish_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace lobbyd::upstream {
namespace {

// Long enough for a restart of the broker, short enough that it does not store for a daemon that is gone.
constexpr std::uint32_t session_expiry_seconds = 300;

// The lanes `own` and `subscriptions`.
constexpr std::size_t always_open = 2;

}  // namespace

class Broker::Implementation final : private LinkObserver {
 public:
  Implementation(boost::asio::any_io_executor executor, BrokerOptions options, BrokerEvents& events);
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  virtual ~Implementation() = default;

  void start();
  void stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done);

  std::optional<LaneId> open_lane();
  void close_lane(LaneId lane);
  Lane* find(LaneId lane);

  const BrokerStatus& status() const { return status_; }
  const std::optional<Capabilities>& capabilities() const { return capabilities_; }
  PublishPool& pool() { return pool_; }

 private:
  struct OpenLane {
    std::unique_ptr<Lane> lane;
    std::uint32_t number;  // in the client id
  };

  ConnectionOptions connection_options(const std::string& role) const;
  void add_lane(LaneId id, const std::string& role, std::uint32_t number);
  void retire(OpenLane open);
  void disconnect_all();
  void disconnected_one();

  static bool counts(const Lane& lane);
  bool lanes_restored() const;
  void hold_publishers_back();
  std::vector<LinkReport> reports() const;
  void take_up_5();
  void on_link_up(const mqtt::ServerLimits& limits) override;
  void on_links_changed() override;

  boost::asio::any_io_executor executor_;
  BrokerOptions options_;
  BrokerEvents& events_;
  ProtocolFallback fallback_;
  PublishPool pool_;
  std::map<LaneId, OpenLane> lanes_;
  std::map<const Lane*, OpenLane> retired_;  // until their last output is written
  std::uint32_t last_lane_ = 1;
  BrokerStatus status_;
  std::optional<Capabilities> capabilities_;
  bool started_ = false;
  bool stopping_ = false;
  std::size_t still_connected_ = 0;
  std::move_only_function<void()> stopped_;
  boost::asio::steady_timer stop_timer_;
  std::optional<std::chrono::steady_clock::time_point>
      patient_until_;  // while some lanes are restored and some are not
  boost::asio::steady_timer patience_timer_;
  Lifeline lifeline_;
};

Broker::Implementation::Implementation(boost::asio::any_io_executor executor, BrokerOptions options,
                                       BrokerEvents& events)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      events_(events),
      fallback_(options_.protocol),
      pool_(
          executor_,
          {options_.pool_size, options_.pool_max, {.messages = options_.queue_messages, .bytes = options_.queue_bytes}},
          [this](const std::string& role) { return connection_options(role); }, fallback_, *this),
      status_(summarize(pool_.reports())),
      stop_timer_(executor_),
      patience_timer_(executor_) {
  add_lane(LaneId::own, "own", 0);
  add_lane(LaneId::subscriptions, "sub", 0);
  pool_.hold_back(true);
}

ConnectionOptions Broker::Implementation::connection_options(const std::string& role) const {
  mqtt::ClientOptions client;
  client.client_id = options_.client_id_prefix + role;
  client.username = options_.username;
  client.password = options_.password;
  client.keep_alive = options_.keep_alive;
  client.answer_timeout = options_.answer_timeout;
  client.session_expiry = session_expiry_seconds;
  return {options_.endpoint, options_.tls, options_.reach, role, std::move(client), options_.connect_timeout};
}

void Broker::Implementation::start() {
  started_ = true;
  for (auto& [id, open] : lanes_) {
    open.lane->start();
  }
  pool_.start();
}

// Lanes -------------------------------------------------------------------------------------------------------

void Broker::Implementation::add_lane(LaneId id, const std::string& role, std::uint32_t number) {
  auto lane = std::make_unique<Lane>(executor_, id, connection_options(role), fallback_, events_,
                                     static_cast<LinkObserver&>(*this));
  lanes_.emplace(id, OpenLane{std::move(lane), number});
}

std::optional<LaneId> Broker::Implementation::open_lane() {
  if (lanes_.size() + retired_.size() >= always_open + options_.further_lanes) {
    return std::nullopt;
  }
  // Client ids are used again, so that there are few of them in the broker's tables and logs.
  std::set<std::uint32_t> taken;
  for (const auto& [id, open] : lanes_) {
    taken.insert(open.number);
  }
  for (const auto& [lane, open] : retired_) {
    taken.insert(open.number);
  }
  std::uint32_t number = 1;
  while (taken.contains(number)) {
    ++number;
  }
  const LaneId id{++last_lane_};
  add_lane(id, "lane" + std::to_string(number), number);
  if (started_) {
    lanes_.at(id).lane->start();
  }
  return id;
}

void Broker::Implementation::close_lane(LaneId lane) {
  if (auto node = lanes_.extract(lane)) {
    retire(std::move(node.mapped()));
  }
}

// The lane may be the one whose event led to this: it goes when it has come back to the loop.
void Broker::Implementation::retire(OpenLane open) {
  Lane* const lane = open.lane.get();
  retired_.emplace(lane, std::move(open));
  lane->close([this, lane] {
    boost::asio::post(executor_, lifeline_.guard([this, lane] {
      retired_.erase(lane);
      disconnected_one();
    }));
  });
}

Lane* Broker::Implementation::find(LaneId lane) {
  const auto found = lanes_.find(lane);
  return found == lanes_.end() ? nullptr : found->second.lane.get();
}

// Stopping ----------------------------------------------------------------------------------------------------

void Broker::Implementation::stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done) {
  stopped_ = std::move(done);
  stop_timer_.expires_after(deadline);
  stop_timer_.async_wait(lifeline_.guard([this](const boost::system::error_code&) { disconnect_all(); }));
  pool_.drain([this] { stop_timer_.cancel(); });
}

void Broker::Implementation::disconnect_all() {
  if (std::exchange(stopping_, true)) {
    return;
  }
  pool_.abandon();
  still_connected_ = pool_.connections().size() + lanes_.size() + retired_.size();
  for (const auto& connection : pool_.connections()) {
    connection->disconnect([this] { boost::asio::post(executor_, lifeline_.guard([this] { disconnected_one(); })); });
  }
  for (auto& [id, open] : std::exchange(lanes_, {})) {
    retire(std::move(open));
  }
}

void Broker::Implementation::disconnected_one() {
  if (!stopping_) {
    return on_links_changed();
  }
  if (--still_connected_ == 0) {
    std::exchange(stopped_, nullptr)();
  }
}

// Status ------------------------------------------------------------------------------------------------------

void Broker::Implementation::on_link_up(const mqtt::ServerLimits& limits) {
  Capabilities all = capabilities_of(limits);
  for (const auto& [id, open] : lanes_) {
    if (open.lane->connected()) {
      all = common(all, capabilities_of(open.lane->limits()));
    }
  }
  for (const auto& connection : pool_.connections()) {
    if (connection->connected()) {
      all = common(all, capabilities_of(connection->limits()));
    }
  }
  capabilities_ = all;
}

void Broker::Implementation::on_links_changed() {
  hold_publishers_back();
  const BrokerStatus now = summarize(reports());
  const bool news = is_news(status_, now);
  status_ = now;
  if (news && !stopping_) {
    events_.on_status(status_);
  }
  take_up_5();
}

// A proxy, or a broker that is just starting, may close a connection that offers MQTT 5, and would so bring about a mix
// of versions that lasts.
void Broker::Implementation::take_up_5() {
  const auto speaks_5 = [](const auto& connection) {
    return connection.connected() && connection.limits().version == mqtt::Version::v5;
  };
  const auto& publishing = pool_.connections();
  if (stopping_ || (std::ranges::none_of(lanes_, [&](const auto& open) { return speaks_5(*open.second.lane); }) &&
                    std::ranges::none_of(publishing, [&](const auto& connection) { return speaks_5(*connection); }))) {
    return;
  }
  for (const auto& [id, open] : lanes_) {
    open.lane->take_up_5();
  }
  for (const auto& connection : publishing) {
    connection->take_up_5();
  }
}

// After a restart of the broker, what the publishers have waiting must not arrive before the filters stand that it is
// meant for: their own clients would miss it. But a lane that does not come back, say over a limit on connections, must
// not stop the others for ever.
void Broker::Implementation::hold_publishers_back() {
  const bool restored = lanes_restored();
  const bool some = std::ranges::any_of(lanes_, [](const auto& open) { return open.second.lane->restored(); });
  const auto now = std::chrono::steady_clock::now();
  if (restored || !some) {
    patient_until_.reset();
    patience_timer_.cancel();
  } else if (!patient_until_) {
    patient_until_ = now + options_.lane_patience;
    patience_timer_.expires_at(*patient_until_);
    patience_timer_.async_wait(lifeline_.guard([this](const boost::system::error_code& error) {
      if (!error) {
        on_links_changed();
      }
    }));
  }
  pool_.hold_back(!restored && !(patient_until_ && now >= *patient_until_));
}

// A further lane counts from when it first stood: to open one is no loss of the broker.
bool Broker::Implementation::counts(const Lane& lane) {
  return lane.id() <= LaneId::subscriptions || lane.proven();
}

bool Broker::Implementation::lanes_restored() const {
  return std::ranges::all_of(
      lanes_, [](const auto& open) { return !counts(*open.second.lane) || open.second.lane->restored(); });
}

std::vector<LinkReport> Broker::Implementation::reports() const {
  std::vector<LinkReport> links;
  for (const auto& [id, open] : lanes_) {
    if (counts(*open.lane)) {
      links.push_back(open.lane->report());
    }
  }
  std::ranges::copy(pool_.reports(), std::back_inserter(links));
  return links;
}

// Facade ------------------------------------------------------------------------------------------------------

Broker::Broker(boost::asio::any_io_executor executor, BrokerOptions options, BrokerEvents& events)
    : implementation_(std::make_unique<Implementation>(std::move(executor), std::move(options), events)) {}

Broker::~Broker() = default;

void Broker::start() {
  implementation_->start();
}

void Broker::stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done) {
  implementation_->stop(deadline, std::move(done));
}

const BrokerStatus& Broker::status() const {
  return implementation_->status();
}

const std::optional<Capabilities>& Broker::capabilities() const {
  return implementation_->capabilities();
}

Capabilities Broker::capabilities(LaneId lane) const {
  const Lane* const found = implementation_->find(lane);
  return found == nullptr ? Capabilities{} : capabilities_of(found->limits());
}

std::optional<LaneId> Broker::open_lane() {
  return implementation_->open_lane();
}

void Broker::close_lane(LaneId lane) {
  implementation_->close_lane(lane);
}

void Broker::hold(LaneId lane, const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id,
                  HoldHandler handler) {
  if (Lane* const found = implementation_->find(lane)) {
    found->hold(filter, qos, subscription_id, std::move(handler));
  }
}

void Broker::release(LaneId lane, const std::string& filter) {
  if (Lane* const found = implementation_->find(lane)) {
    found->release(filter);
  }
}

void Broker::subscribe_once(LaneId lane, const std::vector<std::string>& filters, SubscribeHandler handler) {
  if (Lane* const found = implementation_->find(lane)) {
    found->subscribe_once(filters, std::move(handler));
  }
}

void Broker::unsubscribe_once(LaneId lane, const std::vector<std::string>& filters) {
  if (Lane* const found = implementation_->find(lane)) {
    found->unsubscribe_once(filters);
  }
}

bool Broker::publish_on(LaneId lane, const Message& message) {
  Lane* const found = implementation_->find(lane);
  return found != nullptr && found->publish(message);
}

PublisherId Broker::open_publisher() {
  return implementation_->pool().open_publisher();
}

void Broker::close_publisher(PublisherId publisher) {
  implementation_->pool().close_publisher(publisher);
}

void Broker::publish(PublisherId publisher, Message message, PublishHandler handler) {
  implementation_->pool().publish(publisher, std::move(message), std::move(handler));
}

}  // namespace lobbyd::upstream
