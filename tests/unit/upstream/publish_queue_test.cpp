#include "service/upstream/publish_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace lobbyd::upstream {
namespace {

using mqtt::QoS;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr PublisherId anna{1};
constexpr PublisherId bert{2};
constexpr PublisherId cleo{3};

Message make(std::string topic, QoS qos = QoS::at_most_once, std::size_t payload = 0) {
  Message message;
  message.topic = std::move(topic);
  message.payload.assign(payload, 'x');
  message.qos = qos;
  return message;
}

std::size_t weight_of(std::size_t text) {
  return sizeof(Message) + text;
}

class PublishQueueTest : public ::testing::Test {
 protected:
  bool push(PublisherId publisher, Message message) {
    PublishHandler handler = [](auto) {};
    return queue_.push(publisher, message, handler);
  }

  std::string pop(bool window_open = true) {
    const auto queued = queue_.pop(window_open);
    return queued ? queued->message.topic : "(nothing)";
  }

  std::vector<std::string> pop_all(bool window_open = true) {
    std::vector<std::string> topics;
    while (const auto queued = queue_.pop(window_open)) {
      topics.push_back(queued->message.topic);
    }
    return topics;
  }

  PublishQueue queue_{{}};
};

TEST_F(PublishQueueTest, IsEmptyAtFirst) {
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.messages(), 0U);
  EXPECT_EQ(queue_.bytes(), 0U);
  EXPECT_EQ(pop(), "(nothing)");
}

