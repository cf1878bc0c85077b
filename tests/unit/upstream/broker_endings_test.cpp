// A broker against a scripted server: connections that are refused, ended, or left without an answer.

#include "service/upstream/refusal.hpp"
#include "tests/unit/upstream/broker_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::QoS;
using mqtt::ReasonCode;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Property;

constexpr QoS q0 = QoS::at_most_once;
constexpr QoS q1 = QoS::at_least_once;

// Refusals ----------------------------------------------------------------------------------------------------

struct Refused {
  ReasonCode reason;
  BrokerState state;
};

constexpr auto failed = BrokerState::failed;          // only a person can mend it: a long wait
constexpr auto connecting = BrokerState::connecting;  // it may pass: a short one

using enum ReasonCode;

// MQTT5 §3.2.2.2
constexpr Refused connack_reasons[] = {
    {unspecified_error, connecting},
    {malformed_packet, connecting},
    {protocol_error, connecting},
    {implementation_specific_error, connecting},
    {unsupported_protocol_version, failed},
    {client_identifier_not_valid, failed},
    {bad_user_name_or_password, failed},
    {not_authorized, failed},
    {server_unavailable, connecting},
    {server_busy, connecting},
    {banned, failed},
    {bad_authentication_method, failed},
    {topic_name_invalid, failed},
    {packet_too_large, connecting},
    {quota_exceeded, connecting},
    {payload_format_invalid, connecting},
    {retain_not_supported, failed},
    {qos_not_supported, failed},
    {use_another_server, connecting},
    {server_moved, failed},
    {connection_rate_exceeded, connecting},
};

// MQTT3 §3.2.2.3
constexpr Refused return_codes[] = {
    {unsupported_protocol_version, failed},
    {client_identifier_not_valid, failed},
    {server_unavailable, connecting},
    {bad_user_name_or_password, failed},
    {not_authorized, failed},
};

class RefusedTest : public BrokerScriptTest, public ::testing::WithParamInterface<Refused> {
 protected:
  void expect_refusal(ProtocolChoice protocol) {
    const auto& [reason, state] = GetParam();
    on_connect_ = [](auto& session) { session.refuse(GetParam().reason); };
    start(protocol);
    ASSERT_TRUE(run_until([&] { return broker_->status().retry_in.has_value(); }));
    EXPECT_EQ(broker_->status().state, state);
    EXPECT_EQ(broker_->status().reason, explain(reason));
    const auto wait = *broker_->status().retry_in;
    EXPECT_TRUE(state == failed ? wait >= 30s && wait <= 60s : wait <= 10s) << wait.count();
  }
};

class RefusedIn5Test : public RefusedTest {};
TEST_P(RefusedIn5Test, TellsWhyAndWaitsAsLongAsItNeeds) {
  expect_refusal(ProtocolChoice::v5);
}

class RefusedIn3Test : public RefusedTest {};
TEST_P(RefusedIn3Test, TellsWhyAndWaitsAsLongAsItNeeds) {
  expect_refusal(ProtocolChoice::v3_1_1);
}

std::string reason_name(const testing::TestParamInfo<Refused>& info) {
  return std::string(name(info.param.reason));
}
INSTANTIATE_TEST_SUITE_P(Connack, RefusedIn5Test, ::testing::ValuesIn(connack_reasons), reason_name);
INSTANTIATE_TEST_SUITE_P(Connack, RefusedIn3Test, ::testing::ValuesIn(return_codes), reason_name);

// Another server is somebody else's word: who runs the daemon decides where it connects to.
TEST_F(BrokerScriptTest, ARefusalThatNamesAnotherServerIsToldAndNotFollowed) {
  on_connect_ = [](auto& session) {
    mqtt::Connack connack;
    connack.reason = use_another_server;
    connack.reason_string = "full";
    connack.server_reference = "other.example:8883";
    session.send(connack);
    session.close();
  };
  start(ProtocolChoice::v5);
  ASSERT_TRUE(run_until([&] { return server_.connects() >= 6; })) << "it stays with the server that it was given";
  EXPECT_EQ(seen_.statuses.front().state, connecting);
  EXPECT_EQ(seen_.statuses.front().reason,
            explain(use_another_server) + " (full); it names another server: other.example:8883");
}

// Ends --------------------------------------------------------------------------------------------------------

class EndedTest : public BrokerScriptTest, public ::testing::WithParamInterface<Refused> {
 protected:
  EndedTest() {
    on_connect_ = [this](auto& session) {
      sessions_[session.client_id()] = &session;
      session.accept();
    };
  }

