// What one client sends takes effect in the order sent, and what one publisher published arrives in that order, across
// topics (api.md, "Transport" and "MQTT").

#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class OrderingTest : public BothUpstreamsTest {};
INSTANTIATE_FOR_BOTH_UPSTREAMS(OrderingTest);

constexpr int many = 5'000;
constexpr int topics = 7;
// How far a publisher may be ahead of the receiver: Mosquitto's default limits drop what is more than 1,000 behind.
constexpr int ahead = 500;

TEST_P(OrderingTest, FiveThousandFromAClientArriveOnceAndInOrder) {
  auto subscriber = mqtt();
  subscriber->subscribe(topic("#"), 1);
  auto it = client();
  std::deque<std::int64_t> requests;
  for (int i = 0; i < many; ++i) {
    requests.push_back(it->send_request(
        "publish", {{"topic", topic(std::to_string(i % topics))}, {"payload", std::to_string(i)}, {"qos", 1}}));
    if (requests.size() < ahead) continue;
    EXPECT_TRUE(it->wait_answer(requests.front()).contains("result"));
    requests.pop_front();
    if (i >= ahead) subscriber->wait_received(static_cast<std::size_t>(i - ahead));
  }
  for (const auto request : requests) EXPECT_TRUE(it->wait_answer(request).contains("result"));
  for (int i = 0; i < many; ++i) {
    const auto message = subscriber->wait_message();
    ASSERT_EQ(message.payload, std::to_string(i));
    ASSERT_EQ(message.topic, topic(std::to_string(i % topics)));
  }
  EXPECT_TRUE(subscriber->messages_until_now().empty());
}

TEST_P(OrderingTest, FiveThousandToAClientArriveOnceAndInOrder) {
  auto it = client();
  for (int i = 0; i < topics; ++i) {
    it->call("subscribe", {{"topic", topic(std::to_string(i))}, {"qos", 1}});
  }
  auto publisher = mqtt();
  int published = 0;
  for (int i = 0; i < many; ++i) {
    for (; published < std::min(many, i + ahead); ++published) {
      publisher->publish_later(
          {.topic = topic(std::to_string(published % topics)), .payload = std::to_string(published), .qos = 1});
    }
    const auto message = it->next_message();
    ASSERT_EQ(message.at("payload"), std::to_string(i));
    ASSERT_EQ(message.at("topic"), topic(std::to_string(i % topics)));
  }
  EXPECT_TRUE(it->messages_until_now().empty());
}

TEST_P(OrderingTest, EveryQosKeepsTheOrderFromClientToClient) {
  for (int qos = 0; qos <= highest_qos(); ++qos) {
    auto receiver = client();
    auto sender = client();
    const auto level = "q" + std::to_string(qos);
    receiver->call("subscribe", {{"topics", Json::array({topic(level + "/+/a"), topic(level + "/#")})}, {"qos", qos}});
    for (int i = 0; i < 400; ++i) {
      const auto name = level + "/" + std::to_string(i % topics) + (i % 2 == 0 ? "/a" : "/b");
      sender->send_request("publish", {{"topic", topic(name)}, {"payload", std::to_string(i)}, {"qos", qos}});
    }
    for (int i = 0; i < 400; ++i) {
      ASSERT_EQ(receiver->next_message().at("payload"), std::to_string(i)) << "at QoS " << qos;
    }
    EXPECT_TRUE(receiver->messages_until_now().empty());
  }
}

// More than the broker lets be under way at once, so that some of QoS 1 have to wait, and those of QoS 0 with them. (A
// message of QoS 2 takes effect when the broker has its PUBREL: MQTT keeps no order between it and the others.)
// Brokers pass QoS 0 by what waits for their window, and QoS 2 on when its handshake ends: so the order is each QoS's
// own.
TEST_P(OrderingTest, MixedQosKeepsTheOrderOfEach) {
  auto receiver = client();
  auto sender = client();
  receiver->call("subscribe", {{"topic", topic("#")}, {"qos", highest_qos()}});
  for (const auto& qos : std::vector<std::vector<int>>{{1, 0}, {1, 0, 0, 1}, {0, 0, 1}}) {
    for (std::size_t i = 0; i < 200; ++i) {
      sender->send_request(
          "publish", {{"topic", topic(std::to_string(i % topics))}, {"payload", i}, {"qos", qos[i % qos.size()]}});
    }
    std::vector<int> newest(3, -1);
    for (int i = 0; i < 200; ++i) {
      const auto message = receiver->next_message();
      const int number = std::stoi(message.at("payload").get<std::string>());
      int& before = newest[message.at("qos").get<std::size_t>()];
      ASSERT_GT(number, before) << testing::PrintToString(qos);
      before = number;
    }
  }
}

