#include "service/upstream/lane_connection.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace lobbyd::upstream {
namespace {

mqtt::ReasonCode reason_of(mqtt::CommandError error) {
  switch (error) {
    case mqtt::CommandError::quota_exceeded:
      return mqtt::ReasonCode::quota_exceeded;
    case mqtt::CommandError::packet_too_large:
      return mqtt::ReasonCode::packet_too_large;
    case mqtt::CommandError::malformed:
      return mqtt::ReasonCode::topic_filter_invalid;
    case mqtt::CommandError::subscription_not_supported:
      return mqtt::ReasonCode::wildcard_subscriptions_not_supported;
    case mqtt::CommandError::not_connected:
    case mqtt::CommandError::qos_not_supported:
    case mqtt::CommandError::retain_not_supported:
      break;
  }
  return mqtt::ReasonCode::unspecified_error;
}

// Nobody asks for the fate of what a lane publishes.
constexpr mqtt::Tag publish_tag = ~mqtt::Tag{0};

}  // namespace

LaneConnection::LaneConnection(boost::asio::any_io_executor executor, ConnectionOptions options,
                               LaneConnectionOptions lane, ProtocolFallback& fallback, Events& events,
                               LinkObserver& observer)
    : name_("broker " + without_query(options.endpoint) + ", connection " + options.role),
      options_(lane),
      events_(events),
      observer_(observer),
      table_(lane.filters_at_once),
      hold_answers_(executor),
      subscribe_answers_(executor),
      connection_(executor, std::move(options), fallback, *this) {}

void LaneConnection::close(std::move_only_function<void()> done) {
  closed_ = true;
  hold_answers_.clear();
  subscribe_answers_.clear();
  connection_.disconnect(std::move(done));
}

// Commands ----------------------------------------------------------------------------------------------------

void LaneConnection::hold(const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id,
                          HoldHandler handler) {
  table_.hold(filter, qos, subscription_id, std::move(handler));
  for (auto& answer : table_.take_answers()) {
    hold_answers_.add(std::move(answer.handler), answer.reason);
  }
  connection_.request_flush();
}

void LaneConnection::release(const std::string& filter) {
  table_.release(filter);
  connection_.request_flush();
}

void LaneConnection::subscribe_once(const std::vector<std::string>& filters, SubscribeHandler handler) {
  if (!connected()) {
    return subscribe_answers_.add(std::move(handler), std::nullopt);
  }
  send_requests();
  std::vector<mqtt::Subscription> subscriptions;
  subscriptions.reserve(filters.size());
  for (const std::string& filter : filters) {
    // Without retain-as-published a retained copy can be told from a live message by its flag.
    subscriptions.push_back({.filter = filter, .qos = mqtt::QoS::at_most_once});
  }
  const mqtt::Tag tag = ++last_tag_;
  if (const auto sent = connection_.subscribe(subscriptions, std::nullopt, tag); sent) {
    once_.subscribing(tag, filters, std::move(handler));
  } else {
    subscribe_answers_.add(std::move(handler), std::vector(filters.size(), reason_of(sent.error())));
  }
}

void LaneConnection::unsubscribe_once(const std::vector<std::string>& filters) {
  if (connected()) {
    send_requests();
    send_unsubscribe(filters);
  }
}

bool LaneConnection::publish(const Message& message) {
  if (!connected()) {
    return false;
  }
  send_requests();
  return connection_.publish(packet_.of(message, std::chrono::steady_clock::now()), publish_tag).has_value();
}

// A filter that is held stays, whatever was asked for once.
void LaneConnection::send_unsubscribe(const std::vector<std::string>& filters) {
  for (std::size_t begin = 0; begin < filters.size(); begin += options_.filters_at_once) {
    const auto end = std::min(begin + options_.filters_at_once, filters.size());
    std::vector<std::string> undone;
    std::copy_if(filters.begin() + static_cast<std::ptrdiff_t>(begin),
                 filters.begin() + static_cast<std::ptrdiff_t>(end), std::back_inserter(undone),
                 [this](const std::string& filter) { return !table_.wants(filter); });
    const std::vector<std::string_view> views(undone.begin(), undone.end());
    const mqtt::Tag tag = ++last_tag_;
    if (views.empty()) {
      continue;
    }
    if (const auto sent = connection_.unsubscribe(views, tag); sent) {
      once_.unsubscribing(tag, undone);
    } else {
      spdlog::warn("{}: cannot unsubscribe from {} filters: {}", name_, views.size(), describe(sent.error()));
    }
  }
}

