#include "service/upstream/publish_connection.hpp"

namespace lobbyd::upstream {
namespace {

using std::chrono::steady_clock;

// More than that is not handed to the client before it has been written.
constexpr std::size_t output_limit = 1U << 20U;

// A window that is full for a moment is a burst, not a reason for another connection.
constexpr std::chrono::seconds congestion_patience{1};

PublishFailure failure_of(mqtt::CommandError error) {
  switch (error) {
    case mqtt::CommandError::not_connected:
      return PublishFailure::unavailable;
    case mqtt::CommandError::quota_exceeded:
      return PublishFailure::queue_full;
    case mqtt::CommandError::packet_too_large:
      return PublishFailure::packet_too_large;
    case mqtt::CommandError::qos_not_supported:
      return PublishFailure::qos_not_supported;
    case mqtt::CommandError::retain_not_supported:
      return PublishFailure::retain_not_supported;
    case mqtt::CommandError::subscription_not_supported:
    case mqtt::CommandError::malformed:
      break;
  }
  return PublishFailure::malformed;
}

}  // namespace

PublishConnection::PublishConnection(boost::asio::any_io_executor executor, ConnectionOptions options,
                                     PublishQueue::Limits limits, std::uint32_t rate, ProtocolFallback& fallback,
                                     PublishAnswers& answers, PublishConnectionEvents& events)
    : queue_(limits),
      pace_(rate),
      pace_timer_(executor),
      answers_(answers),
      events_(events),
      connection_(std::move(executor), std::move(options), fallback, *this) {}

void PublishConnection::publish(PublisherId publisher, Message message, PublishHandler handler) {
  if (message.qos == mqtt::QoS::at_most_once && !connected()) {
    return answers_.add(std::move(handler), std::unexpected(PublishFailure::unavailable));
  }
  if (!queue_.push(publisher, message, handler)) {
    return answers_.add(std::move(handler), std::unexpected(PublishFailure::queue_full));
  }
  connection_.request_flush();
}

void PublishConnection::abandon() {
  for (QueuedPublish& queued : queue_.take_all()) {
    fail(std::move(queued));
  }
  for (auto& [tag, in_flight] : std::exchange(in_flight_, {})) {
    queue_.settled(in_flight.weight);
    answers_.add(std::move(in_flight.handler), std::unexpected(PublishFailure::unavailable));
  }
}

void PublishConnection::fail(QueuedPublish queued) {
  answers_.add(std::move(queued.handler), std::unexpected(PublishFailure::unavailable));
}

bool PublishConnection::congested(steady_clock::time_point now) const {
  return congested_since_ && now - *congested_since_ >= congestion_patience;
}

bool PublishConnection::window_open() const {
  return connection_.send_quota() > 0;
}

void PublishConnection::on_connected(const mqtt::ServerLimits& limits) {
  disconnection_.reset();
  // What was in flight has been sent again.
  pace_.spend(connection_.in_flight(), steady_clock::now());
  events_.on_publish_link_up(limits);
  connection_.request_flush();
}

void PublishConnection::on_disconnected(const Disconnection& disconnection) {
  disconnection_ = disconnection;
  congested_since_.reset();
  for (QueuedPublish& queued : queue_.take_qos_0()) {
    fail(std::move(queued));
  }
  events_.on_publish_link_down();
}

void PublishConnection::on_writable() {
  const auto now = steady_clock::now();
  while (connection_.unwritten() < output_limit && pace_.open(now)) {
    auto queued = queue_.pop(window_open());
    if (!queued) {
      break;
    }
    send(std::move(*queued), now);
  }
  const bool paced = !queue_.empty() && !pace_.open(now);
  if (paced) {
    wait_for_pace();
  }
  note_congestion(paced);
}

void PublishConnection::wait_for_pace() {
  if (std::exchange(waits_for_pace_, true)) {
    return;
  }
  pace_timer_.expires_at(pace_.opens(steady_clock::now()));
  pace_timer_.async_wait(lifeline_.guard([this](const boost::system::error_code& error) {
    waits_for_pace_ = false;
    if (!error) {
      connection_.request_flush();
    }
  }));
}

// What may have become so while it waited.
std::optional<PublishFailure> PublishConnection::unfit(const Message& message, steady_clock::time_point now) const {
  if (message.expired(now)) {
    return PublishFailure::expired;
  }
  if (message.needs_mqtt_5 && limits().version == mqtt::Version::v3_1_1) {
    return PublishFailure::needs_mqtt_5;
  }
  return std::nullopt;
}

void PublishConnection::send(QueuedPublish queued, steady_clock::time_point now) {
  if (const auto failure = unfit(queued.message, now)) {
    queue_.settled(queued.weight);
    return answers_.add(std::move(queued.handler), std::unexpected(*failure));
  }
  const mqtt::Tag tag = ++last_tag_;
  const auto sent = connection_.publish(packet_.of(queued.message, now), tag);
  pace_.spend(sent ? 1 : 0, now);
  if (sent && queued.message.qos != mqtt::QoS::at_most_once) {
    in_flight_.emplace(tag, InFlight{std::move(queued.handler), queued.weight});
    return;
  }
  queue_.settled(queued.weight);
  if (sent) {
    answers_.add(std::move(queued.handler), mqtt::ReasonCode::success);
  } else {
    answers_.add(std::move(queued.handler), std::unexpected(failure_of(sent.error())));
  }
}

void PublishConnection::note_congestion(bool paced) {
  if (!paced && (window_open() || !queue_.waits_for_window())) {
    congested_since_.reset();
    return;
  }
  const auto now = steady_clock::now();
  congested_since_ = congested_since_.value_or(now);
  if (congested(now)) {
    events_.on_congestion();
  }
}

void PublishConnection::on_all_written() {
  if (drained()) {
    events_.on_drained();
  }
}

void PublishConnection::on_published(mqtt::Tag tag, mqtt::ReasonCode reason) {
  const auto found = in_flight_.find(tag);
  if (found == in_flight_.end()) {
    return;
  }
  queue_.settled(found->second.weight);
  answers_.gather(std::move(found->second.handler), reason);
  in_flight_.erase(found);
  connection_.request_flush();
}

}  // namespace lobbyd::upstream
