// How a session comes to its broker, and what it tells the client of it.

#include "service/apps/host/apps.hpp"
#include "service/gateway/departure.hpp"
#include "service/gateway/random_name.hpp"
#include "service/gateway/session.hpp"
#include "service/gateway/unix_time.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace lobbyd::gateway {

namespace {

// `otherwise`: the word for a broker that is not there but may come back.
api::BrokerState to_api(upstream::BrokerState state, api::BrokerState otherwise) {
  switch (state) {
    case upstream::BrokerState::connected:
      return api::BrokerState::connected;
    case upstream::BrokerState::failed:
      return api::BrokerState::failed;
    case upstream::BrokerState::connecting:
      break;
  }
  return otherwise;
}

// A password goes from here to the broker alone.
hub::BrokerChoice take_choice(api::ConnectParams& params) {
  hub::BrokerChoice choice{.broker = params.broker, .credentials = std::nullopt};
  if (params.username || params.password) {
    choice.credentials.emplace().username = std::move(params.username);
  }
  if (params.password) {
    choice.credentials->password.emplace(*params.password);
    mqtt::wipe(*params.password);
  }
  return choice;
}

}  // namespace

std::expected<void, api::Error> Session::check_connect(const api::ConnectParams& params) const {
  if (params.will) {
    if (auto allowed = hubs_.main().check_will(*params.will); !allowed) {
      return allowed;
    }
  }
  const bool elsewhere = broker_ && params.client_id && broker_->hub().is_served_elsewhere(*params.client_id);
  if (params.client_id && !params.takeover && (elsewhere || table_.find(*params.client_id))) {
    return std::unexpected(api::Error{api::Reason::conflict, "this client id is connected already"});
  }
  return {};
}

void Session::carry_out(api::ConnectParams params, Reply reply) {
  if (auto allowed = check_connect(params); !allowed) {
    return reply.error(allowed.error());
  }
  if (!resumes(params, reply)) {
    begin(std::move(params), std::move(reply));
  }
}

void Session::begin(api::ConnectParams params, Reply reply) {
  auto entered = hubs_.enter(take_choice(params));
  if (!entered) {
    return reply.error(entered.error());
  }
  broker_ = std::move(*entered);
  if (broker_->is_main()) {
    return conclude_connect(std::move(params), std::move(reply));
  }
  connecting_ = true;
  broker_->when_tried([weak = weak_from_this(), params = std::move(params), reply = std::move(reply)]() mutable {
    if (const auto self = weak.lock(); self && self->connecting_) {
      self->connecting_ = false;
      self->conclude_connect(std::move(params), std::move(reply));
    }
  });
}

// The broker was tried, and the client is told here and now what came of it.
std::expected<void, api::Error> Session::check_broker() const {
  const upstream::BrokerStatus& status = broker_->hub().broker_status();
  if (status.private_address) {
    return std::unexpected(api::Error{api::Reason::forbidden,
                                      "this broker has a private address, where the operator lets no client lead"});
  }
  if (broker_->dedicated() && status.refusal) {
    return std::unexpected(api::broker_refused("the broker refuses this client: " + status.reason,
                                               static_cast<std::uint8_t>(*status.refusal),
                                               mqtt::name(*status.refusal)));
  }
  return {};
}

