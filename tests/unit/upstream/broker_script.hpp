#pragma once

// A broker against a scripted server.

#include "service/upstream/broker.hpp"
#include "tests/unit/upstream/broker_recorder.hpp"
#include "tests/unit/upstream/fake_server.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::upstream {

using Answer = std::expected<mqtt::ReasonCode, PublishFailure>;

class BrokerScriptTest : public LoopTest {
 protected:
  // Answers as a server does, once `on_connect` has accepted the connection.
  virtual void script(FakeServer::Session& session, const mqtt::Packet& packet) {
    if (std::holds_alternative<mqtt::Connect>(packet)) {
      return on_connect_(session);
    }
    if (std::holds_alternative<mqtt::Disconnect>(packet)) {
      on_disconnect_(session);
      return session.close();
    }
    if (const auto* const publish = std::get_if<mqtt::Publish>(&packet); publish) {
      on_publish_(session, *publish);
    }
    if (const auto* const publish = std::get_if<mqtt::Publish>(&packet);
        publish && publish->qos == mqtt::QoS::at_least_once && answers_) {
      mqtt::Puback puback;
      puback.packet_id = publish->packet_id;
      session.send(puback);
    }
    if (std::holds_alternative<mqtt::Pingreq>(packet) && answers_pings_) {
      session.send(mqtt::Pingresp{});
    }
    if (const auto* const subscribe = std::get_if<mqtt::Subscribe>(&packet); subscribe && answers_) {
      const std::vector<mqtt::ReasonCode> reasons(subscribe->subscriptions.size(), subscribe_reason_);
      mqtt::Suback suback;
      suback.packet_id = subscribe->packet_id;
      suback.reasons = reasons;
      session.send(suback);
    }
  }

  void start(ProtocolChoice protocol = ProtocolChoice::automatic, std::uint32_t pool_max = 1) {
    BrokerOptions options;
    options.endpoint = server_.endpoint();
    options.protocol = protocol;
    options.client_id_prefix = "test-";
    options.pool_size = 1;
    options.pool_max = pool_max;
    options.further_lanes = 2;
    options.further_connections = further_connections_;
    options.traits = traits_;
    options.unused_lane = std::chrono::milliseconds(20);
    options.lane_patience = lane_patience_;
    options.keep_alive = keep_alive_;
    options.connect_timeout = connect_timeout_;
    options.answer_timeout = answer_timeout_;
    broker_.emplace(loop_.get_executor(), options, seen_);
    broker_->start();
  }

  void connect(ProtocolChoice protocol = ProtocolChoice::automatic, std::uint32_t pool_max = 1) {
    start(protocol, pool_max);
    ASSERT_TRUE(wait_for(BrokerState::connected)) << broker_->status().reason;
  }

  bool wait_for(BrokerState state) {
    return run_until([&] { return broker_->status().state == state; });
  }

  Answer publish(PublisherId publisher, Message message) {
    std::optional<Answer> answer;
    broker_->publish(publisher, std::move(message), [&](Answer given) { answer = given; });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value_or(std::unexpected(PublishFailure::malformed));
  }

  std::function<void(FakeServer::Session&)> on_connect_ = [](FakeServer::Session& session) { session.accept(); };
  std::function<void(FakeServer::Session&)> on_disconnect_ = [](FakeServer::Session&) {};
  std::function<void(FakeServer::Session&, const mqtt::Publish&)> on_publish_ = [](auto&, const auto&) {};
  std::chrono::milliseconds lane_patience_ = std::chrono::minutes(1);
  std::chrono::seconds keep_alive_{30};
  std::chrono::milliseconds connect_timeout_ = std::chrono::seconds(10);
  std::chrono::milliseconds answer_timeout_ = std::chrono::minutes(1);
  bool answers_ = true;  // SUBSCRIBE, and PUBLISH at QoS 1
  bool answers_pings_ = true;
  BrokerTraits traits_;
  std::size_t further_connections_ = 2;
  mqtt::ReasonCode subscribe_reason_ = mqtt::ReasonCode::success;
  FakeServer server_{loop_, [this](auto& session, const auto& packet) { script(session, packet); }};
  BrokerRecorder seen_;
  std::optional<Broker> broker_;
};

}  // namespace lobbyd::upstream
