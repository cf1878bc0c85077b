#include "service/upstream/connection.hpp"

#include "service/upstream/refusal.hpp"
#include "service/upstream/transport/transport.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace lobbyd::upstream {
namespace {

constexpr std::chrono::seconds closing_deadline{1};

// A connection that breaks sooner than this did not mend what is wrong: waits go on growing.
constexpr std::chrono::seconds proven_after{2};

// Old brokers answer a CONNECT of a version that they do not know with a packet that this version cannot read.
bool refuses_version(const mqtt::Failure& failure) {
  return failure.kind == mqtt::Failure::Kind::protocol ||
         (failure.kind == mqtt::Failure::Kind::refused &&
          failure.reason == mqtt::ReasonCode::unsupported_protocol_version);
}

}  // namespace

Connection::Connection(boost::asio::any_io_executor executor, ConnectionOptions options, ProtocolFallback& fallback,
                       ConnectionEvents& events)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      name_("broker " + without_query(options_.endpoint) + ", connection " + options_.role),
      fallback_(fallback),
      events_(events),
      client_(options_.client, *this),
      backoff_({}, make_random()),
      cleared_(!options_.keeps_session),
      timer_(executor_) {}

Connection::~Connection() = default;

void Connection::start() {
  enter(State::waiting, Clock::now());
}

void Connection::hold_back(bool held_back) {
  held_back_ = held_back;
  arm_timer();
}

void Connection::take_up_5() {
  if (state_ != State::connected || version_ == mqtt::Version::v5 || refused_5_ || done_) {
    return;
  }
  spdlog::info("{}: the broker takes MQTT 5 on another connection, so this one is made anew with it", name_);
  renewing_ = true;
  next_version_ = mqtt::Version::v5;
  client_.disconnect(mqtt::ReasonCode::success);
  begin_closing();
  events_.on_renewing();
}

void Connection::disconnect(std::move_only_function<void()> done) {
  done_ = std::move(done);
  session_stands_ = standing() && options_.keeps_session;
  end_by_ = Clock::now() + closing_deadline;
  if (state_ == State::connected) {
    // Whoever has a will wants it published in any case: it says that he is gone.
    client_.disconnect(options_.client.will ? mqtt::ReasonCode::disconnect_with_will : mqtt::ReasonCode::success);
    begin_closing();
  } else if (state_ != State::closing) {
    enter(State::closing, Clock::now());
  }
}

void Connection::begin_attempt(mqtt::Version version) {
  version_ = version;
  ending_ = {};
  link_ = std::make_unique<Link>(executor_,
                                 make_transport(executor_, options_.endpoint, options_.tls.get(), options_.reach),
                                 client_, options_.client.maximum_packet_size, static_cast<LinkEvents&>(*this));
  purpose_ = purpose();
  enter(State::connecting, done_ ? end_by_ : Clock::now() + options_.connect_timeout);
  link_->connect();
}

Connection::Purpose Connection::purpose() const {
  if (done_) {
    return Purpose::clear_last;
  }
  return cleared_ ? Purpose::serve : Purpose::clear_first;
}

void Connection::enter(State state, Clock::time_point deadline) {
  state_ = state;
  deadline_ = deadline;
  arm_timer();
}

void Connection::begin_closing() {
  link_->stop_reading();
  link_->request_flush();
  enter(State::closing, done_ ? end_by_ : Clock::now() + closing_deadline);
}

void Connection::end_attempt() {
  link_.reset();
  client_.closed();
  if (done_) {
    if (std::exchange(session_stands_, false)) {
      return begin_attempt(version_);
    }
    state_ = State::idle;
    timer_.cancel();
    auto done = std::exchange(done_, nullptr);
    return done();
  }
  if (purpose_ == Purpose::clear_first && cleared_) {
    return begin_attempt(version_);
  }
  if (const auto version = std::exchange(next_version_, std::nullopt)) {
    return begin_attempt(*version);
  }
  conclude(std::exchange(ending_, {}));
}

