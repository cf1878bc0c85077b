// A broker against a scripted server: which versions of MQTT its connections speak.

#include "tests/unit/upstream/broker_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::ReasonCode;
using mqtt::Version;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(BrokerScriptTest, OffersMqtt5AndClearsFirst) {
  connect();
  EXPECT_THAT(server_.history_of("own"), ElementsAre("CONNECT 5 clean")) << "there is no session to be cleared";
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
    auto history = server_.history_of("sub");
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
  EXPECT_EQ(server_.history_of("own").back(), "CONNECT 5 clean");
  EXPECT_EQ(server_.history_of("sub").back(), "CONNECT 5");
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
      serving_ = serving_ || (meant && ++connects_ == (keeps_session() ? 2 : 1));
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

  // Then a connection only clears it at first.
  static bool keeps_session() { return GetParam() != "own"; }

  bool closed_ = false;
  int connects_ = 0;
  bool serving_ = false;
  std::vector<FakeServer::Session*> late_;
};

INSTANTIATE_TEST_SUITE_P(Connections, VersionMixTest, ::testing::Values("own", "sub"),
                         [](const auto& test) { return test.param; });

TEST_P(VersionMixTest, ASilentRefusalDoesNotStandOnceAnotherConnectionSpeaks5) {
  connect();
  const std::vector<std::string> expected =
      keeps_session()
          ? std::vector<std::string>{"CONNECT 5 clean", "CONNECT 3.1.1 clean", "DISCONNECT",
                                     "CONNECT 3.1.1",   "DISCONNECT",          "CONNECT 5"}
          : std::vector<std::string>{"CONNECT 5 clean", "CONNECT 3.1.1 clean", "DISCONNECT", "CONNECT 5 clean"};
  ASSERT_TRUE(run_until([&] { return server_.history_of(GetParam()).size() == expected.size(); }));
  EXPECT_EQ(server_.history_of(GetParam()), expected);
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
  EXPECT_EQ(server_.history_of("own").back(), "CONNECT 5 clean");
}

TEST_F(BrokerScriptTest, ARefusalInSoManyWordsStandsForThatConnectionAlone) {
  on_connect_ = [](auto& session) {
    const bool refused = session.client_id() == "test-own" && session.version() == Version::v5;
    refused ? session.refuse(ReasonCode::unsupported_protocol_version) : session.accept();
  };
  connect();
  EXPECT_THAT(server_.history_of("own").back(), "CONNECT 3.1.1 clean");
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

}  // namespace
}  // namespace lobbyd::upstream
