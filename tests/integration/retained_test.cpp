// Retained messages reach every subscriber before its `subscribe` is answered (api.md, "MQTT").

#include "tests/integration/harness/base64.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class RetainedTest : public BothUpstreamsTest {
 protected:
  // Publishes retained messages "0" to "count-1" below this test's topic "kept".
  void keep(int count) {
    auto publisher = mqtt();
    for (int i = 0; i < count; ++i) {
      const auto number = std::to_string(i);
      publisher->publish_later({.topic = topic("kept/" + number), .payload = number, .qos = 1, .retain = true});
    }
    publisher->wait_published();
  }
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(RetainedTest);

class RetainedByWildcardTest : public RetainedTest {
 protected:
  void SetUp() override {
    LOBBYD_NEEDS(retained_by_wildcard);
    RetainedTest::SetUp();
  }
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(RetainedByWildcardTest);

// Subscribes, and checks that `count` different retained messages have come before the result, which says so.
void expect_retained_before_result(RpcClient& it, const std::string& filter, std::size_t count) {
  const auto first = it.received().size();
  const auto result = it.call("subscribe", {{"topic", filter}});
  EXPECT_TRUE(is_whole(result.at("retained"), count));
  ASSERT_EQ(it.received().size() - first, count + 1) << "all before the result, which is the last frame";
  std::set<std::string> topics;
  for (const auto& message : it.next_messages(count)) {
    EXPECT_EQ(message.at("retain"), true) << message;
    EXPECT_TRUE(message.at("topic").get<std::string>().ends_with("/" + message.at("payload").get<std::string>()));
    topics.insert(message.at("topic").get<std::string>());
  }
  EXPECT_EQ(topics.size(), count) << "each once";
}

TEST_P(RetainedByWildcardTest, FirstAndEveryLaterSubscriberGetsThemBeforeTheResult) {
  keep(20);
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(client());
    expect_retained_before_result(*clients.back(), topic("kept/+"), 20);
  }
  for (auto& it : clients) EXPECT_TRUE(it->messages_until_now().empty()) << "and nobody gets another's copies";
}

TEST_P(RetainedByWildcardTest, AHerdOfSubscribersGetsThemAll) {
  keep(20);
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 60; ++i) clients.push_back(client());
  std::vector<std::int64_t> requests;
  for (auto& it : clients) requests.push_back(it->send_request("subscribe", {{"topic", topic("kept/#")}}));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const auto answer = clients[i]->wait_answer(requests[i]);
    EXPECT_TRUE(is_whole(answer.at("result").at("retained"), 20));
    EXPECT_EQ(clients[i]->received().size(), 22U) << "the results of connect and subscribe, and 20 messages";
  }
  for (std::size_t i = 0; i < clients.size(); i += 10) {
    EXPECT_EQ(clients[i]->messages_until_now().size(), 20U) << "and nobody gets another's copies";
  }
}

TEST_P(RetainedByWildcardTest, SubscribersOfDifferentFiltersGetTheirOwn) {
  keep(10);
  auto all = client();
  expect_retained_before_result(*all, topic("kept/#"), 10);
  auto one = client();
  expect_retained_before_result(*one, topic("kept/3"), 1);
  expect_retained_before_result(*one, topic("+/4"), 1);
  auto none = client();
  expect_retained_before_result(*none, topic("kept/none"), 0);
  EXPECT_TRUE(all->messages_until_now().empty());
}

TEST_P(RetainedTest, MayBeLeftOut) {
  keep(5);
  auto it = client();
  const auto result = it->call("subscribe", {{"topic", topic("kept/#")}, {"retained", false}, {"qos", 1}});
  EXPECT_EQ(result.at("retained").at("count"), 0);
  EXPECT_TRUE(it->messages_until_now().empty());
  mqtt()->publish(topic("kept/1"), "new", 1, true);
  EXPECT_EQ(payloads_of(it->messages_until_now()), std::vector<std::string>{"new"});
}

TEST_P(RetainedByWildcardTest, LeftOutByOneIsNotLeftOutForTheNext) {
  keep(5);
  auto first = client();
  first->call("subscribe", {{"topic", topic("kept/#")}, {"retained", false}});
  auto second = client();
  expect_retained_before_result(*second, topic("kept/#"), 5);
  EXPECT_TRUE(first->messages_until_now().empty());
}

TEST_P(RetainedByWildcardTest, SubscribingAgainReadsThemAgain) {
  keep(5);
  auto it = client();
  expect_retained_before_result(*it, topic("kept/#"), 5);
  expect_retained_before_result(*it, topic("kept/#"), 5);
  EXPECT_TRUE(it->messages_until_now().empty());
}

TEST_P(RetainedByWildcardTest, OverlappingFiltersOfOneCallGiveEachOnce) {
  keep(5);
  auto it = client();
  const auto filters = Json::array({topic("kept/#"), topic("kept/+"), topic("kept/3")});
  const auto result = it->call("subscribe", {{"topics", filters}, {"qos", 1}});
  EXPECT_TRUE(is_whole(result.at("retained"), 5));
  EXPECT_EQ(it->messages_until_now().size(), 5U);
}