  std::map<std::string, FakeServer::Session*> sessions_;
};

// MQTT5 §3.14.2.1
constexpr Refused disconnect_reasons[] = {
    {success, connecting},
    {unspecified_error, connecting},
    {malformed_packet, connecting},
    {protocol_error, connecting},
    {implementation_specific_error, connecting},
    {not_authorized, failed},
    {server_busy, connecting},
    {server_shutting_down, connecting},
    {keep_alive_timeout, connecting},
    {session_taken_over, failed},
    {topic_filter_invalid, connecting},
    {receive_maximum_exceeded, connecting},
    {topic_alias_invalid, connecting},
    {packet_too_large, connecting},
    {message_rate_too_high, connecting},
    {quota_exceeded, connecting},
    {administrative_action, connecting},
    {payload_format_invalid, connecting},
    {use_another_server, connecting},
    {server_moved, failed},
    {connection_rate_exceeded, connecting},
    {maximum_connect_time, connecting},
};

TEST_P(EndedTest, TellsWhyAndComesBackOrWaits) {
  const auto& [reason, state] = GetParam();
  connect(ProtocolChoice::v5);
  mqtt::Disconnect disconnect;
  disconnect.reason = reason;
  disconnect.reason_string = "because";
  disconnect.server_reference = "other.example";
  sessions_.at("test-own")->send(disconnect);
  ASSERT_TRUE(run_until([&] { return seen_.statuses.size() >= 2; }));
  EXPECT_EQ(seen_.statuses[1].state, state);
  EXPECT_EQ(seen_.statuses[1].reason, explain(reason) + " (because); it names another server: other.example");
  if (state == connecting) {
    EXPECT_TRUE(wait_for(BrokerState::connected));
  } else {
    EXPECT_GE(broker_->status().retry_in.value(), 30s);
  }
}
INSTANTIATE_TEST_SUITE_P(Disconnect, EndedTest, ::testing::ValuesIn(disconnect_reasons), reason_name);

// Silence -----------------------------------------------------------------------------------------------------

TEST_F(BrokerScriptTest, ABrokerThatAcceptsAndSaysNothingIsGivenUp) {
  connect_timeout_ = 100ms;
  bool answers = false;
  on_connect_ = [&](auto& session) {
    if (answers) session.accept();
  };
  start();
  ASSERT_TRUE(run_until([&] { return broker_->status().retry_in.has_value(); }));
  EXPECT_EQ(broker_->status().state, connecting);
  EXPECT_THAT(broker_->status().reason, HasSubstr("did not answer the connection request in time"));
  answers = true;
  EXPECT_TRUE(wait_for(BrokerState::connected));
}

TEST_F(BrokerScriptTest, ABrokerThatAnswersNoPingIsLeftAndTriedAgain) {
  keep_alive_ = 1s;
  answers_pings_ = false;
  connect();
  ASSERT_TRUE(run_until([&] { return seen_.statuses.size() >= 2; }));
  EXPECT_THAT(seen_.statuses[1].reason, HasSubstr("stopped answering"));
  answers_pings_ = true;
  EXPECT_TRUE(wait_for(BrokerState::connected));
}

TEST_F(BrokerScriptTest, TheBrokersOwnKeepAliveIsKept) {
  on_connect_ = [](auto& session) {
    mqtt::Connack connack;
    connack.server_keep_alive = 1;
    session.send(connack);
  };
  connect(ProtocolChoice::v5);
  EXPECT_TRUE(run_until([&] {
    const auto history = server_.history_of("own");
    return std::ranges::find(history, "PINGREQ") != history.end();
  }));
  EXPECT_EQ(broker_->status().state, BrokerState::connected);
}

TEST_F(BrokerScriptTest, AFilterThatIsNotAnsweredIsAskedForAgainOnANewConnection) {
  answer_timeout_ = 200ms;
  connect();
  answers_ = false;
  std::optional<ReasonCode> held;
  broker_->hold(LaneId::subscriptions, "a", q0, 1, [&](ReasonCode reason) { held = reason; });
  ASSERT_TRUE(run_until([&] { return seen_.downs.size() == 1; }));
  EXPECT_THAT(seen_.statuses.back().reason, HasSubstr("did not answer a request in time"));
  answers_ = true;
  ASSERT_TRUE(run_until([&] { return held.has_value(); }));
  EXPECT_EQ(held, ReasonCode::success);
}

