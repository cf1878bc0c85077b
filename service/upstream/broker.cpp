#include "service/upstream/broker.hpp"

#include "service/upstream/broker_status.hpp"
#include "service/upstream/capabilities.hpp"
#include "service/upstream/lane_pool.hpp"
#include "service/upstream/lifeline.hpp"
#include "service/upstream/link_observer.hpp"
#include "service/upstream/protocol_fallback.hpp"
#include "service/upstream/publish_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

namespace lobbyd::upstream {
namespace {

// Long enough for a restart of the broker, short enough that it does not store for a daemon that is gone.
constexpr std::uint32_t session_expiry_seconds = 300;

constexpr std::string_view visit_role = "visit-";

std::string random_suffix() {
  std::random_device random;
  return std::to_string(random()) + std::to_string(random());
}

}  // namespace

class Broker::Implementation final : private LinkObserver {
 public:
  Implementation(boost::asio::any_io_executor executor, BrokerOptions options, BrokerEvents& events);
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  virtual ~Implementation() = default;

  void visit() { lanes_.visit(std::string(visit_role) + random_suffix()); }
  void start();
  void stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done);

  const BrokerStatus& status() const { return status_; }
  const std::optional<Capabilities>& capabilities() const { return capabilities_; }
  const BrokerOptions& options() const { return options_; }
  LanePool& lanes() { return lanes_; }
  PublishPool& pool() { return pool_; }

 private:
  ConnectionOptions connection_options(const std::string& role) const;
  void disconnect_all();
  void disconnected_one();

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
  LanePool lanes_;
  BrokerStatus status_;
  std::optional<Capabilities> capabilities_;
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
          {options_.pool_size,
           options_.pool_max,
           {.messages = options_.queue_messages, .bytes = options_.queue_bytes},
           options_.traits.publish_rate},
          [this](const std::string& role) { return connection_options(role); }, fallback_, *this),
      lanes_(
          executor_,
          {options_.traits.filters, options_.further_lanes, options_.further_connections, options_.unused_lane},
          [this](const std::string& role) { return connection_options(role); }, fallback_, events_, *this),
      status_(summarize(pool_.reports())),
      stop_timer_(executor_),
      patience_timer_(executor_) {
  pool_.hold_back(true);
}

