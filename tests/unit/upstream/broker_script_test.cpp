// A broker against a scripted server: refusals, the fallback to 3.1.1, sessions, limits, congestion.

#include "service/upstream/broker.hpp"
#include "tests/unit/upstream/broker_recorder.hpp"
#include "tests/unit/upstream/fake_server.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <expected>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::QoS;
using mqtt::ReasonCode;
using mqtt::Version;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Answer = std::expected<ReasonCode, PublishFailure>;

constexpr QoS q0 = QoS::at_most_once;
constexpr QoS q1 = QoS::at_least_once;
constexpr QoS q2 = QoS::exactly_once;

class BrokerScriptTest : public LoopTest {
 protected:
  // Answers as a server does, once `on_connect` has accepted the connection.
  void script(FakeServer::Session& session, const mqtt::Packet& packet) {
    if (std::holds_alternative<mqtt::Connect>(packet)) {
      return on_connect_(session);
    }
    if (std::holds_alternative<mqtt::Disconnect>(packet)) {
      on_disconnect_(session);
      return session.close();
    }
    if (const auto* const publish = std::get_if<mqtt::Publish>(&packet); publish && publish->qos == q1 && answers_) {
      mqtt::Puback puback;
      puback.packet_id = publish->packet_id;
      session.send(puback);
    }
    if (const auto* const subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
      const std::vector<ReasonCode> reasons(subscribe->subscriptions.size(), subscribe_reason_);
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
    options.lane_patience = lane_patience_;
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
  std::chrono::milliseconds lane_patience_ = 1min;
  bool answers_ = true;
  ReasonCode subscribe_reason_ = ReasonCode::success;
  FakeServer server_{loop_, [this](auto& session, const auto& packet) { script(session, packet); }};
  BrokerRecorder seen_;
  std::optional<Broker> broker_;
};

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

// Versions ----------------------------------------------------------------------------------------------------

TEST_F(BrokerScriptTest, OffersMqtt5AndClearsFirst) {
  connect();
  EXPECT_THAT(server_.history_of("own"), ElementsAre("CONNECT 5 clean", "DISCONNECT", "CONNECT 5"));
  EXPECT_THAT(server_.history_of("sub"), ElementsAre("CONNECT 5 clean", "DISCONNECT", "CONNECT 5"));
  EXPECT_THAT(server_.history_of("pub0"), ElementsAre("CONNECT 5 clean", "DISCONNECT", "CONNECT 5"));
  EXPECT_EQ(server_.received().back().expiry, 300U);
}

struct VersionRefusal {
  std::string name;
  std::function<void(FakeServer::Session&)> refuse;
};

std::ostream& operator<<(std::ostream& out, const VersionRefusal& refusal) {
  return out << refusal.name;
}

class FallbackTest : public BrokerScriptTest, public ::testing::WithParamInterface<VersionRefusal> {
 protected:
  // Who is answered with no MQTT at all says so by DISCONNECT, which does not matter here.
  std::vector<std::string> connects() const {
    auto history = server_.history_of("own");
    std::erase(history, "DISCONNECT");
    return history;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Refusals, FallbackTest,
    ::testing::Values(
        VersionRefusal{"ByReason", [](auto& session) { session.refuse(ReasonCode::unsupported_protocol_version); }},
        VersionRefusal{"InTheOldForm",
                       [](auto& session) {
                         session.send_bytes(std::string_view("\x20\x02\x00\x01", 4));
                         session.close();
                       }},
        VersionRefusal{"InNoForm", [](auto& session) { session.send_bytes("HTTP/1.1 400 Bad Request\r\n"); }},
        VersionRefusal{"BySilence", [](auto& session) { session.close(); }}),
    [](const auto& test) { return test.param.name; });

TEST_P(FallbackTest, Takes3_1_1AtOnceWhere5IsRefused) {
  on_connect_ = [](auto& session) { session.version() == Version::v5 ? GetParam().refuse(session) : session.accept(); };
  connect();
  EXPECT_THAT(connects(), ElementsAre("CONNECT 5 clean", "CONNECT 3.1.1 clean", "CONNECT 3.1.1"));
  EXPECT_EQ(broker_->capabilities()->protocol, Version::v3_1_1);
  EXPECT_FALSE(broker_->capabilities()->subscription_ids);
  EXPECT_EQ(seen_.statuses.size(), 1U) << "no word of the first attempt";

  server_.close_all();
  ASSERT_TRUE(run_until([&] { return seen_.downs.size() == 2; }));
  ASSERT_TRUE(wait_for(BrokerState::connected));
  EXPECT_EQ(connects().back(), "CONNECT 3.1.1") << "it is remembered";
  EXPECT_EQ(connects().size(), 4U);
}

TEST_P(FallbackTest, DoesNotRemember3_1_1ThatWasRefused) {
  on_connect_ = [](auto& session) { GetParam().refuse(session); };
  start();
  ASSERT_TRUE(run_until([&] { return connects().size() >= 3 || broker_->status().retry_in > 1s; }));
  const auto history = connects();
  EXPECT_EQ(history[0], "CONNECT 5 clean");
  EXPECT_EQ(history[1], "CONNECT 3.1.1 clean");
  if (history.size() > 2) {
    EXPECT_EQ(history[2], "CONNECT 5 clean");
  }
}

TEST_P(FallbackTest, KeepsToTheVersionThatIsConfigured) {
  on_connect_ = [](auto& session) { GetParam().refuse(session); };
  start(ProtocolChoice::v5);
  ASSERT_TRUE(run_until([&] { return broker_->status().retry_in.has_value(); }));
  EXPECT_THAT(connects(), Each("CONNECT 5 clean"));
}

TEST_F(BrokerScriptTest, ABrokerThatSpoke5AndClosesIsNotOfAnotherVersion) {
  connect();
  bool up = false;
  std::size_t refused = 0;
  on_connect_ = [&](auto& session) {
    if (up) return session.accept();
    ++refused;
    session.close();
  };
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return refused >= 4; }));
  up = true;
  ASSERT_TRUE(wait_for(BrokerState::connected));
  EXPECT_EQ(broker_->capabilities()->protocol, Version::v5);
  EXPECT_EQ(server_.history_of("own").back(), "CONNECT 5");
}