void Session::conclude_connect(api::ConnectParams params, Reply reply) {
  auto allowed = check_broker();
  if (allowed) {
    allowed = check_connect(params);
  }
  if (!allowed) {
    broker_.reset();
    reply.error(allowed.error());
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  const auto wait = params.client_id ? table_.rivals().wait(*params.client_id, now) : std::chrono::milliseconds(0);
  if (wait.count() > 0) {
    connecting_ = true;
    held_up_.emplace(std::move(params), std::move(reply), now + wait);
    return;
  }
  take_place(std::move(params), std::move(reply));
}

void Session::take_place(api::ConnectParams params, Reply reply) {
  client_id_ = params.client_id ? *params.client_id : "c-" + random_name<128>();
  end_older();
  table_.name(client_id_, shared_from_this());
  present_as(params);
  connecting_ = true;
  Terms terms{
      .secret = random_name<256>(), .broker = std::move(params.broker), .expiry = granted_expiry(params.session)};
  client_ = &broker_->hub().attach(client_id_, client_id_, *this, std::move(params.will), longest_delay(terms));
  if (apps::Apps* const apps = apps::Apps::of(*broker_)) {
    apps->arrive(*client_);
  }
  spdlog::debug("client \"{}\" connected from {}", client_id_, address_);
  broker_->hub().when_will_is_known(
      *client_, [this, terms = std::move(terms), reply = std::move(reply)](api::WillState will) mutable {
        connecting_ = false;
        answer_connect(terms, false, will, reply);
        if (terms.expiry.count() > 0) {
          auto outbox = std::make_unique<Outbox>(settings_.outbox);
          outbox->remember();
          remember(std::move(terms), std::move(outbox));
        }
      });
}

void Session::end_older() {
  if (const auto older = table_.find(client_id_)) {
    spdlog::debug("client \"{}\" has connected again; its older connection is closed", client_id_);
    table_.rivals().note(client_id_, std::chrono::steady_clock::now());
    older->close(api::CloseCode::taken_over, hub::Departure::taken_over);
  }
  if (const auto kept = table_.kept().take(client_id_)) {
    spdlog::debug("client \"{}\" has connected anew; its session is kept no longer", client_id_);
    detach_client(*kept->parts().broker, *kept->parts().client, hub::Departure::taken_over);
  }
}

std::chrono::seconds Session::granted_expiry(const std::optional<api::SessionParams>& asked) const {
  return asked ? std::min(asked->expiry, settings_.session_expiry_max) : std::chrono::seconds(0);
}

// A will waits for its delay no longer than the session is kept.
std::chrono::seconds Session::longest_delay(const Terms& terms) {
  return terms.expiry.count() > 0 ? terms.expiry : std::chrono::seconds::max();
}

void Session::present_as(const api::ConnectParams& params) {
  presentation_.payloads = params.payloads;
  presentation_.max_frame_bytes = params.max_message_bytes;
}

void Session::remember(Terms terms, std::unique_ptr<Outbox> outbox) {
  resumable_ = std::make_unique<Resumable>(Resumable{.terms = std::move(terms), .successor = nullptr});
  connection_->remember(std::move(outbox));
}

void Session::answer_connect(const Terms& terms, bool resumed, api::WillState will, Reply& reply) {
  broker_state_ = to_api(broker_->hub().broker_status().state, api::BrokerState::connecting);
  reply.result_text(api::write_connect_result(connect_result(terms, resumed, will),
                                              presentation_.max_frame_bytes - reply.envelope_size()));
  reply.flush();
}

api::ConnectResult Session::connect_result(const Terms& terms, bool resumed, api::WillState will) const {
  api::ConnectResult result{
      .client_id = client_id_,
      .user = client_id_,
      .session = {.secret = terms.secret, .resumed = resumed, .expiry = terms.expiry},
      .broker = {.name = broker_->name(), .state = api::BrokerState::connecting, .protocol = {}, .capabilities = {}},
      .will = will,
      .instance = settings_.instance,
      .version = settings_.version,
      .limits = {.max_message_bytes = settings_.max_message_bytes,
                 .max_subscriptions = settings_.max_subscriptions,
                 .max_qos = settings_.max_qos,
                 .outbox_bytes = settings_.outbox.bytes,
                 .keepalive = settings_.keep_alive},
      .time = unix_milliseconds()};
  if (resumed) {
    result.subscriptions = broker_->hub().subscriptions(*client_);
    apps::Apps* const apps = apps::Apps::of(*broker_);
    result.rooms = apps != nullptr ? apps->rooms_of(*client_) : std::vector<std::string>();
  }
  result.broker.state = broker_state_;
  if (const auto& capabilities = broker_->hub().broker_capabilities()) {
    result.broker.protocol = mqtt::name(capabilities->protocol);
    result.broker.capabilities =
        api::BrokerCapabilities{.maximum_qos = static_cast<std::uint8_t>(capabilities->maximum_qos),
                                .retain = capabilities->retain,
                                .wildcard = capabilities->wildcard,
                                .shared = capabilities->shared,
                                .maximum_packet_size = capabilities->maximum_packet_size,
                                .receive_maximum = capabilities->receive_maximum};
  }
  return result;
}

void Session::on_displaced(bool vanished) {
  if (vanished) {
    return close(api::CloseCode::service_restart, hub::Departure::taken_over, hub::reconnect_after);
  }
  spdlog::debug("client \"{}\" has connected to another daemon; its connection here is closed", client_id_);
  table_.rivals().note(client_id_, std::chrono::steady_clock::now());
  close(api::CloseCode::taken_over, hub::Departure::taken_over);
}

void Session::on_wills_published() {
  if (apps::Apps* const apps = apps::Apps::of(*broker_)) {
    apps->on_wills_published(*client_);
  }
  if (!connecting_) {
    tell(api::write_notification(api::BrokerNotification{
        .name = broker_->name(), .state = api::BrokerState::connected, .wills_published = true}));
  }
}

void Session::on_broker_status(const upstream::BrokerStatus& status) {
  // The answer to `connect` will tell.
  if (connecting_) {
    return;
  }
  const bool waits_for_the_first = broker_state_ == api::BrokerState::connecting;
  const api::BrokerState state =
      to_api(status.state, waits_for_the_first ? api::BrokerState::connecting : api::BrokerState::disconnected);
  broker_state_ = state;
  if (!waiting_.empty()) {
    // A broker that has gone is not waited for.
    connection_->request_flush();
  }
  if (state != api::BrokerState::connecting) {
    api::BrokerNotification notification{
        .name = broker_->name(), .state = state, .reason = status.reason, .retry = status.retry_in};
    if (status.refusal) {
      notification.mqtt_reason_code = static_cast<std::uint8_t>(*status.refusal);
      notification.mqtt_reason = mqtt::name(*status.refusal);
    }
    tell(api::write_notification(notification));
  }
}

}  // namespace lobbyd::gateway
