// `publish`, `subscribe`, `unsubscribe` and `message` between clients and the broker (api.md, "MQTT").

#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class PublishSubscribeTest : public BothUpstreamsTest {};
INSTANTIATE_FOR_BOTH_UPSTREAMS(PublishSubscribeTest);

TEST_P(PublishSubscribeTest, ClientHearsItself) {
  auto it = client();
  const auto granted = it->call("subscribe", {{"topic", topic("chat")}});
  EXPECT_EQ(granted.at("granted"), Json::array({0}));
  EXPECT_EQ(granted.at("retained").at("count"), 0);
  EXPECT_TRUE(is_whole(granted.at("retained")));
  EXPECT_EQ(it->call("publish", {{"topic", topic("chat")}, {"payload", "hello"}}), Json::object());
  EXPECT_EQ(it->next_message(), Json({{"topic", topic("chat")}, {"payload", "hello"}, {"qos", 0}}))
      << "absent fields are false or unset";
}

TEST_P(PublishSubscribeTest, EveryQosFromClientToBroker) {
  auto it = client();
  auto subscriber = mqtt();
  subscriber->subscribe(topic("#"), highest_qos());
  for (int qos = 0; qos <= highest_qos(); ++qos) {
    it->call("publish", {{"topic", topic("up")}, {"payload", std::to_string(qos)}, {"qos", qos}});
    const auto message = subscriber->wait_message();
    EXPECT_EQ(message.payload, std::to_string(qos));
    EXPECT_EQ(message.qos, qos);
    EXPECT_FALSE(message.retain);
  }
  EXPECT_TRUE(subscriber->messages_until_now().empty()) << "each once";
}

// A message arrives with the lower of its own QoS and the subscription's (MQTT5 §3.8.4).
TEST_P(PublishSubscribeTest, EveryQosFromBrokerToClient) {
  auto publisher = mqtt();
  for (int granted = 0; granted <= highest_qos(); ++granted) {
    auto it = client();
    const auto filter = topic("down" + std::to_string(granted));
    EXPECT_EQ(it->call("subscribe", {{"topic", filter}, {"qos", granted}}).at("granted"), Json::array({granted}));
    for (int qos = 0; qos <= highest_qos(); ++qos) {
      publisher->publish(filter, std::to_string(qos), qos);
      const auto message = it->next_message();
      EXPECT_EQ(message.at("payload"), std::to_string(qos));
      EXPECT_EQ(message.at("qos"), std::min(qos, granted));
    }
    EXPECT_TRUE(it->messages_until_now().empty()) << "each once";
  }
}

// The daemon holds a filter once, at the highest QoS asked for; each client still gets its own.
TEST_P(PublishSubscribeTest, ClientsOfOneFilterKeepTheirOwnQos) {
  LOBBYD_NEEDS(one_subscription_per_filter);
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int qos = 0; qos <= highest_qos(); ++qos) {
    clients.push_back(client());
    clients.back()->call("subscribe", {{"topic", topic("shared")}, {"qos", qos}});
  }
  mqtt()->publish(topic("shared"), "x", highest_qos());
  for (int qos = 0; qos <= highest_qos(); ++qos) {
    auto& it = *clients[static_cast<std::size_t>(qos)];
    EXPECT_EQ(it.next_message().at("qos"), qos);
    EXPECT_TRUE(it.messages_until_now().empty());
  }
}

TEST_P(PublishSubscribeTest, SeveralFiltersAreGrantedInTheOrderAsked) {
  auto it = client();
  const auto result =
      it->call("subscribe", {{"topics", Json::array({topic("a"), topic("b/+"), topic("c/#")})}, {"qos", 1}});
  EXPECT_EQ(result.at("granted"), Json::array({1, 1, 1}));
  auto publisher = mqtt();
  for (const auto* name : {"a", "b/x", "c", "c/y/z", "b", "b/x/y", "d"}) publisher->publish(topic(name), name, 1);
  EXPECT_EQ(payloads_of(it->messages_until_now()), (std::vector<std::string>{"a", "b/x", "c", "c/y/z"}));
}

TEST_P(PublishSubscribeTest, OverlappingFiltersGiveOneMessage) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("a/#")}, {"qos", 0}});
  it->call("subscribe", {{"topic", topic("a/+")}, {"qos", highest_qos()}});
  it->call("subscribe", {{"topic", topic("a/b")}, {"qos", 1}});
  auto other = client();
  other->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto publisher = mqtt();
  for (int qos = 0; qos <= highest_qos(); ++qos) publisher->publish(topic("a/b"), std::to_string(qos), qos);
  publisher->publish(topic("a/b/c"), "deep", 1);
  std::vector<std::string> expected;
  for (int qos = 0; qos <= highest_qos(); ++qos) expected.push_back(std::to_string(qos));
  expected.emplace_back("deep");
  EXPECT_EQ(payloads_of(it->messages_until_now()), expected);
  EXPECT_EQ(payloads_of(other->messages_until_now()), expected);
}

