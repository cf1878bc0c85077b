// Brokers other than Mosquitto, in each run of the tests: what every client needs. With LOBBYD_TEST_BROKER the whole
// suite runs against one of them.

#include "tests/integration/harness/stack.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class OtherBrokersTest : public testing::TestWithParam<BrokerKind> {
 protected:
  void SetUp() override {
    if (const auto missing = missing_for(GetParam())) GTEST_SKIP() << "missing here: " << *missing;
    // The daemon finds out by itself what the broker speaks.
    auto& stack = stacks[GetParam()];
    if (!stack) {
      stack = std::make_unique<Stack>("[broker]\nprotocol = \"auto\"\n",
                                      BrokerOptions{.carrier = Carrier::tcp, .kind = GetParam()});
    }
  }
  static void TearDownTestSuite() { stacks.clear(); }

  static Stack& stack() { return *stacks.at(GetParam()); }
  std::string topic(const std::string& levels) const { return prefix_ + "/" + levels; }
  static std::unique_ptr<RpcClient> client(const Json& params = Json::object()) {
    auto it = std::make_unique<RpcClient>(stack().daemon.listen());
    it->connect(params);
    return it;
  }
  // On the same broker, whose profile it knows.
  std::unique_ptr<Daemon> daemon_with_profile() const {
    auto daemon = std::make_unique<Daemon>(
        DaemonOptions{.broker_url = stack().broker.url(),
                      .config = "[broker]\nprotocol = \"auto\"\nprofile = \"" + name(GetParam()) + "\"\n"});
    wait_broker_connected(*daemon);
    return daemon;
  }
  static std::unique_ptr<MqttClient> mqtt() {
    return std::make_unique<MqttClient>(stack().broker.endpoint(), MqttOptions{.version = MqttVersion::v3_1_1});
  }

 private:
  static inline std::map<BrokerKind, std::unique_ptr<Stack>> stacks;  // for all tests of a broker
  std::string prefix_ = unique_name("test");
};
INSTANTIATE_TEST_SUITE_P(, OtherBrokersTest, testing::Values(BrokerKind::aedes, BrokerKind::rabbitmq),
                         [](const testing::TestParamInfo<BrokerKind>& kind) { return name(kind.param); });

TEST_P(OtherBrokersTest, EveryQosBothWays) {
  auto it = client();
  EXPECT_EQ(it->call("subscribe", {{"topic", topic("in/#")}, {"qos", 1}}).at("granted"), Json::array({1}));
  auto outside = mqtt();
  outside->subscribe(topic("out"), 1);
  for (const int qos : {0, 1, 2}) {
    const auto payload = "qos " + std::to_string(qos);
    // Where a broker answers QoS 2 with PUBACKs, the tests' own client waits for ever.
    outside->publish(topic("in/a"), payload, lacks(Feature::qos_2, GetParam()) ? std::min(qos, 1) : qos);
    EXPECT_EQ(it->next_message().at("payload"), payload);
    it->call("publish", {{"topic", topic("out")}, {"payload", payload}, {"qos", qos}});
    EXPECT_EQ(outside->wait_message().payload, payload);
  }
  EXPECT_TRUE(it->messages_until_now().empty()) << "each once";
  EXPECT_TRUE(outside->messages_until_now().empty());
}

TEST_P(OtherBrokersTest, RetainedReachesFirstAndLaterSubscribersBeforeTheResult) {
  auto publisher = client();
  publisher->call("publish", {{"topic", topic("kept")}, {"payload", "state"}, {"qos", 1}, {"retain", true}});
  for (int i = 0; i < 3; ++i) {
    auto it = client();
    const auto result = it->call("subscribe", {{"topic", topic("kept")}, {"qos", 1}});
    EXPECT_EQ(result.at("retained").at("count"), 1);
    EXPECT_EQ(it->next_message(), Json({{"topic", topic("kept")}, {"payload", "state"}, {"qos", 0}, {"retain", true}}));
    EXPECT_TRUE(it->messages_until_now().empty());
  }
  EXPECT_EQ(publisher->call("retained.get", {{"topic", topic("kept")}}).at("messages").size(), 1U);
  publisher->call("publish", {{"topic", topic("kept")}, {"qos", 1}, {"retain", true}});
  EXPECT_TRUE(publisher->call("retained.get", {{"topic", topic("kept")}}).at("messages").empty());
}

// A set that says it is exact has everything; where the broker cannot find what matches, it must not say so.
TEST_P(OtherBrokersTest, RetainedByWildcardIsWholeOrNotCalledExact) {
  auto it = client();
  for (const auto* name : {"kept/a", "kept/b"}) {
    it->call("publish", {{"topic", topic(name)}, {"payload", "x"}, {"qos", 1}, {"retain", true}});
  }
  const auto result = it->call("retained.get", {{"topic", topic("kept/+")}});
  if (lacks(Feature::retained_by_wildcard, GetParam())) {
    EXPECT_NE(result.at("complete"), "exact") << result;
  } else {
    EXPECT_EQ(result.at("messages").size(), 2U) << result;
  }
}