void Connection::conclude(Ending ending) {
  const auto now = Clock::now();
  if (ending.version_refused) {
    refused_5_ = refused_5_ || *ending.version_refused == ProtocolFallback::Refusal::stated;
    if (const auto version = fallback_.refused(version_, *ending.version_refused, now)) {
      spdlog::info("{}: the broker does not take MQTT {} ({}), trying {}", name_, name(version_), ending.reason,
                   name(*version));
      return begin_attempt(*version);
    }
  }
  if (connected_since_ && now - *connected_since_ >= proven_after) {
    backoff_.reset();
  }
  connected_since_.reset();
  renewing_ = false;
  const auto wait = ending.permanent ? backoff_.next_after_refusal() : backoff_.next();
  enter(State::waiting, now + wait);
  const Disconnection disconnection{std::move(ending.reason), ending.permanent, wait, ending.refusal,
                                    ending.private_address};
  log_failure(disconnection);
  events_.on_disconnected(disconnection);
}

void Connection::log_failure(const Disconnection& disconnection) {
  // A broker that is away for a night must not fill the log: what has been said is not said again at each try.
  const bool repeated = last_logged_ == disconnection.reason;
  last_logged_ = disconnection.reason;
  const auto level = repeated                  ? spdlog::level::debug
                     : disconnection.permanent ? spdlog::level::err
                                               : spdlog::level::warn;
  const auto seconds = std::chrono::duration<double>(disconnection.retry_in).count();
  spdlog::log(level, "{}: {}; next try in {:.1f} s", name_, disconnection.reason, seconds);
}

// Timer -------------------------------------------------------------------------------------------------------

std::optional<Connection::Clock::time_point> Connection::due() const {
  switch (state_) {
    case State::idle:
      return std::nullopt;
    case State::connected:
      return client_.next_timeout();
    case State::waiting:
      return held_back_ ? std::nullopt : std::optional(deadline_);
    case State::connecting:
    case State::handshake:
    case State::closing:
      break;
  }
  return deadline_;
}

// While packets flow the client's time-out moves on with each; the timer is left to fire at the old one, and finds
// out then.
void Connection::arm_timer() {
  const auto time = due();
  if (!time || (armed_ && *armed_ <= *time)) {
    return;
  }
  armed_ = *time;
  timer_.expires_at(*time);
  timer_.async_wait(lifeline_.guard([this](const boost::system::error_code& error) {
    if (!error) {
      on_timer();
    }
  }));
}

void Connection::on_timer() {
  armed_.reset();
  const auto now = Clock::now();
  const auto time = due();
  if (time && *time <= now) {
    on_due(now);
  }
  arm_timer();
}

void Connection::on_due(Clock::time_point now) {
  switch (state_) {
    case State::idle:
      return;
    case State::connecting:
      ending_.reason = "the broker did not accept the connection in time";
      return end_attempt();
    case State::handshake:
      ending_.reason = "the broker did not answer the connection request in time";
      return end_attempt();
    case State::connected:
      client_.handle_timeout(now);
      return link_->request_flush();
    case State::closing:
      return end_attempt();
    case State::waiting:
      return begin_attempt(fallback_.choose(now));
  }
}

// Link --------------------------------------------------------------------------------------------------------

void Connection::on_link_connected() {
  if (state_ != State::connecting) {
    return;
  }
  client_.open(Clock::now(), version_, purpose_ != Purpose::serve || !options_.keeps_session);
  state_ = State::handshake;
  link_->start_reading();
  link_->request_flush();
}

void Connection::on_link_lost(std::error_code error) {
  switch (state_) {
    case State::connecting:
      ending_.reason = "cannot connect to the broker: " + error.message();
      ending_.private_address = error == ReachError::private_address;
      ending_.permanent = ending_.private_address;
      break;
    case State::handshake:
      ending_.reason = "the broker closed the connection instead of answering (" + error.message() + ")";
      ending_.version_refused = ProtocolFallback::Refusal::silent;
      break;
    case State::connected:
      ending_.reason = "the connection to the broker was lost: " + error.message();
      break;
    case State::idle:
    case State::closing:
    case State::waiting:
      break;
  }
  end_attempt();
}

