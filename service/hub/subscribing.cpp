#include "service/hub/subscribing.hpp"

#include "protocol/mqtt/topic.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

api::Error refused(const api::SubscribeResult& result) {
  const auto reason = static_cast<mqtt::ReasonCode>(result.granted.front());
  return api::broker_refused("the broker refused the subscription", result.granted.front(), mqtt::name(reason));
}

}  // namespace

void SubscribeCall::expire() {
  if (!answered()) {
    Pending::expire();
    owner.finish(shared_from_this());
  }
}

std::shared_ptr<SubscribeCall> Subscribing::subscribe(Client& client, api::SubscribeParams params, bool read_retained,
                                                      Answer<api::SubscribeResult> answer) {
  auto call = std::make_shared<SubscribeCall>(*this, client, std::move(answer));
  call->params = std::move(params);
  call->result.granted.resize(call->params.filters.size());
  call->missing = call->params.filters.size();
  call->ticket = client.order.begin_subscribe([this, call, read_retained](RequestOrder::Ticket ticket) {
    call->ticket = ticket;
    start(call, read_retained);
  });
  return call;
}

void Subscribing::start(const std::shared_ptr<SubscribeCall>& call, bool read_retained) {
  Client& client = *call->client;
  const auto is_shared = [](const std::string& filter) { return mqtt::parse_shared(filter).has_value(); };
  if (read_retained && !std::ranges::all_of(call->params.filters, is_shared)) {
    // What is held back for others is older than the copies that will come.
    client.flush();
    call->holds = true;
    call->since = client.hold_back.begin();
  }
  const Member member{.client = &client,
                      .qos = static_cast<mqtt::QoS>(call->params.qos),
                      .mode = call->params.delivery,
                      .no_local = call->params.no_local,
                      .retained = call->params.retained};
  for (std::size_t index = 0; index < call->params.filters.size(); ++index) {
    subscriptions_.add(client, call->params.filters[index], member,
                       [this, call, index](mqtt::ReasonCode reason) { on_granted(call, index, reason); });
  }
}

void Subscribing::on_granted(const std::shared_ptr<SubscribeCall>& call, std::size_t index, mqtt::ReasonCode reason) {
  const std::string& filter = call->params.filters[index];
  if (mqtt::is_failure(reason)) {
    call->result.granted[index] = static_cast<std::uint8_t>(reason);
    subscriptions_.remove(*call->client, filter);
  } else {
    call->result.granted[index] = std::min(static_cast<std::uint8_t>(reason), call->params.qos);
    if (!mqtt::parse_shared(filter)) {
      call->read.push_back(filter);
    }
  }
  if (--call->missing == 0) {
    on_all_granted(call);
  }
}

void Subscribing::on_all_granted(const std::shared_ptr<SubscribeCall>& call) {
  if (call->read.empty() || !call->holds || call->finished || call->client->receiver == nullptr) {
    return finish(call);
  }
  if (reader_.full()) {
    call->result.complete = api::Completeness::truncated;
    return finish(call);
  }
  call->reading = reader_.request(call->client.get(), std::exchange(call->read, {}), clock_(),
                                  [this, call](const RetainedSet& set) { on_retained(call, set); });
}

void Subscribing::on_retained(const std::shared_ptr<SubscribeCall>& call, const RetainedSet& set) {
  Client& client = *call->client;
  if (client.receiver == nullptr) {
    return;
  }
  call->result.complete = client.hold_back.forgot(call->since) ? api::Completeness::truncated : set.complete;
  for (const MessagePtr& copy : set.messages) {
    if (client.hold_back.outdated(copy->topic(), call->since)) {
      call->copies_outdated = true;
      continue;
    }
    client.receiver->deliver(
        {.message = copy, .qos = copy->qos(), .retained = true, .mode = call->params.delivery, .filter = {}});
    ++call->result.retained_count;
  }
  finish(call);
}

void Subscribing::finish(const std::shared_ptr<SubscribeCall>& call) {
  if (std::exchange(call->finished, true)) {
    return;
  }
  Client& client = *call->client;
  reader_.cancel(call->reading, clock_());
  if (call->holds) {
    client.hold_back.end();
    // Whoever awaits the answer is to hold the current state. Else what is held back stays behind the copies that
    // others wait for.
    if (call->copies_outdated || !client.hold_back.active()) {
      client.flush();
    }
  }
  const auto is_refused = [](std::uint8_t granted) { return granted >= 0x80; };
  if (std::ranges::all_of(call->result.granted, is_refused)) {
    call->settle(std::unexpected(refused(call->result)));
  } else {
    call->settle(call->result);
  }
  if (client.receiver != nullptr) {
    client.order.end_subscribe(call->ticket);
  }
}

void Subscribing::deliver(Client& client, const Delivery& delivery) {
  if (!client.hold_back.active()) {
    client.receiver->deliver(delivery);
    return;
  }
  // With retain-as-published only what was itself published as retained has become the retained message
  // (MQTT5 §3.8.3.1).
  const bool outdates = !retain_as_published_ || delivery.message->retain();
  if (!client.hold_back.keep(delivery, outdates,
                             {.messages = options_.hold_back_messages, .bytes = options_.hold_back_bytes})) {
    client.flush();
  }
}

}  // namespace lobbyd::hub