TEST_P(PublishSubscribeTest, OverlappingFiltersGiveTheHighestQos) {
  LOBBYD_NEEDS(one_subscription_per_filter);
  auto it = client();
  it->call("subscribe", {{"topics", Json::array({topic("a/#"), topic("+/b")})}, {"qos", 0}});
  it->call("subscribe", {{"topic", topic("a/b")}, {"qos", highest_qos()}});
  mqtt()->publish(topic("a/b"), "x", highest_qos());
  EXPECT_EQ(it->next_message().at("qos"), highest_qos());
}

TEST_P(PublishSubscribeTest, OverlapsMayComeAndGo) {
  auto it = client();
  auto publisher = mqtt();
  const auto heard = [&] {
    publisher->publish(topic("a/b"), "x", 1);
    return it->messages_until_now().size();
  };
  it->call("subscribe", {{"topic", topic("a/b")}, {"qos", 1}});
  EXPECT_EQ(heard(), 1U);
  it->call("subscribe", {{"topic", topic("a/+")}, {"qos", 1}});
  EXPECT_EQ(heard(), 1U);
  it->call("unsubscribe", {{"topic", topic("a/b")}});
  EXPECT_EQ(heard(), 1U);
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  EXPECT_EQ(heard(), 1U);
  it->call("unsubscribe", {{"topic", topic("a/+")}});
  EXPECT_EQ(heard(), 1U);
  it->call("unsubscribe", {{"topic", topic("#")}});
  EXPECT_EQ(heard(), 0U);
}

TEST_P(PublishSubscribeTest, FilterStaysForTheOthersWhenOneLeaves) {
  auto first = client();
  auto second = client();
  auto third = client();
  for (auto* it : {first.get(), second.get(), third.get()}) it->call("subscribe", {{"topic", topic("a")}, {"qos", 1}});
  first->call("unsubscribe", {{"topic", topic("a")}});
  second->socket().reset();
  second->wait_closed();
  mqtt()->publish(topic("a"), "x", 1);
  EXPECT_EQ(third->messages_until_now().size(), 1U);
  EXPECT_TRUE(first->messages_until_now().empty());
}

TEST_P(PublishSubscribeTest, SubscribingAgainReplaces) {
  LOBBYD_NEEDS(one_subscription_per_filter);
  auto it = client();
  it->call("subscribe", {{"topic", topic("a")}, {"qos", 0}});
  EXPECT_EQ(it->call("subscribe", {{"topic", topic("a")}, {"qos", 1}}).at("granted"), Json::array({1}));
  mqtt()->publish(topic("a"), "x", 1);
  const auto messages = it->messages_until_now();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].at("qos"), 1);
  it->call("unsubscribe", {{"topic", topic("a")}});
  EXPECT_TRUE(is_error(it->refused("unsubscribe", {{"topic", topic("a")}}), 404, "not_found"));
}

TEST_P(PublishSubscribeTest, UnsubscribeEndsTheMessages) {
  auto it = client();
  it->call("subscribe", {{"topics", Json::array({topic("a"), topic("b"), topic("c")})}, {"qos", 1}});
  EXPECT_EQ(it->call("unsubscribe", {{"topic", topic("a")}}), Json::object());
  EXPECT_EQ(it->call("unsubscribe", {{"topics", Json::array({topic("b")})}}), Json::object());
  auto publisher = mqtt();
  for (const auto* name : {"a", "b", "c"}) publisher->publish(topic(name), name, 1);
  EXPECT_EQ(payloads_of(it->messages_until_now()), std::vector<std::string>{"c"});
}

TEST_P(PublishSubscribeTest, UnsubscribingWhatIsNotSubscribedIsNotFound) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("a/#")}});
  EXPECT_TRUE(is_error(it->refused("unsubscribe", {{"topic", topic("a/b")}}), 404, "not_found"))
      << "covered, but not subscribed as such";
  auto other = client();
  EXPECT_TRUE(is_error(other->refused("unsubscribe", {{"topic", topic("a/#")}}), 404, "not_found"))
      << "another client's";
}

TEST_P(PublishSubscribeTest, RetainFlagIsNotOnLiveMessages) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("a")}, {"qos", 1}});
  mqtt()->publish(topic("a"), "live", 1, true);
  const auto message = it->next_message();
  EXPECT_FALSE(message.value("retain", false)) << message;
}