// Requests ----------------------------------------------------------------------------------------------------

void LaneConnection::send_requests() {
  while (connected()) {
    const auto request = table_.next_request(++last_tag_);
    if (!request) {
      break;
    }
    send(*request);
  }
  for (auto& answer : table_.take_answers()) {
    hold_answers_.add(std::move(answer.handler), answer.reason);
  }
  tell_unrestored();
}

void LaneConnection::send(const SubscriptionTable::Request& request) {
  std::expected<void, mqtt::CommandError> sent;
  if (request.kind == SubscriptionTable::Request::Kind::subscribe) {
    std::vector<mqtt::Subscription> subscriptions;
    for (const auto& item : request.items) {
      subscriptions.push_back({.filter = item.filter,
                               .qos = item.qos,
                               .retain_as_published = options_.retain_as_published,
                               .retain_handling = mqtt::RetainHandling::do_not_send});
    }
    sent = connection_.subscribe(subscriptions, request.subscription_id, request.tag);
  } else {
    std::vector<std::string_view> filters;
    for (const auto& item : request.items) {
      filters.push_back(item.filter);
    }
    sent = connection_.unsubscribe(filters, request.tag);
  }
  if (!sent) {
    table_.could_not_send(request.tag, reason_of(sent.error()));
  }
}

void LaneConnection::give_answers() {
  for (auto& answer : table_.take_answers()) {
    if (!closed_) {
      answer.handler(answer.reason);
    }
  }
  tell_unrestored();
}

void LaneConnection::tell_unrestored() {
  for (const auto& [filter, reason] : table_.take_unrestored()) {
    spdlog::error(
        "{}: the broker refuses the filter '{}', which it took before: {}; its subscribers get nothing until "
        "the connection is made anew",
        name_, filter, name(reason));
  }
}

void LaneConnection::tell_restored() {
  if (up_ && !closed_ && !restored_ && table_.restored()) {
    restored_ = true;
    events_.on_restored(*this);
    observer_.on_links_changed();
  }
}

// Events ------------------------------------------------------------------------------------------------------

void LaneConnection::on_connected(const mqtt::ServerLimits& limits) {
  disconnection_.reset();
  up_ = true;
  restored_ = false;
  proven_ = true;
  table_.link_up(limits);
  send_unsubscribe(once_.link_up(limits.session_present));
  if (!closed_) {
    observer_.on_link_up(limits);
    events_.on_up(*this, limits.session_present);
  }
  give_answers();
  tell_restored();
  if (!closed_) {
    observer_.on_links_changed();
  }
  connection_.request_flush();
}

void LaneConnection::on_disconnected(const Disconnection& disconnection) {
  disconnection_ = disconnection;
  link_lost();
  if (!closed_) {
    observer_.on_links_changed();
  }
}

void LaneConnection::link_lost() {
  table_.link_down();
  // What a lane publishes says how things are at that moment.
  connection_.abandon_in_flight();
  auto handlers = once_.link_down();
  if (closed_) {
    return;
  }
  if (std::exchange(up_, false)) {
    was_lost_ = true;
    events_.on_down(*this);
  }
  for (auto& handler : handlers) {
    if (handler) {
      handler(std::nullopt);
    }
  }
}

void LaneConnection::on_writable() {
  send_requests();
  tell_restored();
}

void LaneConnection::on_publish(const mqtt::Publish& publish) {
  if (closed_) {
    return;
  }
  const auto packet_id = publish.packet_id;
  events_.on_message(*this, publish);
  if (publish.qos != mqtt::QoS::at_most_once) {
    connection_.acknowledge(packet_id);
  }
}

void LaneConnection::on_batch_end() {
  if (!closed_) {
    events_.on_batch_end();
  }
}

void LaneConnection::on_subscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) {
  if (!table_.subscribed(tag, reasons)) {
    if (auto handler = once_.subscribed(tag); handler && !closed_) {
      handler(std::vector(reasons.begin(), reasons.end()));
    }
    return;
  }
  give_answers();
  tell_restored();
  connection_.request_flush();
}

void LaneConnection::on_unsubscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) {
  for (const auto reason : reasons) {
    if (is_failure(reason)) {
      spdlog::warn("{}: the broker refuses to end a subscription: {}", name_, name(reason));
    }
  }
  if (table_.unsubscribed(tag)) {
    connection_.request_flush();
  } else {
    once_.unsubscribed(tag);
  }
}

}  // namespace lobbyd::upstream