// One silent close while the others are still on their way: the connection serves with 3.1.1 until one of them
// speaks 5.
class VersionMixTest : public BrokerScriptTest, public ::testing::WithParamInterface<std::string> {
 protected:
  VersionMixTest() {
    on_connect_ = [this](auto& session) {
      const bool meant = session.client_id().ends_with(GetParam());
      if (meant && session.version() == Version::v5 && !std::exchange(closed_, true)) {
        return session.close();
      }
      serving_ = serving_ || (meant && ++connects_ == 2);
      if (meant || serving_) {
        session.accept();
      } else {
        late_.push_back(&session);
      }
      for (auto* late : serving_ ? std::exchange(late_, {}) : std::vector<FakeServer::Session*>{}) {
        late->accept();
      }
    };
  }

  bool closed_ = false;
  int connects_ = 0;
  bool serving_ = false;
  std::vector<FakeServer::Session*> late_;
};

INSTANTIATE_TEST_SUITE_P(Connections, VersionMixTest, ::testing::Values("own", "sub"),
                         [](const auto& test) { return test.param; });

TEST_P(VersionMixTest, ASilentRefusalDoesNotStandOnceAnotherConnectionSpeaks5) {
  connect();
  ASSERT_TRUE(run_until([&] { return server_.history_of(GetParam()).back() == "CONNECT 5"; }));
  EXPECT_THAT(server_.history_of(GetParam()), ElementsAre("CONNECT 5 clean", "CONNECT 3.1.1 clean", "DISCONNECT",
                                                          "CONNECT 3.1.1", "DISCONNECT", "CONNECT 5"));
  ASSERT_TRUE(run_until([&] { return broker_->capabilities()->protocol == Version::v5; }));
  ASSERT_TRUE(wait_for(BrokerState::connected));
  EXPECT_EQ(seen_.downs, std::vector{GetParam() == "own" ? LaneId::own : LaneId::subscriptions});
  EXPECT_EQ(seen_.statuses.size(), 1U) << "to be made anew is no loss of the broker";
}

TEST_F(BrokerScriptTest, WhatIsPublishedWhileAConnectionIsMadeAnewWaits) {
  bool upgraded = false;
  std::map<std::string, FakeServer::Session*> sessions;
  on_connect_ = [&](auto& session) {
    sessions[session.client_id()] = &session;
    upgraded == (session.version() == Version::v5) ? session.accept() : session.close();
  };
  connect();
  ASSERT_EQ(broker_->capabilities()->protocol, Version::v3_1_1);
  const auto publisher = broker_->open_publisher();
  std::optional<Answer> answer;
  on_disconnect_ = [&](auto& session) {
    if (session.client_id() == "test-pub0") {
      broker_->publish(publisher, make_message("a", ""), [&](Answer given) { answer = given; });
    }
  };
  upgraded = true;
  sessions.at("test-sub")->close();
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  EXPECT_EQ(*answer, ReasonCode::success);
  ASSERT_TRUE(run_until([&] { return server_.history_of("pub0").back() == "PUBLISH"; }));
  EXPECT_EQ(sessions.at("test-pub0")->version(), Version::v5);
  EXPECT_EQ(server_.history_of("own").back(), "CONNECT 5");
}

TEST_F(BrokerScriptTest, ARefusalInSoManyWordsStandsForThatConnectionAlone) {
  on_connect_ = [](auto& session) {
    const bool refused = session.client_id() == "test-own" && session.version() == Version::v5;
    refused ? session.refuse(ReasonCode::unsupported_protocol_version) : session.accept();
  };
  connect();
  EXPECT_THAT(server_.history_of("own").back(), "CONNECT 3.1.1");
  EXPECT_EQ(broker_->capabilities()->protocol, Version::v3_1_1) << "what all allow";
  EXPECT_EQ(broker_->capabilities(LaneId::own).protocol, Version::v3_1_1);
  EXPECT_EQ(broker_->capabilities(LaneId::subscriptions).protocol, Version::v5);
}

TEST_F(BrokerScriptTest, ARefusedTcpConnectionIsNoRefusalOfTheVersion) {
  auto gone = std::make_optional<FakeServer>(loop_, [](auto&, const auto&) {});
  BrokerOptions options;
  options.endpoint = gone->endpoint();
  gone.reset();
  broker_.emplace(loop_.get_executor(), options, seen_);
  broker_->start();
  ASSERT_TRUE(run_until([&] { return broker_->status().retry_in.has_value(); }));
  EXPECT_EQ(broker_->status().state, BrokerState::connecting);
  EXPECT_THAT(broker_->status().reason, HasSubstr("refused"));
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
  for (const char* role : {"own", "sub", "pub0"}) {
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
  ASSERT_TRUE(run_until([&] { return server_.history_of("own").size() == 9; }));
  const auto history = server_.history_of("own");
  EXPECT_THAT(std::vector(history.begin() + 3, history.end()),
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
