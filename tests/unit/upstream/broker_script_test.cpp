// A broker against a scripted server: refusals, sessions, lanes, limits, congestion.

#include "tests/unit/upstream/broker_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::QoS;
using mqtt::ReasonCode;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr QoS q0 = QoS::at_most_once;
constexpr QoS q1 = QoS::at_least_once;
constexpr QoS q2 = QoS::exactly_once;

// Mosquitto 2.0 sends all that waited for a session when the session is resumed, whatever window it was given.
TEST_F(BrokerScriptTest, ALaneTakesAsManyUnfinishedMessagesAsTheServerSends) {
  std::map<std::string, FakeServer::Session*> sessions;
  on_connect_ = [&](auto& session) {
    sessions[session.client_id()] = &session;
    session.accept();
  };
  connect();
  constexpr std::uint16_t count = 5000;
  for (std::uint16_t packet_id = 1; packet_id <= count; ++packet_id) {
    mqtt::Publish publish;
    publish.topic = "a";
    publish.qos = q2;
    publish.packet_id = packet_id;
    sessions.at("test-sub")->send(publish);
  }
  EXPECT_TRUE(run_until([&] { return seen_.messages.size() == count; })) << seen_.messages.size();
  EXPECT_EQ(broker_->status().state, BrokerState::connected);
}

// Refusals ----------------------------------------------------------------------------------------------------

TEST_F(BrokerScriptTest, ARefusalThatCannotMendItselfFails) {
  on_connect_ = [](auto& session) { session.refuse(ReasonCode::bad_user_name_or_password); };
  start();
  ASSERT_TRUE(wait_for(BrokerState::failed));
  EXPECT_THAT(broker_->status().reason, HasSubstr("user name or password"));
  EXPECT_GE(broker_->status().retry_in.value(), 30s);
  EXPECT_LE(broker_->status().retry_in.value(), 60s);
  EXPECT_EQ(seen_.statuses.size(), 1U) << "the second lane has no news";
}

TEST_F(BrokerScriptTest, ARefusalThatPassesIsTriedAgainSoon) {
  std::map<std::string, int> tries;
  on_connect_ = [&](auto& session) {
    ++tries[session.client_id()] <= 2 ? session.refuse(ReasonCode::server_busy) : session.accept();
  };
  start();
  ASSERT_TRUE(wait_for(BrokerState::connected));
  EXPECT_THAT(seen_.statuses.front().reason, HasSubstr("busy"));
  EXPECT_EQ(seen_.statuses.front().state, BrokerState::connecting);
}

TEST_F(BrokerScriptTest, ADisconnectThatCannotMendItselfFails) {
  std::vector<FakeServer::Session*> sessions;
  on_connect_ = [&](auto& session) {
    sessions.push_back(&session);
    session.accept();
  };
  connect();
  mqtt::Disconnect disconnect;
  disconnect.reason = ReasonCode::session_taken_over;
  sessions.back()->send(disconnect);
  ASSERT_TRUE(wait_for(BrokerState::failed));
  EXPECT_THAT(broker_->status().reason, HasSubstr("same client id"));
}

