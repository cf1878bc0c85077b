#include "protocol/mqtt/client.hpp"

#include "protocol/mqtt/client_implementation.hpp"
#include "protocol/mqtt/topic.hpp"
#include "protocol/mqtt/utf8.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace lobbyd::mqtt {
namespace {

void require(bool condition, const char* what) {
  if (!condition) throw std::invalid_argument(what);
}

void check(const ClientOptions& options) {
  constexpr std::chrono::seconds longest_keep_alive(std::numeric_limits<std::uint16_t>::max());
  require(check_string(options.client_id).has_value(), "the client identifier is not an MQTT string");
  require(!options.username || check_string(*options.username), "the user name is not an MQTT string");
  require(!options.password || options.password->size() <= maximum_string_size, "the password is too long");
  require(!options.will || check_topic_name(options.will->topic), "the will's topic is not a topic name");
  require(!options.will || options.will->payload.size() <= maximum_string_size, "the will's payload is too long");
  require(options.keep_alive >= std::chrono::seconds::zero(), "the keep alive is negative");
  require(options.keep_alive <= longest_keep_alive, "the keep alive is longer than 65,535 seconds");
  require(options.answer_timeout >= std::chrono::milliseconds::zero(), "the answer time-out is negative");
  require(options.receive_maximum != 0, "the receive maximum is 0");
  require(options.send_maximum != 0 && options.limits_3_1_1.receive_maximum != 0, "the send maximum is 0");
  require(options.maximum_packet_size != 0, "the maximum packet size is 0");
}

std::optional<TimePoint> earlier(std::optional<TimePoint> one, std::optional<TimePoint> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

Client::Implementation::Implementation(ClientOptions options, ClientEvents& events)
    : options_(std::move(options)), events_(events) {
  check(options_);
}

void Client::Implementation::open(TimePoint now, Version version, bool clean_start) {
  closed();
  now_ = now;
  version_ = version;
  // MQTT 3.1.1 leaves it to the client, and a clean session would there not outlive the connection (MQTT3 §3.1.2.4).
  clean_start_ = clean_start || (version == Version::v5 && !has_session_);
  state_ = State::connecting;
  ++unanswered_connects_;
  connack_deadline_ = now + options_.connack_timeout;
  decoder_.set_version(version);
  writer_.start(version);
  inbound_aliases_.reset(version == Version::v5 ? options_.topic_alias_maximum : std::uint16_t{0});
  send_connect();
}

void Client::Implementation::send_connect() {
  Connect connect;
  connect.version = version_;
  connect.clean_start = clean_start_;
  connect.keep_alive = static_cast<std::uint16_t>(options_.keep_alive.count());
  connect.client_id = options_.client_id;
  if (const auto& will = options_.will) {
    connect.will = Will{.topic = will->topic,
                        .payload = will->payload,
                        .qos = will->qos,
                        .retain = will->retain,
                        .delay_interval = will->delay};
  }
  std::string password = options_.password ? options_.password->reveal() : std::string();
  if (options_.username) connect.username = *options_.username;
  if (options_.password) connect.password = password;
  connect.session_expiry = options_.session_expiry;
  connect.maximum_packet_size = options_.maximum_packet_size;
  connect.topic_alias_maximum = options_.topic_alias_maximum;
  connect.receive_maximum = options_.receive_maximum;
  // MQTT 3.1.1 has no password without a user name (MQTT3 §3.1.2.9), but an empty user name.
  if (version_ == Version::v3_1_1 && connect.password && !connect.username) connect.username = "";
  write(connect);
  wipe(password);
}

void Client::Implementation::closed() {
  state_ = State::closed;
  writer_.clear();
  requests_.forget_all();
  outbound_.link_lost();
  inbound_.link_lost();
}

void Client::Implementation::disconnect(ReasonCode reason) {
  if (!is_open()) return;
  if (version_ == Version::v5 || reason == ReasonCode::success) write_disconnect(reason);
  state_ = State::closed;
}

void Client::Implementation::write_disconnect(ReasonCode reason) {
  Disconnect disconnect;
  disconnect.reason = reason;
  write(disconnect);
}

void Client::Implementation::fail(const Failure& failure) {
  state_ = State::failed;
  events_.on_failed(failure);
}

void Client::Implementation::fail_protocol(ReasonCode reason, std::string_view rule) {
  if (version_ == Version::v5) write_disconnect(reason);
  fail({.kind = Failure::Kind::protocol, .reason = reason, .text = std::string(rule)});
}

std::optional<TimePoint> Client::Implementation::next_timeout() const {
  if (state_ == State::connecting) return connack_deadline_;
  if (state_ != State::connected) return std::nullopt;
  return earlier(keep_alive_.deadline(), answer_deadline());
}

std::optional<TimePoint> Client::Implementation::answer_deadline() const {
  if (options_.answer_timeout == std::chrono::milliseconds::zero()) return std::nullopt;
  const auto oldest = earlier(outbound_.oldest_on_link(), requests_.oldest());
  return oldest ? std::optional(*oldest + options_.answer_timeout) : std::nullopt;
}

// None of these failures has a DISCONNECT: its reason codes are the server's alone, and nobody seems to listen.
void Client::Implementation::handle_timeout(TimePoint now) {
  now_ = now;
  if (state_ == State::connecting && now >= connack_deadline_) {
    return fail({.kind = Failure::Kind::connack_timeout, .text = "no CONNACK within the time allowed"});
  }
  if (state_ != State::connected) return;
  if (const auto deadline = answer_deadline(); deadline && now >= *deadline) {
    return fail({.kind = Failure::Kind::answer_timeout, .text = "no answer to a request within the time allowed"});
  }
  switch (keep_alive_.check(now)) {
    case KeepAlive::Verdict::well:
      return;
    case KeepAlive::Verdict::ping_due:
      write(Pingreq{});
      keep_alive_.on_pingreq(now);
      return;
    case KeepAlive::Verdict::dead:
      return fail({.kind = Failure::Kind::keep_alive,
                   .reason = ReasonCode::keep_alive_timeout,
                   .text = "no answer to PINGREQ"});
  }
}

Client::Client(ClientOptions options, ClientEvents& events)
    : implementation_(std::make_unique<Implementation>(std::move(options), events)) {}
Client::~Client() = default;

Client::State Client::state() const {
  return implementation_->state();
}
const ServerLimits& Client::limits() const {
  return implementation_->limits();
}

void Client::open(TimePoint now, Version version, bool clean_start) {
  implementation_->open(now, version, clean_start);
}
std::size_t Client::receive(std::string_view bytes, TimePoint now) {
  return implementation_->receive(bytes, now);
}
void Client::closed() {
  implementation_->closed();
}
void Client::disconnect(ReasonCode reason) {
  implementation_->disconnect(reason);
}

void Client::set_time(TimePoint now) {
  implementation_->set_time(now);
}
std::expected<void, CommandError> Client::publish(const Publish& message, Tag tag) {
  return implementation_->publish(message, tag);
}
std::expected<void, CommandError> Client::subscribe(std::span<const Subscription> subscriptions,
                                                    std::optional<std::uint32_t> subscription_id, Tag tag) {
  return implementation_->subscribe(subscriptions, subscription_id, tag);
}
std::expected<void, CommandError> Client::unsubscribe(std::span<const std::string_view> filters, Tag tag) {
  return implementation_->unsubscribe(filters, tag);
}
void Client::acknowledge(std::uint16_t packet_id) {
  implementation_->acknowledge(packet_id);
}

std::size_t Client::send_quota() const {
  return implementation_->send_quota();
}
std::size_t Client::in_flight() const {
  return implementation_->in_flight();
}
std::vector<Tag> Client::abandon_in_flight() {
  return implementation_->abandon_in_flight();
}

bool Client::has_output() const {
  return !implementation_->output().empty();
}
std::size_t Client::output_size() const {
  return implementation_->output().size();
}
void Client::take_output(std::string& out) {
  std::swap(implementation_->output(), out);
}

std::optional<TimePoint> Client::next_timeout() const {
  return implementation_->next_timeout();
}
void Client::handle_timeout(TimePoint now) {
  implementation_->handle_timeout(now);
}

}  // namespace lobbyd::mqtt
