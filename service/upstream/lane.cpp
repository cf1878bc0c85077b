#include "service/upstream/lane.hpp"

#include "service/upstream/broker.hpp"
#include "service/upstream/capabilities.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace lobbyd::upstream {

Lane::Lane(const boost::asio::any_io_executor& executor, LaneId id, FilterLimits limits, BrokerEvents& events,
           LaneSupply& supply)
    : id_(id), limits_(limits), events_(events), supply_(supply), refusals_(executor) {}

// Filters -----------------------------------------------------------------------------------------------------

void Lane::hold(const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id, HoldHandler handler) {
  if (LaneConnection* const connection = place_of(filter)) {
    return connection->hold(filter, qos, subscription_id, std::move(handler));
  }
  if (!std::exchange(full_told_, true)) {
    spdlog::error(
        "the filter '{}' is refused, and others may be: each of the {} connections that may hold the clients' filters "
        "has {}, as broker.max_filters_per_connection says; let clients use fewer filters, wider ones, or serve them "
        "by several daemons",
        filter, connections_.size(), limits_.per_connection);
  }
  refusals_.add(std::move(handler), mqtt::ReasonCode::quota_exceeded);
}

// The connection that the broker may still hold the filter on: on another, a message could come twice. Else one that
// stands, so that a connection that the broker refuses takes no filters while there is room elsewhere.
LaneConnection* Lane::place_of(const std::string& filter) {
  LaneConnection* room = nullptr;
  for (const auto& connection : connections_) {
    if (connection->knows(filter)) {
      return connection.get();
    }
    if (limits_.has_room(connection->filters()) &&
        (room == nullptr || (connection->connected() && !room->connected()))) {
      room = connection.get();
    }
  }
  return room != nullptr ? room : open_connection();
}

LaneConnection* Lane::open_connection() {
  auto connection = supply_.make_connection(*this);
  if (!connection) {
    return nullptr;
  }
  full_told_ = false;
  for (const Everywhere& common : everywhere_) {
    connection->hold(common.topic, common.qos, 0, common.handler);
  }
  return connections_.emplace_back(std::move(connection)).get();
}

void Lane::release(const std::string& filter) {
  for (const auto& connection : connections_) {
    if (connection->knows(filter)) {
      connection->release(filter);
    }
  }
}

void Lane::hold_everywhere(const std::string& topic, mqtt::QoS qos, EachHandler handler) {
  for (const auto& connection : connections_) {
    connection->hold(topic, qos, 0, handler);
  }
  everywhere_.push_back({.topic = topic, .qos = qos, .handler = std::move(handler), .payload = {}, .missing = {}});
}

void Lane::subscribe_once(const std::vector<std::string>& filters, SubscribeHandler handler) {
  first().subscribe_once(filters, std::move(handler));
}

Capabilities Lane::capabilities() const {
  std::optional<Capabilities> all;
  for (const auto& connection : connections_) {
    if (connection->proven()) {
      const Capabilities its_own = capabilities_of(connection->limits());
      all = all ? common(*all, its_own) : its_own;
    }
  }
  return all.value_or(Capabilities{});
}

// Connections -------------------------------------------------------------------------------------------------

bool Lane::counts(const LaneConnection& connection) const {
  const bool always_there = id_ == LaneId::own || id_ == LaneId::subscriptions || id_ == LaneId::visit;
  return connection.proven() || (always_there && &connection == &first());
}

bool Lane::restored() const {
  return std::ranges::all_of(connections_,
                             [this](const auto& connection) { return !counts(*connection) || connection->restored(); });
}

void Lane::tell_restored(bool patient) {
  if (untold_ && (restored() || !patient)) {
    untold_ = false;
    events_.on_lane_restored(id_);
  }
}

bool Lane::in_use(const LaneConnection& connection) const {
  const auto common = std::ranges::count_if(
      everywhere_, [&](const Everywhere& everywhere) { return connection.wants(everywhere.topic); });
  return connection.wanted() > static_cast<std::size_t>(common);
}

void Lane::retire_unused() {
  std::set<const LaneConnection*> unused;
  for (std::size_t index = connections_.size(); --index > 0;) {
    const auto connection = connections_.begin() + static_cast<std::ptrdiff_t>(index);
    // One that is down would leave its session behind, in which the broker goes on gathering messages.
    const bool lost = (*connection)->proven() && !(*connection)->connected();
    if (lost || in_use(**connection)) {
      continue;
    }
    unused.insert(connection->get());
    if (unused_.contains(connection->get())) {
      auto retired = std::move(*connection);
      connections_.erase(connection);
      unused.erase(retired.get());
      retire(std::move(retired));
    }
  }
  unused_ = std::move(unused);
  tell_restored();
}

void Lane::retire_all() {
  for (auto& connection : std::exchange(connections_, {})) {
    retire(std::move(connection));
  }
}

void Lane::retire(std::unique_ptr<LaneConnection> connection) {
  for (Everywhere& common : everywhere_) {
    common.missing.erase(connection.get());
  }
  supply_.retire(std::move(connection));
}

// Events ------------------------------------------------------------------------------------------------------

void Lane::on_message(LaneConnection& connection, const mqtt::Publish& message) {
  // MQTT 3.1.1 sends retained messages with every SUBSCRIBE; only two lanes ask for some.
  const bool asks = id_ == LaneId::own || id_ == LaneId::visit;
  const bool unasked = message.retain && connection.limits().version == mqtt::Version::v3_1_1 && !asks;
  if (!unasked && has_come_everywhere(connection, message)) {
    events_.on_message(id_, message);
  }
}

// A connection that comes to hold the topic later than this message first came need not bring it.
bool Lane::has_come_everywhere(const LaneConnection& connection, const mqtt::Publish& message) {
  const auto common = std::ranges::find(everywhere_, message.topic, &Everywhere::topic);
  if (common == everywhere_.end()) {
    return true;
  }
  if (common->payload != message.payload) {
    common->payload = message.payload;
    common->missing.clear();
    for (const auto& present : connections_) {
      if (present->receives(common->topic)) {
        common->missing.insert(present.get());
      }
    }
  }
  common->missing.erase(&connection);
  return common->missing.empty();
}

void Lane::on_batch_end() {
  events_.on_batch_end();
}

void Lane::on_up(LaneConnection&, bool session_present) {
  events_.on_lane_up(id_, session_present);
}

void Lane::on_down(LaneConnection&) {
  events_.on_lane_down(id_);
}

// The first filters of a further connection are waited for by those who asked for them: nothing has been missed.
void Lane::on_restored(LaneConnection& connection) {
  untold_ = untold_ || &connection == &first() || connection.was_lost();
  tell_restored();
}

}  // namespace lobbyd::upstream