TEST_F(BrokerScriptTest, WhatTheServerSaidIsReadThoughAWriteFails) {
  std::map<std::string, FakeServer::Session*> sessions;
  on_connect_ = [&](auto& session) {
    sessions[session.client_id()] = &session;
    session.accept();
  };
  connect();
  server_.pause_reading();
  const auto publisher = broker_->open_publisher();
  for (int number = 0; number < 200; ++number) {
    broker_->publish(publisher, make_message("a", std::string(100'000, 'x')), [](Answer) {});
  }
  // Until the sockets' own buffers are full and a write cannot end.
  run_until([] { return false; }, 200ms);
  mqtt::Disconnect disconnect;
  disconnect.reason = ReasonCode::not_authorized;
  sessions["test-pub0"]->send(disconnect);
  sessions["test-pub0"]->close();
  ASSERT_TRUE(wait_for(BrokerState::failed)) << broker_->status().reason;
  EXPECT_THAT(broker_->status().reason, HasSubstr("not authorized"));
}

// Sessions ----------------------------------------------------------------------------------------------------

TEST_F(BrokerScriptTest, TakesItsSessionUpAfterALossAndClearsItAtTheEnd) {
  connect();
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return seen_.downs.size() == 2; }));
  ASSERT_TRUE(wait_for(BrokerState::connected));
  bool stopped = false;
  broker_->stop(1s, [&] { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_THAT(server_.history_of("own"), ElementsAre("CONNECT 5 clean", "CONNECT 5 clean", "DISCONNECT"))
      << "it keeps none";
  for (const char* role : {"sub", "pub0"}) {
    EXPECT_THAT(server_.history_of(role), ElementsAre("CONNECT 5 clean", "DISCONNECT", "CONNECT 5", "CONNECT 5",
                                                      "DISCONNECT", "CONNECT 5 clean", "DISCONNECT"))
        << role;
  }
}

TEST_F(BrokerScriptTest, WhatIsInFlightIsSentAgain) {
  connect();
  answers_ = false;
  const auto publisher = broker_->open_publisher();
  std::vector<int> answered;
  for (int number = 0; number < 3; ++number) {
    broker_->publish(publisher, make_message("a", std::to_string(number), q1),
                     [&, number](Answer answer) { answered.push_back(answer ? number : -1); });
  }
  ASSERT_TRUE(run_until([&] { return server_.history_of("pub0").size() == 6; }));
  answers_ = true;
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return answered.size() == 3; }));
  EXPECT_THAT(answered, ElementsAre(0, 1, 2));
  EXPECT_EQ(server_.history_of("pub0").size(), 10U) << "a CONNECT and three PUBLISH";
}

TEST_F(BrokerScriptTest, AMessagesTimeRunsOnWhileItWaits) {
  start();  // the server listens, and what is published waits for the connection
  const auto publisher = broker_->open_publisher();
  const auto published_before = [](std::chrono::milliseconds age) {
    Message message = make_message("a", "x", q1);
    message.expiry.emplace(100s, std::chrono::steady_clock::now() - age);
    return message;
  };
  std::optional<Answer> late;
  std::optional<Answer> early;
  broker_->publish(publisher, published_before(100s), [&](Answer answer) { late = answer; });
  broker_->publish(publisher, published_before(500ms), [&](Answer answer) { early = answer; });
  ASSERT_TRUE(run_until([&] { return late && early; }));
  EXPECT_EQ(*late, std::unexpected(PublishFailure::expired));
  EXPECT_TRUE(early->has_value());
  EXPECT_EQ(server_.received().back().expiry, 100U) << "whole seconds, none of them lost";
}

TEST_F(BrokerScriptTest, PropertiesThatTheConnectionCannotCarryAreRefused) {
  start(ProtocolChoice::v3_1_1);
  const auto publisher = broker_->open_publisher();
  Message message = make_message("a", "x", q1);
  message.content_type = "text/plain";
  EXPECT_TRUE(publish(publisher, message)) << "what may be left out is";
  message.needs_mqtt_5 = true;
  EXPECT_EQ(publish(publisher, message), std::unexpected(PublishFailure::needs_mqtt_5));
}

TEST_F(BrokerScriptTest, PublishersComeBackAfterTheLanes) {
  connect();
  std::vector<std::string> order;
  on_connect_ = [&](auto& session) {
    order.push_back(session.client_id());
    session.accept();
  };
  std::optional<ReasonCode> held;
  broker_->hold(LaneId::subscriptions, "a", q0, 1, [&](ReasonCode reason) { held = reason; });
  ASSERT_TRUE(run_until([&] { return held.has_value(); }));
  for (int round = 1; round <= 3; ++round) {
    order.clear();
    const auto restored = seen_.restored.size();
    server_.close_all();
    ASSERT_TRUE(run_until([&] { return order.size() == 3 && broker_->status().state == BrokerState::connected; }));
    EXPECT_EQ(order.back(), "test-pub0");
    EXPECT_EQ(seen_.restored.size(), restored + 2);
  }
}