TEST_F(PublishQueueTest, KeepsAPublishersOrder) {
  for (const char* topic : {"1", "2", "3"}) {
    push(anna, make(topic, topic[0] == '2' ? QoS::exactly_once : QoS::at_most_once));
  }
  EXPECT_THAT(pop_all(), ElementsAre("1", "2", "3"));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(PublishQueueTest, TakesMessageAndHandlerOnlyWhenThereIsRoom) {
  PublishQueue small({.messages = 1});
  Message message = make("t");
  PublishHandler handler = [](auto) {};
  EXPECT_TRUE(small.push(anna, message, handler));
  EXPECT_FALSE(handler);
  Message second = make("u");
  handler = [](auto) {};
  EXPECT_FALSE(small.push(bert, second, handler));
  EXPECT_TRUE(handler);
  EXPECT_EQ(second.topic, "u");
}

TEST_F(PublishQueueTest, CountsMessagesUntilTheyAreSettled) {
  PublishQueue small({.messages = 2});
  const auto push_to_small = [&] {
    Message message = make("t", QoS::at_least_once);
    PublishHandler handler;
    return small.push(anna, message, handler);
  };
  EXPECT_TRUE(push_to_small());
  EXPECT_TRUE(push_to_small());
  EXPECT_FALSE(push_to_small());
  const auto queued = small.pop(true);
  EXPECT_FALSE(push_to_small()) << "what is in flight counts, too";
  small.settled(queued->weight);
  EXPECT_TRUE(push_to_small());
  EXPECT_FALSE(push_to_small());
}

TEST_F(PublishQueueTest, IsCrowdedLongBeforeItIsFull) {
  for (const PublishQueue::Limits& limits :
       {PublishQueue::Limits{.messages = 32}, PublishQueue::Limits{.bytes = 32 * weight_of(1)}}) {
    PublishQueue small(limits);
    const auto push_to_small = [&] {
      Message message = make("t", QoS::at_least_once);
      PublishHandler handler;
      EXPECT_TRUE(small.push(anna, message, handler));
    };
    push_to_small();
    EXPECT_FALSE(small.crowded());
    push_to_small();
    EXPECT_TRUE(small.crowded());
    const auto queued = small.pop(true);
    EXPECT_TRUE(small.crowded()) << "what is in flight counts, too";
    small.settled(queued->weight);
    EXPECT_FALSE(small.crowded());
  }
}

TEST_F(PublishQueueTest, KeepsRoomForTheLastMessagesOfPublishers) {
  for (const PublishQueue::Limits& limits :
       {PublishQueue::Limits{.messages = 2, .last_messages = 1},
        PublishQueue::Limits{.bytes = 2 * weight_of(1), .last_bytes = weight_of(1)}}) {
    PublishQueue small(limits);
    const auto push_to_small = [&](bool last) {
      Message message = make("t");
      message.last = last;
      PublishHandler handler;
      return small.push(anna, message, handler);
    };
    EXPECT_TRUE(push_to_small(true));
    EXPECT_TRUE(push_to_small(false));
    EXPECT_FALSE(push_to_small(false));
    EXPECT_TRUE(push_to_small(true));
    EXPECT_FALSE(push_to_small(true));
    EXPECT_FALSE(push_to_small(false));
  }
}

TEST_F(PublishQueueTest, CountsBytesUntilTheyAreSettled) {
  PublishQueue small({.bytes = 2 * weight_of(101)});
  const auto push_to_small = [&](std::size_t payload) {
    Message message = make("t", QoS::at_least_once, payload);
    PublishHandler handler;
    return small.push(anna, message, handler);
  };
  EXPECT_TRUE(push_to_small(100));
  EXPECT_EQ(small.bytes(), weight_of(101));
  EXPECT_FALSE(push_to_small(101));
  EXPECT_TRUE(push_to_small(100));
  EXPECT_FALSE(push_to_small(0));
  const auto queued = small.pop(true);
  EXPECT_FALSE(push_to_small(0));
  small.settled(queued->weight);
  EXPECT_TRUE(push_to_small(0));
}

TEST_F(PublishQueueTest, RefusesAMessageThatIsLargerThanTheBound) {
  PublishQueue small({.bytes = 1000});
  Message message = make("t", QoS::at_most_once, 2000);
  PublishHandler handler;
  EXPECT_FALSE(small.push(anna, message, handler));
}

TEST_F(PublishQueueTest, ServesPublishersInTurnByBytes) {
  // A turn is good for three of these messages.
  PublishQueue queue({.quantum = 3 * weight_of(2)});
  for (const PublisherId publisher : {anna, bert}) {
    for (char number = '1'; number <= '7'; ++number) {
      Message message = make({publisher == anna ? 'a' : 'b', number});
      PublishHandler handler;
      queue.push(publisher, message, handler);
    }
  }
  std::vector<std::string> topics;
  while (const auto queued = queue.pop(true)) {
    topics.push_back(queued->message.topic);
  }
  EXPECT_THAT(topics, ElementsAre("a1", "a2", "a3", "b1", "b2", "b3", "a4", "a5", "a6", "b4", "b5", "b6", "a7", "b7"));
}

TEST_F(PublishQueueTest, ABurstDoesNotStandBeforeTheOthers) {
  for (int number = 0; number < 1000; ++number) {
    push(anna, make("burst", QoS::at_most_once, 1024));
  }
  push(bert, make("bert"));
  push(cleo, make("cleo"));
  std::size_t before = 0;
  while (pop() != "cleo") {
    ++before;
  }
  EXPECT_LE(before, 16U + 1U);
}

TEST_F(PublishQueueTest, AMessageLargerThanATurnSavesUp) {
  PublishQueue queue({.quantum = weight_of(2)});
  Message large = make("large", QoS::at_most_once, 3 * weight_of(2));
  PublishHandler handler;
  queue.push(anna, large, handler);
  for (int number = 0; number < 8; ++number) {
    Message small = make("b" + std::to_string(number));
    queue.push(bert, small, handler);
  }
  std::vector<std::string> topics;
  while (const auto queued = queue.pop(true)) {
    topics.push_back(queued->message.topic);
  }
  EXPECT_THAT(topics, ElementsAre("b0", "b1", "b2", "b3", "large", "b4", "b5", "b6", "b7"));
}

TEST_F(PublishQueueTest, WhatAPublisherDidNotUseUpIsLost) {
  PublishQueue queue({.quantum = 4 * weight_of(2)});
  PublishHandler handler;
  for (int round = 0; round < 100; ++round) {
    Message message = make("aa");
    queue.push(anna, message, handler);
    queue.pop(true);
  }
  for (int number = 0; number < 20; ++number) {
    Message message = make("aa");
    queue.push(anna, message, handler);
  }
  Message message = make("bb");
  queue.push(bert, message, handler);
  std::size_t before = 0;
  while (queue.pop(true)->message.topic != "bb") {
    ++before;
  }
  EXPECT_EQ(before, 4U);
}

TEST_F(PublishQueueTest, AClosedWindowHoldsQos1And2Only) {
  push(anna, make("a1", QoS::at_least_once));
  push(bert, make("b0"));
  push(cleo, make("c2", QoS::exactly_once));
  EXPECT_THAT(pop_all(false), ElementsAre("b0"));
  EXPECT_TRUE(queue_.waits_for_window());
  EXPECT_FALSE(queue_.empty());
  EXPECT_THAT(pop_all(true), ElementsAre("a1", "c2"));
  EXPECT_FALSE(queue_.waits_for_window());
}

TEST_F(PublishQueueTest, AClosedWindowHoldsAPublishersQos0BehindItsOwnQos1) {
  push(anna, make("a0"));
  push(anna, make("a1", QoS::at_least_once));
  push(anna, make("a0 again"));
  push(bert, make("b0"));
  EXPECT_THAT(pop_all(false), ElementsAre("a0", "b0"));
  EXPECT_EQ(pop(false), "(nothing)");
  EXPECT_EQ(pop(true), "a1");
  EXPECT_EQ(pop(false), "a0 again");
}

TEST_F(PublishQueueTest, WhoWaitsForTheWindowKeepsHisPlace) {
  push(anna, make("a1", QoS::at_least_once));
  push(bert, make("b0"));
  push(cleo, make("c1", QoS::at_least_once));
  EXPECT_EQ(pop(false), "b0");
  push(bert, make("b0"));
  EXPECT_THAT(pop_all(true), ElementsAre("a1", "c1", "b0"));
}

TEST_F(PublishQueueTest, AnotherQosDoesNotEndATurn) {
  push(anna, make("a0"));
  push(anna, make("a1", QoS::at_least_once));
  push(bert, make("b0"));
  push(cleo, make("c1", QoS::at_least_once));
  EXPECT_THAT(pop_all(), ElementsAre("a0", "a1", "b0", "c1"));
}

TEST_F(PublishQueueTest, TakesQos0OutWhenTheLinkIsLost) {
  push(anna, make("a0"));
  push(anna, make("a1", QoS::at_least_once));
  push(anna, make("a0 again"));
  push(anna, make("a2", QoS::exactly_once));
  push(bert, make("b0"));
  std::vector<std::string> taken;
  for (const auto& queued : queue_.take_qos_0()) {
    taken.push_back(queued.message.topic);
  }
  EXPECT_THAT(taken, UnorderedElementsAre("a0", "a0 again", "b0"));
  EXPECT_EQ(queue_.messages(), 2U);
  EXPECT_TRUE(queue_.waits_for_window());
  EXPECT_THAT(pop_all(false), IsEmpty());
  EXPECT_THAT(pop_all(), ElementsAre("a1", "a2"));
}

TEST_F(PublishQueueTest, TakesAllOut) {
  push(anna, make("a0"));
  push(bert, make("b1", QoS::at_least_once));
  EXPECT_EQ(queue_.take_all().size(), 2U);
  EXPECT_TRUE(queue_.empty());
  EXPECT_FALSE(queue_.waits_for_window());
  EXPECT_EQ(queue_.messages(), 0U);
  EXPECT_EQ(queue_.bytes(), 0U);
  EXPECT_EQ(pop(), "(nothing)");
}

// Whatever happens, each publisher's messages come out in order, none twice and none lost, and the counts agree.
TEST(PublishQueueRandomTest, KeepsOrderAndCounts) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random); };
    PublishQueue queue({.messages = 50, .bytes = 50'000, .quantum = 1 + below(3000)});
    std::map<PublisherId, std::deque<std::string>> expected;
    std::size_t messages = 0;
    std::size_t bytes = 0;
    for (int step = 0; step < 500; ++step) {
      if (below(2) == 0) {
        const PublisherId publisher{1 + below(5)};
        Message message = make(std::to_string(step), static_cast<QoS>(below(3)), below(2000));
        message.response_topic = std::to_string(static_cast<unsigned>(publisher));
        const auto weight = message.weight();
        PublishHandler handler;
        const bool fits = messages < 50 && bytes + weight <= 50'000;
        ASSERT_EQ(queue.push(publisher, message, handler), fits);
        if (fits) {
          expected[publisher].push_back(std::to_string(step));
          ++messages;
          bytes += weight;
        }
      } else if (const bool open = below(2) == 0; const auto queued = queue.pop(open)) {
        const PublisherId publisher{std::stoul(*queued->message.response_topic)};
        ASSERT_TRUE(open || queued->message.qos == QoS::at_most_once);
        ASSERT_EQ(queued->message.topic, expected[publisher].front());
        expected[publisher].pop_front();
        queue.settled(queued->weight);
        --messages;
        bytes -= queued->weight;
      }
      ASSERT_EQ(queue.messages(), messages);
      ASSERT_EQ(queue.bytes(), bytes);
      ASSERT_EQ(queue.empty(), messages == 0);
    }
  }
}

}  // namespace
}  // namespace lobbyd::upstream
