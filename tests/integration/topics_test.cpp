// Which topics and filters are valid, and which names are closed (api.md, "MQTT").

#include "tests/integration/harness/stack.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class TopicsTest : public BothUpstreamsTest {};
INSTANTIATE_FOR_BOTH_UPSTREAMS(TopicsTest);

TEST_P(TopicsTest, BadTopicsAreRefused) {
  auto it = client();
  for (const auto& name : {std::string(), std::string("a/+"), std::string("a/#"), std::string("#"), std::string("+"),
                           std::string("a+b"), std::string("a#"), std::string("a\0b", 3)}) {
    EXPECT_TRUE(is_error(it->refused("publish", {{"topic", name}, {"payload", "x"}}), 400, "bad_topic")) << Json(name);
    RpcClient other(listen());
    EXPECT_TRUE(is_error(other.refused("connect", {{"will", {{"topic", name}}}}), 400, "bad_topic")) << Json(name);
  }
}

TEST_P(TopicsTest, BadFiltersAreRefused) {
  auto it = client();
  for (const auto& filter :
       {std::string(), std::string("a/#/b"), std::string("#/a"), std::string("a#"), std::string("a/b#"),
        std::string("a+/b"), std::string("+a"), std::string("a/++"), std::string("a\0b", 3), std::string("$share/"),
        std::string("$share/g"), std::string("$share/g/"), std::string("$share//a"), std::string("$share/g+/a"),
        std::string("$share/#/a"), std::string("$share/g/a#")}) {
    EXPECT_TRUE(is_error(it->refused("subscribe", {{"topic", filter}}), 400, "bad_filter")) << Json(filter);
    const auto several = Json::array({topic("good"), filter});
    EXPECT_TRUE(is_error(it->refused("subscribe", {{"topics", several}}), 400, "bad_filter")) << several;
    const auto error = it->refused("retained.get", {{"topic", filter}});
    EXPECT_TRUE(is_error(error, 400, "bad_filter")) << Json(filter);
  }
  EXPECT_TRUE(is_error(it->refused("unsubscribe", {{"topic", topic("good")}}), 404, "not_found"))
      << "a refused call subscribes to nothing";
}

TEST_P(TopicsTest, LongestTopicIsBoundedByTheMessage) {
  // 65,535 bytes is also what MQTT allows; with the rest of the request that is more than max_message_bytes here.
  auto it = client({{"max_message_bytes", 100'000}});
  const auto longest = topic(std::string(65'000 - topic("").size(), 'l'));
  it->call("subscribe", {{"topic", longest}, {"qos", 1}});
  it->call("publish", {{"topic", longest}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it->next_message().at("topic"), longest);
}

TEST(LongTopicTest, BeyondMqttsOwnBoundIsBad) {
  Stack stack("[limits]\nmax_message_bytes = 200000\n");
  RpcClient it(stack.daemon.listen());
  it.connect({{"max_message_bytes", 200'000}});
  const std::string longest(65'535, 'l');
  it.call("publish", {{"topic", longest}, {"payload", "x"}, {"qos", 1}});
  EXPECT_TRUE(is_error(it.refused("publish", {{"topic", longest + "l"}, {"payload", "x"}}), 400, "bad_topic"));
  EXPECT_TRUE(is_error(it.refused("subscribe", {{"topic", longest + "l"}}), 400, "bad_filter"));
}

TEST_P(TopicsTest, ClosedNamesCannotBePublished) {
  auto it = client();
  for (const auto* name :
       {"lobby/a", "lobby/", "lobby/room/x/log/1", "$SYS/broker/version", "$anything", "$", "$share/g/a"}) {
    EXPECT_TRUE(is_error(it->refused("publish", {{"topic", name}, {"payload", "x"}}), 403, "forbidden")) << name;
    EXPECT_TRUE(is_error(it->refused("publish", {{"topic", name}, {"payload", "x"}, {"qos", 1}, {"retain", true}}), 403,
                         "forbidden"))
        << name;
  }
  for (const auto* name : {"lobbying/a", "Lobby/a", "/lobby/a", "a/lobby/b", "a$"}) {
    it->call("publish", {{"topic", name}, {"payload", "x"}, {"qos", 1}});
  }
}

TEST_P(TopicsTest, ClosedNamesCannotBeWills) {
  for (const auto* name : {"lobby/a", "$SYS/a"}) {
    RpcClient it(listen());
    EXPECT_TRUE(is_error(it.refused("connect", {{"will", {{"topic", name}, {"payload", "x"}}}}), 403, "forbidden"));
  }
}

TEST_P(TopicsTest, FiltersInsideClosedNamesAreForbidden) {
  auto it = client();
  for (const auto* filter : {"lobby/#", "lobby/+", "lobby/a", "lobby/+/b", "$SYS/#", "$SYS/broker/version", "$other/#",
                             "$share/g/lobby/#", "$share/g/$SYS/#"}) {
    EXPECT_TRUE(is_error(it->refused("subscribe", {{"topic", filter}}), 403, "forbidden")) << filter;
  }
  for (const auto* filter : {"lobby/#", "$SYS/#"}) {
    EXPECT_TRUE(is_error(it->refused("retained.get", {{"topic", filter}}), 403, "forbidden")) << filter;
  }
}

TEST_P(TopicsTest, WiderFiltersNeverBringClosedNames) {
  LOBBYD_NEEDS(retained_by_wildcard);
  LOBBYD_NEEDS(bulk);  // all that other tests have retained
  auto outside = mqtt();
  const auto name = unique_name("closed");
  outside->publish("lobby/" + name, "kept", 1, true);
  auto it = client({{"max_message_bytes", 10'000'000}});
  const auto subscribed = it->call("subscribe", {{"topics", Json::array({"#", "+/" + name, "+/+"})}, {"qos", 1}});
  EXPECT_TRUE(is_whole(subscribed.at("retained")));
  outside->publish("lobby/" + name, "live", 1);
  outside->publish("open/" + name, "live", 1);
  const auto names = topics_of(it->messages_until_now());
  EXPECT_TRUE(std::ranges::count(names, "open/" + name) == 1);
  for (const auto& got : names) EXPECT_FALSE(got.starts_with("lobby/") || got.starts_with("$")) << got;
  const auto retained = it->call("retained.get", {{"topic", "+/" + name}});
  EXPECT_EQ(retained.at("messages"), Json::array());
  EXPECT_TRUE(is_whole(retained));
  outside->publish("lobby/" + name, "", 1, true);
}

TEST(PrefixTest, ConfiguredPrefixIsClosedInstead) {
  Stack stack("[apps]\nprefix = \"game/private/\"\n");
  RpcClient it(stack.daemon.listen());
  it.connect();
  EXPECT_TRUE(is_error(it.refused("publish", {{"topic", "game/private/a"}, {"payload", "x"}}), 403, "forbidden"));
  EXPECT_TRUE(is_error(it.refused("subscribe", {{"topic", "game/private/#"}}), 403, "forbidden"));
  it.call("subscribe", {{"topics", Json::array({"game/#", "lobby/#"})}, {"qos", 1}});
  MqttClient outside(stack.broker.endpoint());
  for (const auto* name : {"game/private/a", "game/public", "lobby/a"}) outside.publish(name, "x", 1);
  EXPECT_EQ(topics_of(it.messages_until_now()), (std::vector<std::string>{"game/public", "lobby/a"}));
}

}  // namespace
}  // namespace lobbyd::integration