TEST_P(PublishSubscribeTest, PublishRetainReachesTheBroker) {
  auto it = client();
  it->call("publish", {{"topic", topic("a")}, {"payload", "kept"}, {"qos", 1}, {"retain", true}});
  auto subscriber = mqtt();
  subscriber->subscribe(topic("a"));
  const auto message = subscriber->wait_message();
  EXPECT_EQ(message.payload, "kept");
  EXPECT_TRUE(message.retain);
}

TEST_P(PublishSubscribeTest, SamePublishKeyIsSentOnce) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  const auto publish = [&](const char* name, const char* key) {
    return it->send_request("publish", {{"topic", topic(name)}, {"payload", name}, {"qos", 1}, {"key", key}});
  };
  // A retry may overtake the first one's answer, or come after it.
  const std::vector<std::int64_t> requests{publish("a", "k1"), publish("a", "k1"), publish("b", "k2")};
  for (const auto id : requests) EXPECT_TRUE(it->wait_answer(id).contains("result"));
  EXPECT_TRUE(it->wait_answer(publish("a", "k1")).contains("result"));
  EXPECT_EQ(payloads_of(it->messages_until_now()), (std::vector<std::string>{"a", "b"}));
}

TEST_P(PublishSubscribeTest, SameMessageWithoutKeyIsSentEachTime) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("a")}, {"qos", 1}});
  for (int i = 0; i < 3; ++i) it->call("publish", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it->messages_until_now().size(), 3U);
}

TEST_P(PublishSubscribeTest, PublishedKeyOfAnotherClientIsAnotherKey) {
  auto first = client();
  auto second = client();
  first->call("subscribe", {{"topic", topic("a")}, {"qos", 1}});
  for (auto* it : {first.get(), second.get()}) {
    it->call("publish", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 1}, {"key", "same"}});
  }
  EXPECT_EQ(first->messages_until_now().size(), 2U);
}

TEST_P(PublishSubscribeTest, LongAndDeepTopicsWork) {
  LOBBYD_NEEDS(deep_topics);
  auto it = client();
  std::string deep = prefix();
  for (int i = 0; i < 150; ++i) deep += "/" + std::to_string(i % 10);
  const auto wide = topic(std::string(5'000, 'w'));
  const auto unicode = topic("ünïcödé/游戏/🎮");
  const auto odd = topic("/ /\"quoted\\\"//");
  for (const auto& name : {deep, wide, unicode, odd}) {
    it->call("subscribe", {{"topic", name}, {"qos", 1}});
    it->call("publish", {{"topic", name}, {"payload", "x"}, {"qos", 1}});
    EXPECT_EQ(it->next_message().at("topic"), name);
  }
}

TEST_P(PublishSubscribeTest, EmptyLevelsAreLevels) {
  LOBBYD_NEEDS(sound_sessions);
  auto it = client();
  it->call("subscribe", {{"topics", Json::array({topic("a//b"), topic("c/+")})}, {"qos", 1}});
  auto publisher = mqtt();
  for (const auto* name : {"a/b", "a//b", "c/", "c"}) publisher->publish(topic(name), name, 1);
  EXPECT_EQ(payloads_of(it->messages_until_now()), (std::vector<std::string>{"a//b", "c/"}));
}

TEST_P(PublishSubscribeTest, BroadcastReachesEveryone) {
  constexpr std::size_t count = 100;
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (std::size_t i = 0; i < count; ++i) clients.push_back(std::make_unique<RpcClient>(listen()));
  for (auto& it : clients) it->send_request("connect");
  std::vector<std::int64_t> requests;
  for (auto& it : clients) requests.push_back(it->send_request("subscribe", {{"topic", topic("all")}, {"qos", 1}}));
  for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(clients[i]->wait_answer(requests[i]).contains("result"));
  for (int i = 0; i < 10; ++i) {
    clients[0]->send_request("publish", {{"topic", topic("all")}, {"payload", std::to_string(i)}, {"qos", 1}});
  }
  const std::vector<std::string> expected{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  for (auto& it : clients) EXPECT_EQ(payloads_of(it->next_messages(10)), expected);
}

class PublishMqtt5Test : public SharedStackTest {
 protected:
  void SetUp() override {
    LOBBYD_NEEDS(mqtt_5);
    SharedStackTest::SetUp();
  }
};

class PublishMqtt311Test : public SharedStackTest {
 protected:
  PublishMqtt311Test() : SharedStackTest(Upstream::mqtt_3_1_1) {}
};

TEST_F(PublishMqtt5Test, BrokerSaysThatNobodyListens) {
  auto it = client();
  // Mosquitto says so in a PUBACK, not in a PUBREC.
  EXPECT_EQ(it->call("publish", {{"topic", topic("nobody")}, {"payload", "x"}, {"qos", 1}}),
            Json({{"reason", "no_matching_subscribers"}}));
  it->call("subscribe", {{"topic", topic("somebody")}});
  EXPECT_EQ(it->call("publish", {{"topic", topic("somebody")}, {"payload", "x"}, {"qos", 1}}), Json::object());
}

TEST_F(PublishMqtt5Test, NoLocalKeepsOnesOwnAway) {
  auto it = client();
  auto other = client();
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}, {"no_local", true}});
  it->call("publish", {{"topic", topic("a")}, {"payload", "own"}, {"qos", 1}});
  other->call("publish", {{"topic", topic("a")}, {"payload", "another client's"}, {"qos", 1}});
  mqtt()->publish(topic("a"), "from outside", 1);
  EXPECT_EQ(payloads_of(it->messages_until_now()), (std::vector<std::string>{"another client's", "from outside"}));
}

