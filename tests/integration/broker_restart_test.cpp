// The broker goes and comes back: clients keep their WebSocket, are told, and receive again.

#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

bool has_state(const Json& notification, const std::string& state) {
  return notification.at("state") == state;
}

Json wait_broker(RpcClient& it, const std::string& state) {
  return it.wait_notification(
      "broker", [&](const Json& params) { return has_state(params, state); },
      deadline_in(scaled(std::chrono::seconds(30))));
}

class BrokerRestartTest : public testing::TestWithParam<Upstream> {
 protected:
  static std::string config() { return broker_section(GetParam()); }
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(BrokerRestartTest);

TEST_P(BrokerRestartTest, ClientsKeepTheirConnectionAndReceiveAgain) {
  Stack stack(config());
  RpcClient subscriber(stack.daemon.listen());
  RpcClient bystander(stack.daemon.listen());
  subscriber.connect();
  bystander.connect();
  subscriber.call("subscribe", {{"topics", Json::array({"news/#", "chat"})}, {"qos", 1}});
  for (int round = 0; round < 2; ++round) {
    if (round == 0) {
      stack.broker.kill();
    } else {
      stack.broker.stop();
    }
    for (auto* it : {&subscriber, &bystander}) {
      const auto lost = wait_broker(*it, "disconnected");
      EXPECT_EQ(lost.at("name"), "main");
      EXPECT_FALSE(lost.at("reason").get<std::string>().empty());
      EXPECT_GE(lost.at("retry_ms").get<int>(), 0);
      it->call("ping");
    }
    EXPECT_EQ(http_get(stack.daemon.admin(), "/healthz").status, 200) << "the daemon itself is well";
    EXPECT_NE(http_get(stack.daemon.admin(), "/readyz").status, 200) << "but not ready";
    stack.broker.start();
    for (auto* it : {&subscriber, &bystander}) EXPECT_EQ(wait_broker(*it, "connected").at("name"), "main");
    MqttClient outside(stack.broker.endpoint());
    outside.publish("news/today", "back", 1);
    bystander.call("publish", {{"topic", "chat"}, {"payload", "hello"}, {"qos", 1}});
    const auto messages = subscriber.next_messages(2);
    EXPECT_EQ(payloads_of(messages), (std::vector<std::string>{"back", "hello"}));
    EXPECT_TRUE(subscriber.messages_until_now().empty()) << "each once";
    wait_broker_connected(stack.daemon);
  }
}

TEST_P(BrokerRestartTest, TheFirstNoticeToAClientThatCameBeforeTheBrokerIsThatItIsThere) {
  Broker broker;
  broker.kill();
  Daemon daemon({.broker_url = broker.url(), .config = config()});
  RpcClient it(daemon.listen());
  EXPECT_EQ(it.connect().at("broker").at("state"), "connecting");
  broker.start();
  EXPECT_EQ(it.wait_notification("broker", {}, deadline_in(scaled(std::chrono::seconds(30)))).at("state"), "connected");
}

TEST_P(BrokerRestartTest, BrokerIsTheSameToSharedSubscriptionsAfterwards) {
  LOBBYD_NEEDS(shared_subscriptions);
  Stack stack(config());
  RpcClient first(stack.daemon.listen());
  RpcClient second(stack.daemon.listen());
  for (auto* it : {&first, &second}) {
    it->connect();
    it->call("subscribe", {{"topic", "$share/group/work"}, {"qos", 1}});
  }
  stack.broker.kill();
  for (auto* it : {&first, &second}) wait_broker(*it, "disconnected");
  stack.broker.start();
  for (auto* it : {&first, &second}) wait_broker(*it, "connected");
  MqttClient outside(stack.broker.endpoint());
  for (int i = 0; i < 20; ++i) outside.publish("work", std::to_string(i), 1);
  EXPECT_EQ(first.messages_until_now().size() + second.messages_until_now().size(), 20U);
}

TEST_P(BrokerRestartTest, RetainedStateIsReadAfterIt) {
  LOBBYD_NEEDS(retained_after_restart);
  Broker broker({.persistence = true});
  Daemon daemon({.broker_url = broker.url(), .config = config()});
  wait_broker_connected(daemon);
  RpcClient it(daemon.listen());
  it.connect();
  it.call("publish", {{"topic", "kept"}, {"payload", "state"}, {"qos", 1}, {"retain", true}});
  broker.stop();
  wait_broker(it, "disconnected");
  broker.start();
  wait_broker(it, "connected");
  it.call("subscribe", {{"topic", "kept"}});
  EXPECT_EQ(it.next_message().at("payload"), "state");
}

TEST_P(BrokerRestartTest, PublishMeanwhileIsKeptOrRefusedAndNeverForgotten) {
  Stack stack(config());
  RpcClient it(stack.daemon.listen());
  it.connect();
  stack.broker.kill();
  wait_broker(it, "disconnected");
  EXPECT_TRUE(is_error(it.refused("publish", {{"topic", "a"}, {"payload", "x"}}), 503, "broker_unavailable"))
      << "QoS 0 is queued to a live connection only";
  std::vector<std::int64_t> requests;
  for (int i = 0; i < 20; ++i) {
    const auto name = "outage/" + std::to_string(i);
    requests.push_back(
        it.send_request("publish", {{"topic", name}, {"payload", name}, {"qos", 1 + i % 2}, {"retain", true}}));
  }
  stack.broker.start();
  std::vector<std::string> kept;
  for (int i = 0; i < 20; ++i) {
    const auto answer =
        it.wait_answer(requests[static_cast<std::size_t>(i)], deadline_in(scaled(std::chrono::seconds(30))));
    if (answer.contains("result")) {
      kept.push_back("outage/" + std::to_string(i));
    } else {
      EXPECT_TRUE(answer.at("error").at("code") == 503 || answer.at("error").at("code") == 504) << answer;
      EXPECT_EQ(answer.at("error").at("data").at("temporary"), true);
    }
  }
  wait_broker(it, "connected");
  for (const auto& name : kept) {
    EXPECT_EQ(it.call("retained.get", {{"topic", name}}).at("messages").size(), 1U) << name;
  }
}

TEST_P(BrokerRestartTest, SubscribeMeanwhileIsGrantedLaterOrRefused) {
  Stack stack(config());
  RpcClient it(stack.daemon.listen());
  it.connect();
  stack.broker.kill();
  wait_broker(it, "disconnected");
  const auto request = it.send_request("subscribe", {{"topic", "a"}, {"qos", 1}});
  stack.broker.start();
  const auto answer = it.wait_answer(request, deadline_in(scaled(std::chrono::seconds(30))));
  wait_broker(it, "connected");
  if (answer.contains("error")) {
    EXPECT_TRUE(answer.at("error").at("code") == 503 || answer.at("error").at("code") == 504) << answer;
    it.call("subscribe", {{"topic", "a"}, {"qos", 1}});
  }
  it.call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(payloads_of(it.messages_until_now()), std::vector<std::string>{"x"});
}

TEST_P(BrokerRestartTest, UnsubscribedMeanwhileStaysUnsubscribed) {
  Stack stack(config());
  RpcClient it(stack.daemon.listen());
  it.connect();
  it.call("subscribe", {{"topics", Json::array({"a", "b"})}, {"qos", 1}});
  stack.broker.kill();
  wait_broker(it, "disconnected");
  const auto request = it.send_request("unsubscribe", {{"topic", "a"}});
  stack.broker.start();
  wait_broker(it, "connected");
  EXPECT_TRUE(it.wait_answer(request).contains("result"));
  MqttClient outside(stack.broker.endpoint());
  outside.publish("a", "a", 1);
  outside.publish("b", "b", 1);
  EXPECT_EQ(payloads_of(it.messages_until_now()), std::vector<std::string>{"b"});
}

TEST(BrokerAbsenceTest, ConnectDoesNotWaitForABrokerThatIsDown) {
  Broker broker({}, false);
  Daemon daemon({.broker_url = broker.url()});
  EXPECT_EQ(http_get(daemon.admin(), "/healthz").status, 200);
  EXPECT_EQ(http_get(daemon.admin(), "/readyz").status, 503);
  RpcClient it(daemon.listen());
  const auto result = it.connect({{"will", {{"topic", "status"}, {"payload", "lost"}, {"retain", true}}}});
  EXPECT_TRUE(result.at("broker").at("state") == "connecting" || result.at("broker").at("state") == "failed") << result;
  EXPECT_EQ(result.at("will"), "pending");
  EXPECT_TRUE(is_error(it.refused("publish", {{"topic", "a"}, {"payload", "x"}}), 503, "broker_unavailable"));
  it.call("ping");
  broker.start();
  wait_broker(it, "connected");
  it.call("subscribe", {{"topic", "a"}});
  it.call("publish", {{"topic", "a"}, {"payload", "x"}});
  EXPECT_EQ(it.next_message().at("payload"), "x");
  wait_broker_connected(daemon);
  // The will that was pending is there now.
  it.socket().reset();
  MqttClient outside(broker.endpoint());
  outside.subscribe("status");
  EXPECT_EQ(outside.wait_message().payload, "lost");
}

TEST(BrokerAbsenceTest, FrozenBrokerIsFoundOut) {
  Stack stack("[broker]\nkeepalive = 1\n");
  RpcClient it(stack.daemon.listen());
  it.connect();
  it.call("subscribe", {{"topic", "a"}, {"qos", 1}});
  stack.broker.freeze();
  wait_broker(it, "disconnected");
  it.call("ping");
  stack.broker.thaw();
  wait_broker(it, "connected");
  it.call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it.next_message().at("payload"), "x");
}