// The broker may have saved the session before it had the filter; and after a CONNECT without an answer, the session
// that it speaks of may be one that this CONNECT has begun.
TEST_F(BrokerScriptTest, FiltersAreRestoredThoughTheSessionWasKept) {
  const auto accept_session = [](auto& session) {
    mqtt::Connack connack;
    connack.session_present = !session.clean_start();
    session.send(connack);
  };
  on_connect_ = accept_session;
  connect();
  std::optional<ReasonCode> held;
  broker_->hold(LaneId::subscriptions, "a", q0, 1, [&](ReasonCode reason) { held = reason; });
  ASSERT_TRUE(run_until([&] { return held.has_value(); }));
  const auto subscribes = [&] { return std::ranges::count(server_.history_of("sub"), "SUBSCRIBE"); };

  server_.close_all();
  ASSERT_TRUE(run_until([&] { return seen_.restored.size() == 4; }));
  EXPECT_EQ(subscribes(), 2);

  bool answers = false;
  on_connect_ = [&](auto& session) {
    if (session.client_id() != "test-sub" || std::exchange(answers, true)) return accept_session(session);
    session.close();
  };
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return seen_.restored.size() == 6; }));
  EXPECT_EQ(subscribes(), 3);
  EXPECT_EQ(std::ranges::count(seen_.ups, std::pair(LaneId::subscriptions, false)), 2) << "the first, and the last";
}

// Further lanes -----------------------------------------------------------------------------------------------

TEST_F(BrokerScriptTest, FurtherLanesAreBoundedAndThoseBeingClosedCount) {
  connect();
  const auto first = broker_->open_lane();
  ASSERT_TRUE(first);
  ASSERT_TRUE(broker_->open_lane());
  EXPECT_FALSE(broker_->open_lane());
  ASSERT_TRUE(run_until([&] { return seen_.restored.size() == 4; }));
  broker_->close_lane(*first);
  EXPECT_FALSE(broker_->open_lane());
  ASSERT_TRUE(run_until([&] { return broker_->open_lane().has_value(); }));
  ASSERT_TRUE(run_until([&] { return seen_.restored.size() == 5; }));
  EXPECT_EQ(server_.history_of("lane1").size(), 9U) << "its client id is used again";
}

class LostLaneTest : public BrokerScriptTest {
 protected:
  // A further lane stands, is lost with all the others, and alone does not come back.
  void lose_a_lane() {
    connect();
    ASSERT_TRUE(broker_->open_lane());
    ASSERT_TRUE(run_until([&] { return seen_.restored.size() == 3; }));
    on_connect_ = [](auto& session) { session.client_id() == "test-lane1" ? session.close() : session.accept(); };
    server_.close_all();
    ASSERT_TRUE(run_until([&] { return seen_.downs.size() == 3 && seen_.restored.size() == 5; }));
  }

  std::size_t publish_connects() const { return server_.history_of("pub0").size(); }
};

TEST_F(LostLaneTest, PublishersWaitForIt) {
  lose_a_lane();
  const auto before = publish_connects();
  ASSERT_TRUE(run_until([&] { return server_.history_of("lane1").size() > 6; })) << "it is tried again";
  EXPECT_EQ(publish_connects(), before);
}

TEST_F(LostLaneTest, ButNotForEver) {
  lane_patience_ = 50ms;
  lose_a_lane();
  EXPECT_EQ(publish(broker_->open_publisher(), make_message("a", "", q1)), ReasonCode::success);
}

// Filters -----------------------------------------------------------------------------------------------------

TEST_F(BrokerScriptTest, ARefusedFilterIsTold) {
  subscribe_reason_ = ReasonCode::not_authorized;
  connect();
  std::optional<ReasonCode> answer;
  broker_->hold(LaneId::subscriptions, "a", q0, 1, [&](ReasonCode reason) { answer = reason; });
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  EXPECT_EQ(answer, ReasonCode::not_authorized);
}

TEST_F(BrokerScriptTest, ALanesCommandsKeepTheirOrder) {
  connect();
  broker_->hold(LaneId::own, "a", q0, 1, [](auto) {});
  EXPECT_TRUE(broker_->publish_on(LaneId::own, make_message("a", "")));
  broker_->hold(LaneId::own, "b", q0, 2, [](auto) {});
  broker_->subscribe_once(LaneId::own, {"c"}, [](const auto&) {});
  broker_->hold(LaneId::own, "d", q0, 3, [](auto) {});
  broker_->unsubscribe_once(LaneId::own, {"c"});
  ASSERT_TRUE(run_until([&] { return server_.history_of("own").size() == 7; }));
  const auto history = server_.history_of("own");
  EXPECT_THAT(std::vector(history.begin() + 1, history.end()),
              ElementsAre("SUBSCRIBE", "PUBLISH", "SUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE", "UNSUBSCRIBE"));
}