TEST_F(BrokerScriptTest, AMessageThatIsNotAnsweredIsSentAgainOnANewConnection) {
  answer_timeout_ = 200ms;
  connect();
  answers_ = false;
  std::optional<Answer> answer;
  broker_->publish(broker_->open_publisher(), make_message("a", "", q1), [&](Answer given) { answer = given; });
  ASSERT_TRUE(wait_for(BrokerState::connecting));
  EXPECT_THAT(broker_->status().reason, HasSubstr("did not answer a request in time"));
  answers_ = true;
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  EXPECT_EQ(*answer, ReasonCode::success);
}

// Limits ------------------------------------------------------------------------------------------------------

TEST_F(BrokerScriptTest, TellsWhatTheBrokerDoesNotHave) {
  on_connect_ = [](auto& session) {
    mqtt::Connack connack;
    connack.maximum_qos = q0;
    connack.receive_maximum = 1;
    connack.wildcard_available = false;
    connack.shared_available = false;
    connack.subscription_identifiers_available = false;
    session.send(connack);
  };
  connect(ProtocolChoice::v5);
  const Capabilities can = broker_->capabilities().value();
  EXPECT_EQ(can.maximum_qos, q0);
  EXPECT_EQ(can.receive_maximum, 1);
  EXPECT_FALSE(can.wildcard || can.shared || can.subscription_ids);
  EXPECT_EQ(publish(broker_->open_publisher(), make_message("a", "", q1)),
            std::unexpected(PublishFailure::qos_not_supported));

  const auto hold = [&](const std::string& filter) {
    std::optional<ReasonCode> answer;
    broker_->hold(LaneId::subscriptions, filter, q0, 1, [&](ReasonCode reason) { answer = reason; });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer;
  };
  EXPECT_EQ(hold("a/+"), wildcard_subscriptions_not_supported);
  EXPECT_EQ(hold("$share/g/a"), shared_subscriptions_not_supported);
  EXPECT_EQ(hold("a"), success) << "without the identifier";
}

TEST_F(BrokerScriptTest, AReceiveMaximumOf1IsKept) {
  std::size_t unanswered = 0;
  std::size_t most = 0;
  on_connect_ = [](auto& session) {
    mqtt::Connack connack;
    connack.receive_maximum = 1;
    session.send(connack);
  };
  on_publish_ = [&](auto& session, const mqtt::Publish& publish) {
    most = std::max(most, ++unanswered);
    boost::asio::post(loop_, [&unanswered, &session, packet_id = publish.packet_id] {
      --unanswered;
      mqtt::Puback puback;
      puback.packet_id = packet_id;
      session.send(puback);
    });
  };
  answers_ = false;
  connect(ProtocolChoice::v5);
  const auto publisher = broker_->open_publisher();
  int answered = 0;
  for (int number = 0; number < 20; ++number) {
    broker_->publish(publisher, make_message("a", "x", q1), [&](Answer answer) { answered += answer ? 1 : 0; });
  }
  ASSERT_TRUE(run_until([&] { return answered == 20; }));
  EXPECT_EQ(most, 1U);
}

TEST_F(BrokerScriptTest, AFilterLargerThanTheBrokersPacketsIsRefusedAlone) {
  on_connect_ = [](auto& session) {
    mqtt::Connack connack;
    connack.maximum_packet_size = 60;
    session.send(connack);
  };
  connect(ProtocolChoice::v5);
  std::map<std::string, ReasonCode> answers;
  const std::string long_filter(100, 'a');
  for (const std::string& filter : {std::string("a"), long_filter, std::string("b")}) {
    broker_->hold(LaneId::subscriptions, filter, q0, 0, [&, filter](ReasonCode reason) { answers[filter] = reason; });
  }
  ASSERT_TRUE(run_until([&] { return answers.size() == 3; }));
  EXPECT_EQ(answers["a"], success);
  EXPECT_EQ(answers[long_filter], packet_too_large);
  EXPECT_EQ(answers["b"], success);
}

// A client identifier that the broker gives is the connection's from then on, so that it finds its session again.
TEST_F(BrokerScriptTest, AnAssignedClientIdIsKept) {
  on_connect_ = [](auto& session) {
    mqtt::Connack connack;
    const std::string assigned = "given-" + session.client_id();
    if (!session.client_id().starts_with("given-")) connack.assigned_client_id = assigned;
    session.send(connack);
  };
  connect(ProtocolChoice::v5);
  EXPECT_EQ(server_.received().back().client_id.substr(0, 11), "given-test-");
}

}  // namespace
}  // namespace lobbyd::upstream