TEST_F(PublishMqtt5Test, NoLocalOfOneDoesNotConcernTheOthers) {
  auto it = client();
  auto other = client();
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}, {"no_local", true}});
  other->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  it->call("publish", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(payloads_of(other->messages_until_now()), std::vector<std::string>{"x"});
  EXPECT_TRUE(it->messages_until_now().empty());
}

TEST_F(PublishMqtt5Test, PropertiesReachTheBroker) {
  auto it = client();
  auto subscriber = mqtt();
  subscriber->subscribe(topic("#"), 1);
  it->call("publish", {{"topic", topic("a")},
                       {"payload", "x"},
                       {"qos", 1},
                       {"expiry", 3600},
                       {"content_type", "text/plain"},
                       {"response_topic", topic("reply")},
                       {"correlation_data", "request-7"},
                       {"user_properties", Json::array({{"k", "v1"}, {"k", "v2"}, {"ü", ""}})}});
  const auto message = subscriber->wait_message();
  const auto& properties = message.properties;
  ASSERT_TRUE(properties.expiry);
  EXPECT_NEAR(*properties.expiry, 3600, 5);
  EXPECT_EQ(properties.content_type, "text/plain");
  EXPECT_EQ(properties.response_topic, topic("reply"));
  EXPECT_EQ(properties.correlation_data, "request-7");
  EXPECT_EQ(properties.user_properties,
            (std::vector<std::pair<std::string, std::string>>{{"k", "v1"}, {"k", "v2"}, {"ü", ""}}));
}

TEST_F(PublishMqtt5Test, PropertiesReachTheClient) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  mqtt()->publish({.topic = topic("a"),
                   .payload = "x",
                   .qos = 1,
                   .properties = {.expiry = 3600,
                                  .content_type = "text/plain",
                                  .response_topic = topic("reply"),
                                  .correlation_data = "request-7",
                                  .user_properties = {{"k", "v1"}, {"k", "v2"}, {"ü", ""}}}});
  const auto message = it->next_message();
  EXPECT_NEAR(message.at("expiry").get<int>(), 3600, 5);
  EXPECT_EQ(message.at("content_type"), "text/plain");
  EXPECT_EQ(message.at("response_topic"), topic("reply"));
  EXPECT_EQ(message.at("correlation_data"), "request-7");
  EXPECT_EQ(message.at("user_properties"), Json::array({{"k", "v1"}, {"k", "v2"}, {"ü", ""}}));
}

TEST_F(PublishMqtt311Test, PropertiesThatTheBrokerCannotCarryAreRefused) {
  auto it = client();
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, Json>>{{"expiry", 60},
                                                 {"content_type", "text/plain"},
                                                 {"response_topic", "reply"},
                                                 {"correlation_data", "7"},
                                                 {"user_properties", Json::array({Json::array({"k", "v"})})}}) {
    const auto error = it->refused("publish", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 1}, {name, value}});
    EXPECT_TRUE(is_error(error, error.code, {})) << name;
    EXPECT_TRUE(error.message.contains("MQTT 5")) << name << ": " << error.message;
  }
}

TEST_F(PublishMqtt311Test, NobodyIsReportedWithoutReasonCodes) {
  EXPECT_EQ(client()->call("publish", {{"topic", topic("nobody")}, {"payload", "x"}, {"qos", 1}}), Json::object());
}

TEST_F(PublishMqtt311Test, NoLocalIsRefused) {
  auto it = client();
  const auto error = it->refused("subscribe", {{"topic", topic("a")}, {"no_local", true}});
  EXPECT_TRUE(is_error(error, error.code, {}));
  EXPECT_TRUE(error.message.contains("no_local") || error.message.contains("MQTT 5")) << error.message;
}

}  // namespace
}  // namespace lobbyd::integration