TEST_P(RetainedByWildcardTest, EmptyRetainedPayloadDeletes) {
  auto it = client();
  it->call("publish", {{"topic", topic("kept/0")}, {"payload", "0"}, {"qos", 1}, {"retain", true}});
  auto before = client();
  expect_retained_before_result(*before, topic("kept/#"), 1);
  it->call("publish", {{"topic", topic("kept/0")}, {"qos", 1}, {"retain", true}});
  EXPECT_EQ(payloads_of(before->messages_until_now()), std::vector<std::string>{""}) << "who listens is told";
  auto after = client();
  expect_retained_before_result(*after, topic("kept/#"), 0);
}

TEST_P(RetainedTest, NewestIsKept) {
  auto it = client();
  for (int i = 0; i <= 30; ++i) {
    it->send_request("publish",
                     {{"topic", topic("state")}, {"payload", std::to_string(i)}, {"qos", 1}, {"retain", true}});
  }
  it->call("publish", {{"topic", topic("end")}, {"payload", "x"}, {"qos", 1}});
  auto late = client();
  late->call("subscribe", {{"topic", topic("state")}});
  EXPECT_EQ(payloads_of(late->messages_until_now()), std::vector<std::string>{"30"});
}

TEST_P(RetainedByWildcardTest, BinaryAndUnicodeAreKept) {
  LOBBYD_NEEDS(retained_at_qos_2);
  auto it = client();
  it->call("publish", {{"topic", topic("b")}, {"payload_base64", to_base64("\xff\xfe")}, {"qos", 2}, {"retain", true}});
  it->call("publish", {{"topic", topic("ü")}, {"payload", "🎮"}, {"qos", 0}, {"retain", true}});
  it->messages_until_now();
  auto late = client();
  late->call("subscribe", {{"topic", topic("+")}, {"qos", 2}});
  auto messages = late->messages_until_now();
  ASSERT_EQ(messages.size(), 2U);
  std::ranges::sort(messages, {}, [](const Json& message) { return message.at("topic").get<std::string>(); });
  EXPECT_EQ(messages[0].at("payload_base64"), to_base64("\xff\xfe"));
  EXPECT_EQ(messages[1].at("payload"), "🎮");
}

// The seed's idioms: the echo of one's own next publish comes after all that is retained.
TEST_P(RetainedByWildcardTest, RetainedComeBeforeTheEchoOfTheNextPublish) {
  LOBBYD_NEEDS(sound_sessions);
  keep(50);
  for (int qos = 0; qos <= highest_qos(); ++qos) {
    for (int round = 0; round < 5; ++round) {
      auto it = client();
      const auto subscribed = it->send_request("subscribe", {{"topic", topic("kept/#")}, {"qos", qos}});
      const auto published =
          it->send_request("publish", {{"topic", topic("kept/echo")}, {"payload", "echo"}, {"qos", qos}});
      const auto messages = it->next_messages(51);
      for (int i = 0; i < 50; ++i) EXPECT_EQ(messages[static_cast<std::size_t>(i)].value("retain", false), true);
      EXPECT_EQ(messages.back().at("payload"), "echo");
      EXPECT_FALSE(messages.back().value("retain", false));
      EXPECT_EQ(it->wait_answer(subscribed).at("result").at("retained").at("count"), 50);
      EXPECT_TRUE(it->wait_answer(published).contains("result"));
    }
  }
}

// The same for a publish that is itself retained: the echo is not the copy, and comes last.
TEST_P(RetainedByWildcardTest, OwnRetainedStatusComesAfterThoseOfTheOthers) {
  keep(10);
  auto first = client();
  first->call("subscribe", {{"topic", topic("kept/#")}});
  first->next_messages(10);
  auto it = client();
  it->send_request("subscribe", {{"topic", topic("kept/#")}});
  it->send_request("publish", {{"topic", topic("kept/own")}, {"payload", "own"}, {"retain", true}});
  const auto messages = it->next_messages(11);
  EXPECT_EQ(messages.back().at("payload"), "own");
  EXPECT_FALSE(messages.back().value("retain", false));
}

