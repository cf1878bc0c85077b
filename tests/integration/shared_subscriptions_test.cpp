// `$share/GROUP/FILTER`: of the group's members, wherever they are connected, exactly one gets each message (api.md,
// "MQTT").

#include "tests/integration/harness/stack.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class SharedSubscriptionsTest : public BothUpstreamsTest {
 protected:
  void SetUp() override {
    LOBBYD_NEEDS(shared_subscriptions);
    BothUpstreamsTest::SetUp();
  }
  std::string shared(const std::string& filter) { return "$share/group/" + topic(filter); }

  void publish(int count) {
    auto publisher = mqtt();
    for (int i = 0; i < count; ++i) {
      publisher->publish_later({.topic = topic("work"), .payload = std::to_string(i), .qos = 1});
    }
    publisher->wait_published();
  }
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(SharedSubscriptionsTest);

void expect_each_once(std::vector<std::string> payloads, int count) {
  EXPECT_EQ(payloads.size(), static_cast<std::size_t>(count));
  const std::set<std::string> different(payloads.begin(), payloads.end());
  EXPECT_EQ(different.size(), payloads.size()) << "some came to two members";
}

TEST_P(SharedSubscriptionsTest, ExactlyOneLocalMemberGetsEachMessage) {
  std::vector<std::unique_ptr<RpcClient>> members;
  for (int i = 0; i < 3; ++i) {
    members.push_back(client());
    EXPECT_EQ(members.back()->call("subscribe", {{"topic", shared("work")}, {"qos", 1}}).at("granted"),
              Json::array({1}));
  }
  auto outsider = client();
  outsider->call("subscribe", {{"topic", topic("work")}, {"qos", 1}});
  publish(300);
  std::vector<std::string> payloads;
  for (auto& it : members) {
    const auto own = payloads_of(it->messages_until_now());
    EXPECT_FALSE(own.empty()) << "the work is spread";
    payloads.insert(payloads.end(), own.begin(), own.end());
  }
  expect_each_once(payloads, 300);
  EXPECT_EQ(outsider->messages_until_now().size(), 300U) << "who is in no group gets all";
}

TEST_P(SharedSubscriptionsTest, MessageNamesItsTopic) {
  auto it = client();
  it->call("subscribe", {{"topic", shared("+")}, {"qos", 1}});
  publish(1);
  EXPECT_EQ(it->next_message(), Json({{"topic", topic("work")}, {"payload", "0"}, {"qos", 1}}));
}

TEST_P(SharedSubscriptionsTest, GroupsAreIndependent) {
  auto first = client();
  auto second = client();
  first->call("subscribe", {{"topic", "$share/red/" + topic("#")}, {"qos", 1}});
  second->call("subscribe", {{"topic", "$share/blue/" + topic("#")}, {"qos", 1}});
  publish(50);
  expect_each_once(payloads_of(first->messages_until_now()), 50);
  expect_each_once(payloads_of(second->messages_until_now()), 50);
}

TEST_P(SharedSubscriptionsTest, RemainingMembersTakeOver) {
  auto leaver = client();
  auto loser = client();
  auto stayer = client();
  for (auto* it : {leaver.get(), loser.get(), stayer.get()}) {
    it->call("subscribe", {{"topic", shared("work")}, {"qos", 1}});
  }
  leaver->call("unsubscribe", {{"topic", shared("work")}});
  loser->call("disconnect");
  loser->wait_closed();
  publish(50);
  expect_each_once(payloads_of(stayer->messages_until_now()), 50);
  EXPECT_TRUE(leaver->messages_until_now().empty());
}

TEST_P(SharedSubscriptionsTest, MemberAtTheBrokerItselfCounts) {
  auto outside = mqtt();
  outside->subscribe(shared("work"), 1);
  auto it = client();
  it->call("subscribe", {{"topic", shared("work")}, {"qos", 1}});
  publish(100);
  auto payloads = payloads_of(it->messages_until_now());
  for (const auto& message : outside->messages_until_now()) payloads.push_back(message.payload);
  expect_each_once(payloads, 100);
}

TEST_P(SharedSubscriptionsTest, MembersOnTwoDaemonsShare) {
  Daemon other({.broker_url = stack().broker.url()});
  wait_broker_connected(other);
  auto here = client();
  auto here_too = client();
  RpcClient there(other.listen());
  there.connect();
  for (auto* it : {here.get(), here_too.get(), &there}) it->call("subscribe", {{"topic", shared("work")}, {"qos", 1}});
  publish(100);
  auto payloads = payloads_of(here->messages_until_now());
  for (auto* it : {here_too.get(), &there}) {
    const auto more = payloads_of(it->messages_until_now());
    payloads.insert(payloads.end(), more.begin(), more.end());
  }
  expect_each_once(payloads, 100);
}

TEST_P(SharedSubscriptionsTest, RetainedMessagesAreNotShared) {
  // MQTT5 §4.8.2: a shared subscription brings no retained messages when it is made.
  mqtt()->publish(topic("work"), "kept", 1, true);
  auto it = client();
  const auto result = it->call("subscribe", {{"topic", shared("work")}, {"qos", 1}});
  EXPECT_EQ(result.at("retained").at("count"), 0);
  EXPECT_TRUE(it->messages_until_now().empty());
}

// A shared subscription is the group's, and stands beside what its members subscribe to for themselves (MQTT5 §4.8.2).
TEST_P(SharedSubscriptionsTest, OwnPlainFilterGivesAllBesidesTheShare) {
  auto it = client();
  it->call("subscribe", {{"topics", Json::array({shared("work"), topic("#")})}, {"qos", 1}});
  auto other = client();
  other->call("subscribe", {{"topic", shared("work")}, {"qos", 1}});
  publish(50);
  const auto own = payloads_of(it->messages_until_now());
  EXPECT_EQ(std::set<std::string>(own.begin(), own.end()).size(), 50U);
  EXPECT_EQ(own.size() + other->messages_until_now().size(), 100U) << "all for itself, and all once for the group";
}

// Without subscription identifiers each needs a connection of its own, as they all overlap.
TEST_P(SharedSubscriptionsTest, ThoseThatFindNoConnectionAreRefused) {
  Json filters = Json::array();
  for (int group = 0; group < 20; ++group) filters.push_back("$share/" + std::to_string(group) + "/" + topic("work"));
  auto it = client();
  const auto granted = it->call("subscribe", {{"topics", filters}, {"qos", 1}}).at("granted");
  const auto quota_exceeded = std::ranges::count(granted, Json(151));
  EXPECT_EQ(std::ranges::count(granted, Json(1)) + quota_exceeded, 20);
  if (GetParam() == Upstream::mqtt_5) {
    EXPECT_EQ(quota_exceeded, 0);
  } else {
    EXPECT_GE(quota_exceeded, 4);
  }
  it->call("unsubscribe", {{"topic", filters.at(0)}});
  publish(5);
  // They come by connections of their own, in no order with anything else.
  it->next_messages(5U * static_cast<std::size_t>(20 - quota_exceeded - 1));
  EXPECT_TRUE(it->messages_until_now().empty());
}

}  // namespace
}  // namespace lobbyd::integration
