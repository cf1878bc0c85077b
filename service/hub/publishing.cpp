#include "service/hub/publishing.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

// Beyond that a will does not wait for what its client published.
constexpr std::size_t max_bytes_of_wills_in_order = 64U << 20U;

upstream::Message to_message(api::PublishParams&& params, Publishing::TimePoint now) {
  upstream::Message message{.topic = std::move(params.topic),
                            .payload = std::move(params.payload),
                            .qos = static_cast<mqtt::QoS>(params.qos),
                            .retain = params.retain,
                            .needs_mqtt_5 = api::has_properties(params),
                            .expiry = {},
                            .content_type = std::move(params.content_type),
                            .response_topic = std::move(params.response_topic),
                            .correlation_data = std::move(params.correlation_data),
                            .user_properties = std::move(params.user_properties)};
  if (params.expiry) {
    message.expiry.emplace(*params.expiry, now);
  }
  return message;
}

std::size_t weight_of(const std::vector<upstream::Message>& wills) {
  std::size_t bytes = 0;
  for (const upstream::Message& will : wills) {
    bytes += will.weight();
  }
  return bytes;
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
    case upstream::PublishFailure::needs_mqtt_5:
      return api::broker_refused("message properties need MQTT 5, and the broker speaks 3.1.1",
                                 static_cast<std::uint8_t>(mqtt::ReasonCode::implementation_specific_error),
                                 mqtt::name(mqtt::ReasonCode::implementation_specific_error));
    case upstream::PublishFailure::expired:
      return {api::Reason::broker_unavailable, "the message expired before the broker could take it"};
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

void PublishCall::answer_in_turn(const PublishKeys::Outcome& outcome) {
  client->order.answer(ticket, [call = shared_from_this(), outcome] { call->settle(outcome); });
}

void PublishCall::expire() {
  Pending::expire();
  client->order.excuse(ticket);
}

std::shared_ptr<Expiring> Publishing::publish(Client& client, api::PublishParams params, TimePoint now,
                                              Answer<api::PublishResult> its_answer) {
  const auto request = std::make_shared<PublishCall>(client, std::move(its_answer));
  std::string key;
  if (params.key) {
    // A key is the user's, whichever connection the retry comes by.
    key = client.user + '\n' + *params.key;
    if (!keys_.begin(key, now)) {
      request->ticket = client.order.begin_reply();
      keys_.wait(key, [request](const auto& outcome) { request->answer_in_turn(outcome); });
      return request;
    }
  }
  upstream::Message message = to_message(std::move(params), now);
  const std::size_t weight = client.order.holds_back() ? message.weight() : 0;
  if (!room_.enter(client.waiting_bytes, weight)) {
    request->ticket = client.order.begin_reply();
    answer(request, key, std::unexpected(to_error(upstream::PublishFailure::queue_full)));
    return request;
  }
  const mqtt::QoS qos = message.qos;
  client.order.begin_publish(qos, [this, request, key = std::move(key), weight,
                                   message = std::move(message)](RequestOrder::Ticket ticket) mutable {
    request->ticket = ticket;
    room_.leave(request->client->waiting_bytes, weight);
    send(request->client, std::move(message),
         [this, request, key = std::move(key)](const auto& outcome) { answer(request, key, outcome); });
  });
  return request;
}

void Publishing::answer(const std::shared_ptr<PublishCall>& request, const std::string& key,
                        const PublishKeys::Outcome& outcome) {
  if (!key.empty()) {
    keys_.finish(key, outcome, clock_());
  }
  request->answer_in_turn(outcome);
}

void Publishing::send(const std::shared_ptr<Client>& client, upstream::Message message,
                      std::move_only_function<void(PublishKeys::Outcome)> done) {
  if (subscriptions_.needs_origin(message.topic)) {
    message.user_properties.emplace_back(origin_property, origins_.of(client->serial));
  }
  broker_.publish(client->publisher, std::move(message),
                  [done = std::move(done)](auto answer) mutable { done(to_outcome(answer)); });
}

std::shared_ptr<Expiring> Publishing::publish(Client& service, upstream::Message message,
                                              Answer<std::monostate> its_answer) {
  const auto request = std::make_shared<Pending<std::monostate>>(service, std::move(its_answer));
  broker_.publish(service.publisher, std::move(message), [request](auto answer) {
    auto outcome = to_outcome(answer);
    outcome ? request->settle(std::monostate{}) : request->settle(std::unexpected(std::move(outcome.error())));
  });
  return request;
}

upstream::Message Publishing::will_message(api::WillParams will) {
  return {.topic = std::move(will.topic),
          .payload = std::move(will.payload),
          .qos = static_cast<mqtt::QoS>(will.qos),
          .retain = will.retain,
          .last = true,
          .expiry = {},
          .content_type = {},
          .response_topic = {},
          .correlation_data = {},
          .user_properties = {}};
}

void Farewell::settle(std::expected<std::monostate, api::Error> result) {
  if (Answer<std::monostate> answer = std::exchange(answer_, {})) {
    answer(std::move(result));
  }
}

void Farewell::expire() {
  settle(std::unexpected(api::Error{
      api::Reason::timeout, "the broker did not take the will in time; it is published when the broker is back"}));
}

// Some of what it has to publish may still wait in the client's order.
void Publishing::close_publisher(Client& client) {
  client.order.after_all([this, publisher = client.publisher] { broker_.close_publisher(publisher); });
}

// The last in the client's order: they are sent when all before them has been answered.
void Publishing::leave(const std::shared_ptr<Client>& client, Leaving leaving) {
  const Followers followers = std::make_shared<std::vector<Done>>();
  wills_on_their_way_[client->id] = followers;
  client->will_leaves = true;
  leaving.done = [this, followers, client_id = client->id, done = std::move(leaving.done)]() mutable {
    const auto found = wills_on_their_way_.find(client_id);
    if (found != wills_on_their_way_.end() && found->second == followers) {
      wills_on_their_way_.erase(found);
    }
    for (Done& follower : *followers) {
      follower();
    }
    done();
  };
  const std::size_t weight = weight_of(leaving.wills);
  const bool has_room = wills_in_order_ + weight <= max_bytes_of_wills_in_order;
  wills_in_order_ += weight;
  auto send = [this, weight, client, leaving = std::move(leaving)]() mutable {
    wills_in_order_ -= weight;
    leaving.done = [this, client, done = std::move(leaving.done)]() mutable {
      client->will_leaves = false;
      if (client->receiver == nullptr) {
        broker_.close_publisher(client->publisher);
      }
      done();
    };
    publish_all(client->publisher, std::move(leaving));
  };
  has_room ? client->order.after_all(std::move(send)) : send();
}

void Publishing::publish_all(upstream::PublisherId publisher, Leaving leaving) {
  const auto under_way = std::make_shared<UnderWay>();
  under_way->leaving = std::move(leaving);
  under_way->missing = under_way->leaving.wills.size();
  for (upstream::Message& will : std::exchange(under_way->leaving.wills, {})) {
    send_will(publisher, std::move(will), [this, publisher, under_way](auto result) {
      if (!result) {
        under_way->result = std::move(result);
      }
      if (--under_way->missing == 0) {
        publish_last(publisher, under_way);
      }
    });
  }
  if (under_way->missing == 0) {
    publish_last(publisher, under_way);
  }
}

void Publishing::publish_last(upstream::PublisherId publisher, const std::shared_ptr<UnderWay>& under_way) {
  const auto finish = [](UnderWay& finished) {
    if (const std::shared_ptr<Farewell> farewell = std::move(finished.leaving.farewell)) {
      farewell->settle(std::move(finished.result));
    }
    finished.leaving.done();
  };
  if (!under_way->leaving.last) {
    return finish(*under_way);
  }
  broker_.publish(publisher, *std::exchange(under_way->leaving.last, std::nullopt),
                  [under_way, finish](auto) { finish(*under_way); });
}

void Publishing::send_will(upstream::PublisherId publisher, upstream::Message message, Answer<std::monostate> done) {
  // At QoS 0 it would be lost where there is no connection at the moment.
  if (broker_.status().state != upstream::BrokerState::connected) {
    message.qos = std::max(message.qos, mqtt::QoS::at_least_once);
  }
  // Nobody is there to ask again for less.
  if (const auto& capabilities = broker_.capabilities()) {
    message.qos = std::min(message.qos, capabilities->maximum_qos);
  }
  const std::string topic = message.topic;
  broker_.publish(publisher, std::move(message), [topic, done = std::move(done)](auto answer) mutable {
    std::expected<std::monostate, api::Error> result;
    if (PublishKeys::Outcome outcome = to_outcome(answer); !outcome) {
      spdlog::error("a will for topic \"{}\" was not published: {}", topic, outcome.error().message);
      result = std::unexpected(std::move(outcome.error()));
    }
    done(std::move(result));
  });
}

void Publishing::arrive(Client& client) {
  if (const auto found = wills_on_their_way_.find(client.id); found != wills_on_their_way_.end()) {
    const auto barrier = client.order.begin_barrier();
    found->second->emplace_back([client = client.shared_from_this(), barrier] { client->order.end_barrier(barrier); });
  }
}

}  // namespace lobbyd::hub