// A newer message always beats an older retained copy: whoever subscribes while a value changes never sees it go back.
TEST_P(RetainedTest, NoSubscriberSeesAValueGoBack) {
  auto publisher = client();
  constexpr int subscribers = 50;
  int published = 0;
  int answered = 0;
  std::deque<std::int64_t> requests;
  const auto publish_some = [&] {
    while (requests.size() < 100) {
      requests.push_back(publisher->send_request(
          "publish", {{"topic", topic("counter")}, {"payload", ++published}, {"qos", 0}, {"retain", true}}));
    }
    while (requests.size() > 50) {
      publisher->wait_answer(requests.front());
      requests.pop_front();
      ++answered;
    }
  };
  std::vector<std::unique_ptr<RpcClient>> clients;
  std::vector<std::int64_t> subscribed;
  for (int i = 0; i < subscribers; ++i) {
    publish_some();
    clients.push_back(client());
    subscribed.push_back(
        clients.back()->send_request("subscribe", {{"topic", i % 2 == 0 ? topic("counter") : topic("#")}}));
  }
  publish_some();
  for (const auto request : requests) publisher->wait_answer(request);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    auto& it = *clients[i];
    EXPECT_TRUE(it.wait_answer(subscribed[i]).contains("result"));
    int last = 0;
    while (last < published) {
      const int value = std::stoi(it.next_message().at("payload").get<std::string>());
      ASSERT_GE(value, last) << "client " << i;
      last = value;
    }
  }
  EXPECT_GT(answered, subscribers);
}

// The same with a publisher that shares no connection with the daemon, and is as fast as it can be.
TEST_P(RetainedTest, NoSubscriberSeesAnOutsidersValueGoBack) {
  auto publisher = mqtt();
  auto witness = client();
  witness->call("subscribe", {{"topic", topic("counter")}});
  int published = 0;
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<RpcClient>(listen()));
    auto& it = *clients.back();
    it.send_request("connect");
    it.send_request("subscribe", {{"topic", topic("counter")}});
    for (int j = 0; j < 20; ++j) {
      publisher->publish_later({.topic = topic("counter"), .payload = std::to_string(++published), .retain = true});
    }
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    int last = 0;
    while (last < published) {
      const int value = std::stoi(clients[i]->next_message().at("payload").get<std::string>());
      ASSERT_GE(value, last) << "client " << i;
      last = value;
    }
  }
}

TEST_P(RetainedByWildcardTest, LiveMessagesAreNotLostDuringTheFetch) {
  keep(200);
  auto publisher = client();
  auto it = client();
  const auto subscribed = it->send_request("subscribe", {{"topic", topic("kept/#")}, {"qos", 1}});
  it->wait_answer(subscribed);
  auto second = client();
  const auto again = second->send_request("subscribe", {{"topic", topic("kept/#")}, {"qos", 1}});
  for (int i = 0; i < 100; ++i) {
    publisher->send_request("publish", {{"topic", topic("kept/live")}, {"payload", std::to_string(i)}, {"qos", 1}});
  }
  const auto messages = it->next_messages(300);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(messages[static_cast<std::size_t>(200 + i)].at("payload"), std::to_string(i));
  }
  second->wait_answer(again);
  std::vector<std::string> live;
  while (live.empty() || live.back() != "99") {
    const auto message = second->next_message();
    if (message.at("topic") == topic("kept/live")) live.push_back(message.at("payload").get<std::string>());
  }
  for (std::size_t i = 1; i < live.size(); ++i) EXPECT_EQ(std::stoi(live[i]), std::stoi(live[i - 1]) + 1);
}

TEST_P(RetainedByWildcardTest, MessagesTooLargeForTheClientAreAnnounced) {
  mqtt()->publish(topic("large"), std::string(70'000, 'l'), 1, true);
  auto it = client();
  const auto result = it->call("subscribe", {{"topic", topic("#")}});
  EXPECT_TRUE(is_whole(result.at("retained")));
  const auto notice = it->wait_notification("too_large");
  EXPECT_EQ(notice.at("method"), "message");
  EXPECT_EQ(notice.at("topic"), topic("large"));
  EXPECT_GT(notice.at("bytes").get<int>(), 70'000);
}

// Mosquitto's default limits (1,000 queued messages, 20 in flight) must not cut the set.
TEST_P(RetainedByWildcardTest, FiveThousandReachAFirstAndASecondSubscriberWhole) {
  LOBBYD_NEEDS(bulk);
  keep(5'000);
  auto first = client();
  expect_retained_before_result(*first, topic("kept/+"), 5'000);
  auto second = client();
  expect_retained_before_result(*second, topic("kept/+"), 5'000);
  auto third = client();
  const auto result = third->call("subscribe", {{"topic", topic("kept/#")}, {"qos", 2}});
  EXPECT_TRUE(is_whole(result.at("retained"), 5'000));
  EXPECT_EQ(third->next_messages(5'000).size(), 5'000U);
  third->send_request("publish", {{"topic", topic("kept/echo")}, {"payload", "echo"}});
  EXPECT_EQ(third->next_message().at("payload"), "echo");
  EXPECT_TRUE(second->messages_until_now().size() == 1) << "the echo alone";
  auto eager = client();
  eager->send_request("subscribe", {{"topic", topic("kept/+")}});
  eager->send_request("publish", {{"topic", topic("kept/eager")}, {"payload", "echo"}});
  EXPECT_EQ(eager->next_messages(5'001).back().at("payload"), "echo");
}

}  // namespace
}  // namespace lobbyd::integration