TEST_F(BrokerScriptTest, AnUnansweredSubscribeOnceEndsWithTheLink) {
  connect();
  std::optional<std::optional<std::vector<ReasonCode>>> answer;
  broker_->subscribe_once(LaneId::own, {"a"}, [&](auto reasons) { answer = reasons; });
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  EXPECT_EQ(*answer, std::nullopt);
}

// Limits ------------------------------------------------------------------------------------------------------

TEST_F(BrokerScriptTest, KeepsTheBrokersLimits) {
  on_connect_ = [](auto& session) {
    mqtt::Connack connack;
    connack.maximum_packet_size = 100;
    connack.maximum_qos = q1;
    connack.retain_available = false;
    connack.receive_maximum = 7;
    session.send(connack);
  };
  connect();
  ASSERT_TRUE(broker_->capabilities());
  EXPECT_EQ(broker_->capabilities()->maximum_packet_size, 100U);
  EXPECT_EQ(broker_->capabilities()->receive_maximum, 7U);
  const auto publisher = broker_->open_publisher();
  EXPECT_EQ(publish(publisher, make_message("a", std::string(200, 'x'), q1)),
            std::unexpected(PublishFailure::packet_too_large));
  EXPECT_EQ(publish(publisher, make_message("a", "", q2)), std::unexpected(PublishFailure::qos_not_supported));
  EXPECT_EQ(publish(publisher, make_message("a", "", q1, true)), std::unexpected(PublishFailure::retain_not_supported));
  EXPECT_EQ(publish(publisher, make_message("a", "", q1)), ReasonCode::success);
}

TEST_F(BrokerScriptTest, WhatOneTurnProducedLeavesInOneWrite) {
  connect();
  const auto publisher = broker_->open_publisher();
  run_ready();
  const auto reads = server_.reads();
  int answered = 0;
  for (int number = 0; number < 500; ++number) {
    broker_->publish(publisher, make_message("a", "x"), [&](Answer answer) { answered += answer ? 1 : 0; });
  }
  ASSERT_TRUE(run_until([&] { return server_.history_of("pub0").size() == 503; }));
  EXPECT_EQ(server_.reads() - reads, 1U);
  EXPECT_TRUE(run_until([&] { return answered == 500; }));
}

TEST_F(BrokerScriptTest, DoesNotFeedAConnectionThatDoesNotWrite) {
  connect();
  server_.pause_reading();
  run_ready();
  const auto publisher = broker_->open_publisher();
  constexpr int count = 280;
  int answered = 0;
  for (int number = 0; number < count; ++number) {
    broker_->publish(publisher, make_message("a", std::string(100'000, 'x')),
                     [&](Answer answer) { answered += answer ? 1 : 0; });
  }
  // What the sockets' own buffers take and the one write under way are handed out, and no more.
  int before = -1;
  while (before != answered) {
    before = answered;
    run_until([] { return false; }, 100ms);
  }
  EXPECT_GT(answered, 0);
  EXPECT_LT(answered, count);
  server_.resume_reading();
  EXPECT_TRUE(run_until([&] { return answered == count; }));
}

TEST_F(BrokerScriptTest, ThePoolGrowsWhileItsWindowsAreFull) {
  on_connect_ = [](auto& session) {
    mqtt::Connack connack;
    connack.receive_maximum = 1;
    session.send(connack);
  };
  connect(ProtocolChoice::v5, 2);
  const auto first = broker_->open_publisher();
  // Each answer lets another one follow, so that the window is always full and there is always something waiting.
  std::function<void()> publish_one = [&] {
    broker_->publish(first, make_message("a", "", q1), [&](Answer) { publish_one(); });
  };
  for (int number = 0; number < 5; ++number) {
    publish_one();
  }
  ASSERT_TRUE(run_until([&] { return server_.history_of("pub1").size() == 3; }));
  ASSERT_TRUE(wait_for(BrokerState::connected));
  ASSERT_TRUE(run_until([&] {
    // It comes to the new connection as soon as that one stands.
    const auto second = broker_->open_publisher();
    broker_->publish(second, make_message("b", "", q1), [](Answer) {});
    broker_->close_publisher(second);
    return server_.history_of("pub1").size() > 3;
  }));
  EXPECT_EQ(server_.history_of("pub2").size(), 0U);
}

}  // namespace
}  // namespace lobbyd::upstream
