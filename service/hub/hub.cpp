#include "service/hub/hub.hpp"

#include "service/hub/hub_core.hpp"
#include "service/hub/retained_call.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

using Clock = std::chrono::steady_clock;

template <class Result>
void refuse(Answer<Result>& answer, api::Error error) {
  answer(std::unexpected(std::move(error)));
}

}  // namespace

Hub::Hub(boost::asio::any_io_executor executor, Options options, upstream::BrokerOptions broker)
    : core_(std::make_unique<Core>(std::move(executor), std::move(options), std::move(broker))) {}

Hub::~Hub() = default;

void Hub::start(StatusHandler on_status, std::move_only_function<void()> on_namesake) {
  core_->start(std::move(on_status), std::move(on_namesake));
}

void Hub::stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done) {
  for (Client* client : core_->clients.clients()) {
    detach(*client, Departure::drained);
  }
  core_->stop(deadline, std::move(done));
}

const upstream::BrokerStatus& Hub::broker_status() const {
  return core_->broker.status();
}

const std::optional<upstream::Capabilities>& Hub::broker_capabilities() const {
  return core_->broker.capabilities();
}

// Clients -------------------------------------------------------------------------------------------------------------

Client& Hub::attach(std::string client_id, std::string user, Receiver& receiver, std::optional<api::WillParams> will,
                    std::chrono::seconds longest_delay) {
  Client& client = core_->open(core_->clients.add(std::move(client_id), std::move(user), receiver));
  client.will = std::move(will);
  client.longest_delay = longest_delay;
  core_->wills.arrive(client, Clock::now());
  return client;
}

void Hub::when_will_is_known(Client& client, std::move_only_function<void(api::WillState)> answer) {
  core_->wills.when_registered(client, Clock::now(), std::move(answer));
}

bool Hub::is_served_elsewhere(const std::string& client_id) const {
  return core_->wills.held_elsewhere(client_id);
}

void Hub::detach(Client& client, Departure departure, Answer<std::monostate> answer) {
  const std::shared_ptr<Client> leaving = core_->remove(client);
  core_->follow(core_->wills.leave(leaving, departure, Clock::now(), std::move(answer)));
}

void Hub::hand_over(Client& client, Receiver& receiver) {
  client.receiver = &receiver;
}

void Hub::lose(Client& client) {
  if (!std::exchange(client.lost, true)) {
    core_->wills.lose(client.shared_from_this(), Clock::now());
    core_->follow();
  }
}

api::WillState Hub::regain(Client& client, std::optional<api::WillParams> will, std::chrono::seconds longest_delay) {
  client.lost = false;
  // It stands in the broker as it was: the new claim takes its place.
  const bool survives = !will && client.will && core_->wills.stands(client);
  client.longest_delay = longest_delay;
  if (will) {
    client.will = std::move(will);
  }
  core_->wills.arrive(client, Clock::now());
  core_->follow();
  if (!client.will) {
    return api::WillState::none;
  }
  return survives ? api::WillState::registered : api::WillState::pending;
}

bool Hub::has_delayed_wills() const {
  return core_->wills.has_lost_clients();
}

bool Hub::has_wills_on_their_way() const {
  return core_->publishing.has_wills_on_their_way();
}

std::expected<void, api::Error> Hub::check_will(const api::WillParams& will) const {
  return core_->checks.will(will);
}

std::vector<api::Subscription> Hub::subscriptions(const Client& client) const {
  std::vector<api::Subscription> subscriptions;
  for (const HeldFilter& held : client.filters) {
    const Member& member = held.filter->members[held.member];
    subscriptions.push_back({.filter = held.filter->text,
                             .qos = static_cast<std::uint8_t>(member.qos),
                             .delivery = member.mode,
                             .no_local = member.no_local});
  }
  return subscriptions;
}

// Requests ------------------------------------------------------------------------------------------------------------

void Hub::subscribe(Client& client, api::SubscribeParams params, Answer<api::SubscribeResult> answer) {
  if (auto allowed = core_->checks.subscribe(client, params); !allowed) {
    return refuse(answer, std::move(allowed.error()));
  }
  params.qos = std::min(params.qos, static_cast<std::uint8_t>(core_->options.max_qos));
  const auto& capabilities = core_->broker.capabilities();
  const bool read = params.retained && (!capabilities || capabilities->retain);
  core_->follow(core_->subscribing.subscribe(client, std::move(params), read, std::move(answer)));
}

void Hub::unsubscribe(Client& client, const api::UnsubscribeParams& params, Answer<std::monostate> answer) {
  if (auto allowed = core_->checks.unsubscribe(client, params); !allowed) {
    return refuse(answer, std::move(allowed.error()));
  }
  for (const std::string& filter : params.filters) {
    core_->subscriptions.remove(client, filter);
  }
  answer(std::monostate{});
  core_->follow();
}

void Hub::publish(Client& client, api::PublishParams params, Answer<api::PublishResult> answer) {
  if (auto allowed = core_->checks.publish(params); !allowed) {
    return refuse(answer, std::move(allowed.error()));
  }
  core_->follow(core_->publishing.publish(client, std::move(params), Clock::now(), std::move(answer)));
}

bool Hub::crowded(const Client& client) const {
  return core_->broker.crowded(client.publisher);
}

void Hub::read_retained(Client& client, std::string filter, Answer<RetainedResult> answer) {
  if (auto allowed = core_->checks.read_retained(filter); !allowed) {
    return refuse(answer, std::move(allowed.error()));
  }
  read_closed(client, {std::move(filter)}, std::move(answer));
}

// Services ------------------------------------------------------------------------------------------------------------

void Hub::set_service_wills_source(const ServiceWills& source) {
  core_->wills.set_service_wills_source(source);
}

Client& Hub::attach_service(Receiver& receiver) {
  return core_->open(core_->clients.add_service(receiver));
}

void Hub::detach_service(Client& service) {
  core_->publishing.close_publisher(*core_->remove(service));
  core_->follow();
}

void Hub::subscribe_service(Client& service, std::vector<std::string> filters, Answer<api::SubscribeResult> answer) {
  api::SubscribeParams params{.filters = std::move(filters), .qos = 1};
  // What it misses during a break of the link a service asks for itself.
  params.retained = false;
  core_->follow(core_->subscribing.subscribe(service, std::move(params), true, std::move(answer)));
}

void Hub::unsubscribe_service(Client& service, const std::vector<std::string>& filters) {
  for (const std::string& filter : filters) {
    core_->subscriptions.remove(service, filter);
  }
  core_->follow();
}

void Hub::publish_service(Client& service, upstream::Message message, Answer<std::monostate> answer) {
  core_->follow(core_->publishing.publish(service, std::move(message), std::move(answer)));
}

// That its topics are closed to clients is for their checks to see to.
void Hub::read_closed(Client& service, std::vector<std::string> filters, Answer<RetainedResult> answer) {
  core_->follow(
      ask_for_retained(core_->retained.reader(), service, std::move(filters), Clock::now(), std::move(answer)));
}

void Hub::set_service_wills(Client& client, std::vector<api::WillParams> wills) {
  client.service_wills = std::move(wills);
  core_->wills.renew(client, Clock::now());
  core_->follow();
}

std::expected<void, api::Error> Hub::check_level(std::string_view name) const {
  return core_->names.check_level(name);
}

}  // namespace lobbyd::hub