TEST_P(OtherBrokersTest, OverlappingFiltersGiveOneMessage) {
  auto it = client();
  it->call("subscribe", {{"topics", Json::array({topic("#"), topic("a/+"), topic("a/b")})}, {"qos", 1}});
  mqtt()->publish(topic("a/b"), "x", 1);
  EXPECT_EQ(payloads_of(it->messages_until_now()), std::vector<std::string>{"x"});
  it->call("unsubscribe", {{"topic", topic("#")}});
  mqtt()->publish(topic("c"), "x", 1);
  mqtt()->publish(topic("a/b"), "y", 1);
  EXPECT_EQ(payloads_of(it->messages_until_now()), std::vector<std::string>{"y"});
}

TEST_P(OtherBrokersTest, WillIsPublishedWhenTheConnectionIsLost) {
  auto witness = client();
  witness->call("subscribe", {{"topic", topic("will")}, {"qos", 1}});
  client({{"will", {{"topic", topic("will")}, {"payload", "gone"}, {"qos", 1}}}})->socket().reset();
  EXPECT_EQ(witness->next_message().at("payload"), "gone");
}

TEST_P(OtherBrokersTest, ItsProfileRefusesWhatTheBrokerCannotDo) {
  const auto daemon = daemon_with_profile();
  RpcClient it(daemon->listen());
  it.connect();
  const auto refusal = it.refused("subscribe", {{"topic", "$share/g/" + topic("a")}});
  EXPECT_TRUE(is_error(refusal, 502, "broker_refused"));
  EXPECT_EQ(refusal.data.at("mqtt_reason"), "shared_subscriptions_not_supported");
  if (lacks(Feature::qos_2, GetParam())) {
    EXPECT_TRUE(
        is_error(it.refused("publish", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 2}}), 502, "broker_refused"));
  }
  std::vector<std::string> unfit;
  if (GetParam() == BrokerKind::rabbitmq) unfit = {topic("a.b"), topic("a*b")};
  if (lacks(Feature::deep_topics, GetParam())) {
    unfit.push_back(topic("a"));
    for (int level = 2; level < 101; ++level) unfit.back() += "/a";
  }
  EXPECT_FALSE(unfit.empty());
  for (const std::string& text : unfit) {
    EXPECT_TRUE(is_error(it.refused("publish", {{"topic", text}, {"payload", "x"}}), 400, "bad_topic"));
    EXPECT_TRUE(is_error(it.refused("subscribe", {{"topic", text}}), 400, "bad_filter"));
  }
  EXPECT_TRUE(it.notifications_until_now("broker").empty()) << "the connection to the broker was lost";
}

TEST_P(OtherBrokersTest, WithItsProfileAFilterAtTwoQosBringsOneMessage) {
  const auto daemon = daemon_with_profile();
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (const int qos : {0, 1}) {
    auto& it = clients.emplace_back(std::make_unique<RpcClient>(daemon->listen()));
    it->connect();
    it->call("subscribe", {{"topic", topic("a/+")}, {"qos", qos}});
  }
  mqtt()->publish(topic("a/b"), "x", 1);
  for (int qos = 0; qos < 2; ++qos) {
    const auto messages = clients[static_cast<std::size_t>(qos)]->messages_until_now();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].at("qos"), qos);
  }
}

TEST_P(OtherBrokersTest, TheDaemonsTopicsAreClosedInEverySpelling) {
  auto it = client();
  auto outside = mqtt();
  outside->subscribe("lobby/x", 1);
  for (const auto* spelling : {"lobby/x", "lobby.x"}) {
    EXPECT_TRUE(is_error(it->refused("publish", {{"topic", spelling}, {"payload", "forged"}}), 403, "forbidden"));
  }
  EXPECT_TRUE(outside->messages_until_now().empty());
}

TEST_P(OtherBrokersTest, ComesBackAfterTheBroker) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("after")}, {"qos", 1}});
  stack().broker.kill();
  it->wait_notification("broker", [](const Json& params) { return params.at("state") == "disconnected"; });
  stack().broker.start();
  it->wait_notification(
      "broker", [](const Json& params) { return params.at("state") == "connected"; },
      deadline_in(scaled(std::chrono::seconds(60))));
  // A broker that has forgotten the session hears of the filter only after the connection.
  auto publisher = mqtt();
  const auto comes_back = [&] {
    publisher->publish(topic("after"), "back", 1);
    return !it->messages_until_now().empty();
  };
  EXPECT_TRUE(eventually(comes_back, deadline_in(scaled(std::chrono::seconds(60)))));
}

}  // namespace
}  // namespace lobbyd::integration
