#include "service/hub/publishing.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace lobbyd::hub {

namespace {

constexpr std::size_t max_waiting_wills = 100'000;

upstream::Message to_message(api::PublishParams&& params) {
  upstream::Message message{.topic = std::move(params.topic),
                            .payload = std::move(params.payload),
                            .qos = static_cast<mqtt::QoS>(params.qos),
                            .retain = params.retain,
                            .expiry = {},
                            .content_type = std::move(params.content_type),
                            .response_topic = std::move(params.response_topic),
                            .correlation_data = std::move(params.correlation_data),
                            .user_properties = std::move(params.user_properties)};
  if (params.expiry) {
    message.expiry = static_cast<std::uint32_t>(params.expiry->count());
  }
  return message;
}

upstream::Message to_message(api::WillParams&& will) {
  return {.topic = std::move(will.topic),
          .payload = std::move(will.payload),
          .qos = static_cast<mqtt::QoS>(will.qos),
          .retain = will.retain,
          .expiry = {},
          .content_type = {},
          .response_topic = {},
          .correlation_data = {},
          .user_properties = {}};
}

api::Error to_error(upstream::PublishFailure failure) {
  switch (failure) {
    case upstream::PublishFailure::unavailable:
      return {api::Reason::broker_unavailable, "there is no connection to the broker at the moment"};
    case upstream::PublishFailure::queue_full:
      return {api::Reason::broker_unavailable, "too much waits for the broker already; try again later"};
    case upstream::PublishFailure::packet_too_large:
      return {api::Reason::too_large, "the message is larger than the broker takes"};
    case upstream::PublishFailure::qos_not_supported:
      return api::broker_refused("the broker does not support this QoS",
                                 static_cast<std::uint8_t>(mqtt::ReasonCode::qos_not_supported),
                                 mqtt::name(mqtt::ReasonCode::qos_not_supported));
    case upstream::PublishFailure::retain_not_supported:
      return api::broker_refused("the broker does not keep retained messages",
                                 static_cast<std::uint8_t>(mqtt::ReasonCode::retain_not_supported),
                                 mqtt::name(mqtt::ReasonCode::retain_not_supported));
    case upstream::PublishFailure::malformed:
      return {api::Reason::bad_payload, "a field of the message holds what MQTT cannot carry"};
  }
  return {};
}

PublishKeys::Outcome to_outcome(std::expected<mqtt::ReasonCode, upstream::PublishFailure> answer) {
  if (!answer) {
    return std::unexpected(to_error(answer.error()));
  }
  if (mqtt::is_failure(*answer)) {
    return std::unexpected(
        api::broker_refused("the broker refused the message", static_cast<std::uint8_t>(*answer), mqtt::name(*answer)));
  }
  return api::PublishResult{.no_matching_subscribers = *answer == mqtt::ReasonCode::no_matching_subscribers};
}

}  // namespace

std::shared_ptr<Expiring> Publishing::publish(Client& client, api::PublishParams params, TimePoint now,
                                              Answer<api::PublishResult> answer) {
  auto pending = std::make_shared<Pending<api::PublishResult>>(client, std::move(answer));
  std::string key;
  if (params.key) {
    // A key is the user's, whichever connection the retry comes by.
    key = client.user + '\n' + *params.key;
    if (!keys_.begin(key, now, [pending](const PublishKeys::Outcome& outcome) { pending->settle(outcome); })) {
      return pending;
    }
  }
  client.order.begin_publish([this, pending, key = std::move(key),
                              message = to_message(std::move(params))](RequestOrder::Ticket ticket) mutable {
    send(pending->client, std::move(message),
         [this, pending, key = std::move(key), ticket](PublishKeys::Outcome outcome) {
           if (!key.empty()) {
             keys_.finish(key, outcome);
           }
           pending->client->order.answer_publish(
               ticket, [pending, outcome = std::move(outcome)]() mutable { pending->settle(std::move(outcome)); });
         });
  });
  return pending;
}

void Publishing::send(const std::shared_ptr<Client>& client, upstream::Message message,
                      std::move_only_function<void(PublishKeys::Outcome)> done) {
  if (subscriptions_.needs_origin(message.topic)) {
    message.user_properties.emplace_back(origin_property, client->origin);
  }
  broker_.publish(client->publisher, std::move(message),
                  [done = std::move(done)](auto answer) mutable { done(to_outcome(answer)); });
}

void Publishing::leave(const std::shared_ptr<Client>& client, std::optional<api::WillParams> will, TimePoint now,
                       Done done) {
  const upstream::PublisherId publisher = client->publisher;
  if (will && will->delay.count() == 0) {
    auto fire_will = [this, client, publisher, message = to_message(std::move(*will)),
                      done = std::move(done)]() mutable { fire(std::move(message), publisher, std::move(done)); };
    if (hurried_) {
      fire_will();
    } else {
      // The last in the client's order: answered when all before it has been.
      client->order.answer_publish(client->order.begin_publish([](RequestOrder::Ticket) {}), std::move(fire_will));
    }
    return;
  }
  if (will) {
    const TimePoint due = now + will->delay;
    wait(due, {client->id, to_message(std::move(*will)), publisher});
  } else {
    broker_.close_publisher(publisher);
  }
  if (done) {
    done();
  }
}

void Publishing::fire(upstream::Message message, upstream::PublisherId publisher, Done done) {
  // At QoS 0 it would be lost where there is no connection at the moment.
  if (broker_.status().state != upstream::BrokerState::connected) {
    message.qos = std::max(message.qos, mqtt::QoS::at_least_once);
  }
  const std::string topic = message.topic;
  broker_.publish(publisher, std::move(message), [topic, done = std::move(done)](auto answer) mutable {
    if (const PublishKeys::Outcome outcome = to_outcome(answer); !outcome) {
      spdlog::error("a will for topic \"{}\" was not published: {}", topic, outcome.error().message);
    }
    if (done) {
      done();
    }
  });
  broker_.close_publisher(publisher);
}

void Publishing::wait(TimePoint due, WaitingWill will) {
  if (wills_.size() >= max_waiting_wills) {
    WaitingWill next = take(wills_.begin());
    fire(std::move(next.message), next.publisher, {});
  }
  std::string client_id = will.client_id;
  wills_by_client_.emplace(std::move(client_id), wills_.emplace(due, std::move(will)));
}

Publishing::WaitingWill Publishing::take(Wills::iterator will) {
  const auto [first, last] = wills_by_client_.equal_range(will->second.client_id);
  wills_by_client_.erase(std::find_if(first, last, [will](const auto& entry) { return entry.second == will; }));
  WaitingWill taken = std::move(will->second);
  wills_.erase(will);
  return taken;
}

void Publishing::come_back(const std::string& client_id) {
  for (auto found = wills_by_client_.find(client_id); found != wills_by_client_.end();
       found = wills_by_client_.find(client_id)) {
    broker_.close_publisher(take(found->second).publisher);
  }
}

std::optional<Publishing::TimePoint> Publishing::next_will() const {
  return wills_.empty() ? std::nullopt : std::optional(wills_.begin()->first);
}

void Publishing::fire_wills(TimePoint now) {
  while (!wills_.empty() && wills_.begin()->first <= now) {
    WaitingWill will = take(wills_.begin());
    fire(std::move(will.message), will.publisher, {});
  }
}

}  // namespace lobbyd::hub