void Connection::on_read_handled() {
  if (std::exchange(batch_open_, false)) {
    events_.on_batch_end();
  }
  events_.on_read_handled();
}

void Connection::on_writable() {
  if (state_ == State::connected) {
    events_.on_writable();
  }
}

void Connection::on_all_written() {
  if (state_ == State::closing) {
    return end_attempt();
  }
  if (state_ == State::connected) {
    events_.on_all_written();
  }
}

// Client ------------------------------------------------------------------------------------------------------

void Connection::on_connected(const mqtt::ServerLimits& limits) {
  if (state_ != State::handshake) {
    return;
  }
  fallback_.accepted(version_);
  refused_5_ = refused_5_ && version_ != mqtt::Version::v5;
  if (purpose_ != Purpose::serve) {
    cleared_ = true;
    client_.disconnect(mqtt::ReasonCode::success);
    return begin_closing();
  }
  connected_since_ = Clock::now();
  renewing_ = false;
  last_logged_.clear();
  // The session that clearing left behind, which is empty, is not one that was kept.
  mqtt::ServerLimits told = limits;
  told.session_present = std::exchange(served_, true) && limits.session_kept;
  spdlog::info("{}: connected with MQTT {}{}", name_, name(version_),
               told.session_present ? ", the session was kept" : "");
  enter(State::connected, {});
  events_.on_connected(told);
}

void Connection::on_publish(const mqtt::Publish& publish) {
  if (state_ == State::connected) {
    batch_open_ = true;
    events_.on_publish(publish);
  }
}

void Connection::on_published(mqtt::Tag tag, mqtt::ReasonCode reason) {
  events_.on_published(tag, reason);
}

void Connection::on_subscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) {
  events_.on_subscribed(tag, reasons);
}

void Connection::on_unsubscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons) {
  events_.on_unsubscribed(tag, reasons);
}

void Connection::on_failed(const mqtt::Failure& failure) {
  ending_.reason = explain(failure);
  ending_.permanent = remedy(failure) == Remedy::person;
  if (failure.kind == mqtt::Failure::Kind::refused) {
    ending_.refusal = failure.reason;
  }
  if (state_ == State::handshake && refuses_version(failure)) {
    ending_.version_refused = ProtocolFallback::Refusal::stated;
  }
  begin_closing();
}

// Commands ----------------------------------------------------------------------------------------------------

void Connection::request_flush() {
  if (link_ && state_ == State::connected) {
    link_->request_flush();
  }
}

void Connection::begin_command() {
  request_flush();
  client_.set_time(Clock::now());
}

std::expected<void, mqtt::CommandError> Connection::publish(const mqtt::Publish& message, mqtt::Tag tag) {
  begin_command();
  auto sent = client_.publish(message, tag);
  arm_timer();
  return sent;
}

std::expected<void, mqtt::CommandError> Connection::subscribe(std::span<const mqtt::Subscription> subscriptions,
                                                              std::optional<std::uint32_t> subscription_id,
                                                              mqtt::Tag tag) {
  begin_command();
  auto sent = client_.subscribe(subscriptions, subscription_id, tag);
  arm_timer();
  return sent;
}

std::expected<void, mqtt::CommandError> Connection::unsubscribe(std::span<const std::string_view> filters,
                                                                mqtt::Tag tag) {
  begin_command();
  auto sent = client_.unsubscribe(filters, tag);
  arm_timer();
  return sent;
}

void Connection::acknowledge(std::uint16_t packet_id) {
  request_flush();
  client_.acknowledge(packet_id);
}

}  // namespace lobbyd::upstream