TEST_P(OrderingTest, PublishesAreAnsweredInTheOrderSent) {
  auto it = client();
  std::vector<std::int64_t> requests;
  for (int i = 0; i < 200; ++i) {
    const int qos = 1 + i % 2;
    requests.push_back(it->send_request("publish", {{"topic", topic("a")}, {"payload", i}, {"qos", qos}}));
  }
  it->wait_answer(requests.back());
  std::vector<std::int64_t> answered;
  for (const auto& text : it->received()) answered.push_back(Json::parse(text).at("id").get<std::int64_t>());
  answered.erase(answered.begin());  // connect's
  EXPECT_EQ(answered, requests);
}

TEST_P(OrderingTest, PublishIsAnsweredAfterTheSubscribesBeforeIt) {
  auto publisher = mqtt();
  for (int i = 0; i < 300; ++i) {
    publisher->publish_later({.topic = topic("kept/" + std::to_string(i)), .payload = "x", .qos = 1, .retain = true});
  }
  publisher->wait_published();
  for (int qos = 0; qos <= highest_qos(); ++qos) {
    auto it = client();
    std::vector<std::int64_t> requests;
    for (int i = 0; i < 5; ++i) {
      requests.push_back(it->send_request("subscribe", {{"topic", topic(i % 2 == 0 ? "kept/#" : "kept/+")}}));
      requests.push_back(it->send_request("publish", {{"topic", topic("a")}, {"payload", i}, {"qos", qos}}));
    }
    for (const auto request : requests) it->wait_answer(request);
    std::vector<std::int64_t> answered;
    for (const auto& text : it->received()) {
      const auto frame = Json::parse(text);
      if (frame.contains("id")) answered.push_back(frame.at("id").get<std::int64_t>());
    }
    for (std::size_t i = 1; i < requests.size(); i += 2) {
      const auto published = std::ranges::find(answered, requests[i]);
      for (std::size_t j = 0; j < i; j += 2) {
        EXPECT_LT(std::ranges::find(answered, requests[j]), published) << "at QoS " << qos;
      }
    }
  }
}

// A subscribe takes effect before the publishes sent after it, and not before those sent earlier.
TEST_P(OrderingTest, SubscribeTakesEffectWhereItStands) {
  LOBBYD_NEEDS(sound_sessions);
  for (int round = 0; round < 20; ++round) {
    auto it = client();
    const auto name = topic(std::to_string(round));
    it->send_request("publish", {{"topic", name}, {"payload", "before"}, {"qos", 1}});
    it->send_request("subscribe", {{"topic", name}, {"qos", 1}});
    it->send_request("publish", {{"topic", name}, {"payload", "after"}, {"qos", 1}});
    const auto payloads = payloads_of(it->messages_until_now());
    EXPECT_EQ(payloads, std::vector<std::string>{"after"});
  }
}

TEST_P(OrderingTest, UnsubscribeTakesEffectBeforeItsAnswer) {
  LOBBYD_NEEDS(sound_sessions);
  auto it = client();
  auto publisher = mqtt();
  for (int round = 0; round < 10; ++round) {
    it->call("subscribe", {{"topic", topic("a")}, {"qos", 1}});
    for (int i = 0; i < 20; ++i) publisher->publish_later({.topic = topic("a"), .payload = "x", .qos = 1});
    it->call("unsubscribe", {{"topic", topic("a")}});
    const auto frames = it->received().size();
    publisher->wait_published();
    it->call("ping");
    EXPECT_EQ(it->received().size(), frames + 1) << "a message came after the answer to unsubscribe";
    publisher->wait_published();
  }
}

// A game's offer and the candidates after it go to two topics, and through two filters.
TEST_P(OrderingTest, OffersComeBeforeTheirCandidates) {
  auto caller = client();
  auto callee = client();
  callee->call("subscribe", {{"topics", Json::array({topic("+/offer"), topic("+/candidate")})}});
  for (int i = 0; i < 100; ++i) {
    caller->send_request("publish", {{"topic", topic("x/offer")}, {"payload", i}});
    caller->send_request("publish", {{"topic", topic("x/candidate")}, {"payload", i}});
  }
  const auto messages = callee->next_messages(200);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ(messages[i].at("topic"), topic(i % 2 == 0 ? "x/offer" : "x/candidate"));
    EXPECT_EQ(messages[i].at("payload"), std::to_string(i / 2));
  }
}

TEST_P(OrderingTest, ManyPublishersKeepTheirOwnOrder) {
  auto receiver = client();
  receiver->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  std::vector<std::unique_ptr<RpcClient>> senders;
  for (int i = 0; i < 10; ++i) senders.push_back(client());
  for (int i = 0; i < 50; ++i) {
    for (std::size_t sender = 0; sender < senders.size(); ++sender) {
      senders[sender]->send_request(
          "publish",
          {{"topic", topic(std::to_string(sender) + "/" + std::to_string(i % 3))}, {"payload", i}, {"qos", 1}});
    }
  }
  std::vector<int> next(senders.size());
  for (const auto& message : receiver->next_messages(500)) {
    const auto name = message.at("topic").get<std::string>();
    const auto sender = static_cast<std::size_t>(name[prefix().size() + 1] - '0');
    EXPECT_EQ(message.at("payload"), std::to_string(next[sender]++)) << name;
  }
}

}  // namespace
}  // namespace lobbyd::integration
