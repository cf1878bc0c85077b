#pragma once

// A broker against a server that keeps sessions, passes messages on, and counts what each connection asks of it.

#include "protocol/mqtt/topic_match.hpp"
#include "tests/unit/upstream/broker_script.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace lobbyd::upstream {

class CountingServerTest : public BrokerScriptTest {
 protected:
  CountingServerTest() {
    further_connections_ = 20;
    on_connect_ = [](auto&) {};
  }

  void script(FakeServer::Session& session, const mqtt::Packet& packet) override {
    if (const auto* const connect = std::get_if<mqtt::Connect>(&packet)) {
      if (silent_.contains(session.client_id())) return session.close();
      accept(session, *connect);
    } else if (const auto* const subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
      largest_subscribe_ = std::max(largest_subscribe_, subscribe->subscriptions.size());
      for (const auto& subscription : subscribe->subscriptions) {
        held_[session.client_id()].emplace(subscription.filter);
      }
      most_held_ = std::max(most_held_, held_[session.client_id()].size());
    } else if (const auto* const unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet)) {
      largest_unsubscribe_ = std::max(largest_unsubscribe_, unsubscribe->filters.size());
      take(session, *unsubscribe);
    }
    BrokerScriptTest::script(session, packet);
  }

  void accept(FakeServer::Session& session, const mqtt::Connect& connect) {
    connected_[session.client_id()] = &session;
    mqtt::Connack connack = connack_;
    connack.session_present = !connect.clean_start && kept_.contains(session.client_id());
    if (!connack.session_present) held_.erase(session.client_id());
    kept_.insert(session.client_id());
    if (connect.clean_start) kept_.erase(session.client_id());
    session.send(connack);
  }

  void take(FakeServer::Session& session, const mqtt::Unsubscribe& unsubscribe) {
    for (const auto filter : unsubscribe.filters) held_[session.client_id()].erase(std::string(filter));
    const std::vector<mqtt::ReasonCode> reasons(unsubscribe.filters.size(), mqtt::ReasonCode::success);
    mqtt::Unsuback unsuback;
    unsuback.packet_id = unsubscribe.packet_id;
    unsuback.reasons = reasons;
    session.send(unsuback);
  }

  // To every connection that holds a filter for it, once each.
  void bring(const std::string& topic, const std::string& payload = "") {
    for (const auto& [client_id, filters] : held_) {
      if (std::ranges::any_of(filters, [&](const std::string& filter) { return mqtt::matches(filter, topic); })) {
        bring_to(client_id, topic, payload);
      }
    }
  }
  void bring_to(const std::string& client_id, const std::string& topic, const std::string& payload = "") {
    mqtt::Publish publish;
    publish.topic = topic;
    publish.payload = payload;
    connected_.at(client_id)->send(publish);
  }

  void limit(std::size_t per_connection, std::size_t per_subscribe) {
    traits_.filters = {.per_connection = per_connection, .per_subscribe = per_subscribe};
  }

  // Holds it on the clients' lane and waits for the answer.
  mqtt::ReasonCode hold(const std::string& filter) {
    std::optional<mqtt::ReasonCode> answer;
    broker_->hold(LaneId::subscriptions, filter, mqtt::QoS::at_most_once, 0,
                  [&](mqtt::ReasonCode reason) { answer = reason; });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value_or(mqtt::ReasonCode::unspecified_error);
  }
  void release(const std::string& filter) { broker_->release(LaneId::subscriptions, filter); }

  // The clients' filters that the server holds, over all connections.
  std::multiset<std::string> all_held() const {
    std::multiset<std::string> all;
    for (const auto& [client_id, filters] : held_) all.insert(filters.begin(), filters.end());
    return all;
  }
  std::size_t holding() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(held_, [](const auto& item) { return !item.second.empty(); }));
  }

  mqtt::Connack connack_;
  std::set<std::string> silent_;  // client ids that get no answer
  std::set<std::string> kept_;    // client ids with a session
  std::map<std::string, FakeServer::Session*> connected_;
  std::map<std::string, std::set<std::string>> held_;  // by client id
  std::size_t most_held_ = 0;
  std::size_t largest_subscribe_ = 0;
  std::size_t largest_unsubscribe_ = 0;
};

}  // namespace lobbyd::upstream