TEST(BrokerProtocolTest, AutomaticSpeaksMqtt5WithABrokerThatDoes) {
  LOBBYD_NEEDS(mqtt_5);
  Stack stack("[broker]\nprotocol = \"auto\"\n");
  RpcClient it(stack.daemon.listen());
  EXPECT_EQ(it.connect().at("broker").at("protocol"), "5");
}

// Mosquitto refuses MQTT 5 where its listener is told to (option of 2.0), as older brokers do.
TEST(BrokerProtocolTest, AutomaticFallsBackTo311) {
  Mosquitto broker({.extra_config = "accept_protocol_versions 3,4\n"}, false);
  try {
    broker.start();
  } catch (const DeadlineExceeded&) {
    GTEST_SKIP() << "this Mosquitto cannot refuse MQTT 5";
  }
  Daemon daemon({.broker_url = broker.url(), .config = "[broker]\nprotocol = \"auto\"\n"});
  wait_broker_connected(daemon);
  RpcClient it(daemon.listen());
  EXPECT_EQ(it.connect().at("broker").at("protocol"), "3.1.1");
  it.call("subscribe", {{"topic", "a"}});
  it.call("publish", {{"topic", "a"}, {"payload", "x"}});
  EXPECT_EQ(it.next_message().at("payload"), "x");
}

}  // namespace
}  // namespace lobbyd::integration