ConnectionOptions Broker::Implementation::connection_options(const std::string& role) const {
  mqtt::ClientOptions client;
  client.client_id = options_.client_id_prefix + role;
  client.username = options_.username;
  client.password = options_.password;
  client.keep_alive = options_.keep_alive;
  client.answer_timeout = options_.answer_timeout;
  // What the daemon's own lane carries says how things are now: nothing of it is to be sent later.
  const bool keeps_session = role != own_role && !role.starts_with(visit_role);
  client.session_expiry = keeps_session ? session_expiry_seconds : 0;
  if (role == own_role) {
    client.will = options_.will;
  }
  client.limits_3_1_1 = options_.traits.limits_3_1_1;
  if (options_.traits.publish_rate != 0) {
    // All that is in flight may have to be sent again at once.
    const auto most = static_cast<std::uint16_t>(std::min<std::uint32_t>(options_.traits.publish_rate, 65'535));
    client.send_maximum = std::min(client.send_maximum, most);
  }
  return {options_.endpoint, options_.tls,  options_.reach,          role,
          std::move(client), keeps_session, options_.connect_timeout};
}

void Broker::Implementation::start() {
  lanes_.start();
  pool_.start();
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
  still_connected_ = pool_.connections().size() + 1;
  for (const auto& connection : pool_.connections()) {
    connection->disconnect([this] { boost::asio::post(executor_, lifeline_.guard([this] { disconnected_one(); })); });
  }
  lanes_.stop([this] { disconnected_one(); });
}

void Broker::Implementation::disconnected_one() {
  if (--still_connected_ == 0) {
    std::exchange(stopped_, nullptr)();
  }
}

// Status ------------------------------------------------------------------------------------------------------

void Broker::Implementation::on_link_up(const mqtt::ServerLimits& limits) {
  Capabilities all = capabilities_of(limits);
  for (const LaneConnection* const connection : lanes_.connections()) {
    if (connection->connected()) {
      all = common(all, capabilities_of(connection->limits()));
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
  const auto receiving = lanes_.connections();
  const auto& publishing = pool_.connections();
  if (stopping_ || (std::ranges::none_of(receiving, [&](const auto* connection) { return speaks_5(*connection); }) &&
                    std::ranges::none_of(publishing, [&](const auto& connection) { return speaks_5(*connection); }))) {
    return;
  }
  for (LaneConnection* const connection : receiving) {
    connection->take_up_5();
  }
  for (const auto& connection : publishing) {
    connection->take_up_5();
  }
}

// After a restart of the broker, what the publishers have waiting must not arrive before the filters stand that it is
// meant for: their own clients would miss it. But a lane that does not come back, say over a limit on connections, must
// not stop the others for ever.
void Broker::Implementation::hold_publishers_back() {
  const bool restored = lanes_.restored();
  const auto now = std::chrono::steady_clock::now();
  if (restored || !lanes_.some_restored()) {
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
  const bool patient = !patient_until_ || now < *patient_until_;
  pool_.hold_back(!restored && patient);
  if (!patient) {
    lanes_.tell_restored();
  }
}

std::vector<LinkReport> Broker::Implementation::reports() const {
  std::vector<LinkReport> links = lanes_.reports();
  std::ranges::copy(pool_.reports(), std::back_inserter(links));
  return links;
}

// Facade ------------------------------------------------------------------------------------------------------

Broker::Broker(boost::asio::any_io_executor executor, BrokerOptions options, BrokerEvents& events)
    : implementation_(std::make_unique<Implementation>(std::move(executor), std::move(options), events)) {}

Broker::~Broker() = default;

void Broker::visit() {
  implementation_->visit();
}

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

const BrokerTraits& Broker::traits() const {
  return implementation_->options().traits;
}

Capabilities Broker::capabilities(LaneId lane) const {
  const Lane* const found = implementation_->lanes().find(lane);
  return found == nullptr ? Capabilities{} : found->capabilities();
}

std::optional<LaneId> Broker::open_lane() {
  return implementation_->lanes().open();
}

void Broker::close_lane(LaneId lane) {
  implementation_->lanes().close(lane);
}

void Broker::hold(LaneId lane, const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id,
                  HoldHandler handler) {
  if (Lane* const found = implementation_->lanes().find(lane)) {
    found->hold(filter, traits().filter_qos.value_or(qos), subscription_id, std::move(handler));
  }
}

void Broker::release(LaneId lane, const std::string& filter) {
  if (Lane* const found = implementation_->lanes().find(lane)) {
    found->release(filter);
  }
}

void Broker::hold_everywhere(LaneId lane, const std::string& topic, mqtt::QoS qos,
                             std::function<void(mqtt::ReasonCode)> handler) {
  if (Lane* const found = implementation_->lanes().find(lane)) {
    found->hold_everywhere(topic, qos, std::move(handler));
  }
}

std::size_t Broker::once_limit(LaneId lane) const {
  const Lane* const found = implementation_->lanes().find(lane);
  return found == nullptr ? 0 : found->once_limit();
}

void Broker::subscribe_once(LaneId lane, const std::vector<std::string>& filters, SubscribeHandler handler) {
  if (Lane* const found = implementation_->lanes().find(lane)) {
    found->subscribe_once(filters, std::move(handler));
  }
}

void Broker::unsubscribe_once(LaneId lane, const std::vector<std::string>& filters) {
  if (Lane* const found = implementation_->lanes().find(lane)) {
    found->unsubscribe_once(filters);
  }
}

bool Broker::publish_on(LaneId lane, const Message& message) {
  Lane* const found = implementation_->lanes().find(lane);
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
bool Broker::crowded(PublisherId publisher) const {
  return implementation_->pool().crowded(publisher);
}

}  // namespace lobbyd::upstream
