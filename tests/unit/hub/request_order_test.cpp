#include "service/hub/request_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RequestOrderTest : public testing::Test {
 protected:
  RequestOrder::Ticket publish(const std::string& name) {
    return order_.begin_publish(mqtt::QoS::at_least_once,
                                [this, name](RequestOrder::Ticket) { log_.push_back("send " + name); });
  }
  RequestOrder::Ticket subscribe() {
    return order_.begin_subscribe([](RequestOrder::Ticket) {});
  }
  RequestOrder::Ticket subscribe(const std::string& name) {
    return order_.begin_subscribe([this, name](RequestOrder::Ticket) { log_.push_back("subscribe " + name); });
  }
  void answer(RequestOrder::Ticket ticket, const std::string& name) {
    order_.answer(ticket, [this, name] { log_.push_back("answer " + name); });
  }

  RequestOrder order_;
  std::vector<std::string> log_;
};

TEST_F(RequestOrderTest, APublishIsSentAndAnsweredAtOnceWhenNothingIsBeforeIt) {
  const auto a = publish("a");
  answer(a, "a");
  EXPECT_THAT(log_, ElementsAre("send a", "answer a"));
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, APublishWaitsForTheSubscribesBeforeIt) {
  const auto first = subscribe();
  const auto second = subscribe();
  publish("a");
  order_.end_subscribe(second);
  EXPECT_THAT(log_, IsEmpty());
  order_.end_subscribe(first);
  EXPECT_THAT(log_, ElementsAre("send a"));
}

TEST_F(RequestOrderTest, APublishDoesNotWaitForALaterSubscribe) {
  const auto a = publish("a");
  const auto asked = subscribe();
  answer(a, "a");
  EXPECT_THAT(log_, ElementsAre("send a", "answer a"));
  order_.end_subscribe(asked);
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, ASubscribeIsSentWhenThePublishesBeforeItHaveBeenAnswered) {
  const auto a = publish("a");
  const auto b = publish("b");
  subscribe("s");
  publish("c");
  answer(b, "b");
  EXPECT_THAT(log_, ElementsAre("send a", "send b"));
  answer(a, "a");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "subscribe s", "answer a", "answer b"));
}

TEST_F(RequestOrderTest, ASubscribeWaitsForNoOther) {
  subscribe("first");
  subscribe("second");
  EXPECT_THAT(log_, ElementsAre("subscribe first", "subscribe second"));
}

TEST_F(RequestOrderTest, ASubscribeWaitsForThePublishThatWaitsForAnother) {
  const auto first = subscribe("first");
  const auto a = publish("a");
  const auto second = subscribe("second");
  const auto b = publish("b");
  order_.end_subscribe(first);
  EXPECT_THAT(log_, ElementsAre("subscribe first", "send a"));
  answer(a, "a");
  order_.end_subscribe(second);
  answer(b, "b");
  EXPECT_THAT(log_, ElementsAre("subscribe first", "send a", "subscribe second", "answer a", "send b", "answer b"));
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, ASubscribeDoesNotWaitForWhatIsExcused) {
  const auto a = publish("a");
  subscribe("s");
  order_.excuse(a);
  EXPECT_THAT(log_, ElementsAre("send a", "subscribe s"));
}

TEST_F(RequestOrderTest, ASubscribeDoesNotWaitForQos0) {
  order_.begin_publish(mqtt::QoS::at_most_once, [](RequestOrder::Ticket) {});
  subscribe("s");
  EXPECT_THAT(log_, ElementsAre("subscribe s"));
}

TEST_F(RequestOrderTest, ASubscribeThatEndsBeforeItsTurnIsNotSent) {
  const auto a = publish("a");
  order_.end_subscribe(subscribe("s"));
  const auto b = publish("b");
  answer(a, "a");
  answer(b, "b");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "answer a", "answer b"));
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, WhenTheClientIsGoneNoneOfItsSubscribesIsSent) {
  const auto a = publish("a");
  subscribe("s");
  order_.end_all_subscribes();
  answer(a, "a");
  EXPECT_THAT(log_, ElementsAre("send a", "answer a"));
}

TEST_F(RequestOrderTest, ASubscribeMayEndFromWithinItsSending) {
  const auto a = publish("a");
  order_.begin_subscribe([this](RequestOrder::Ticket ticket) { order_.end_subscribe(ticket); });
  publish("b");
  order_.excuse(a);
  EXPECT_THAT(log_, ElementsAre("send a", "send b"));
}

TEST_F(RequestOrderTest, AnswersComeInOrder) {
  const auto a = publish("a");
  const auto b = publish("b");
  const auto c = publish("c");
  answer(c, "c");
  answer(b, "b");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "send c"));
  answer(a, "a");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "send c", "answer a", "answer b", "answer c"));
}

TEST_F(RequestOrderTest, AReplyIsAnsweredInItsTurn) {
  const auto asked = subscribe();
  const auto a = publish("a");
  const auto reply = order_.begin_reply();
  publish("b");
  answer(reply, "reply");
  EXPECT_THAT(log_, IsEmpty());
  order_.end_subscribe(asked);
  EXPECT_THAT(log_, ElementsAre("send a", "send b"));
  answer(a, "a");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "answer a", "answer reply"));
}

TEST_F(RequestOrderTest, APublishDoesNotWaitForAReply) {
  const auto reply = order_.begin_reply();
  publish("a");
  EXPECT_THAT(log_, ElementsAre("send a"));
  answer(reply, "reply");
  EXPECT_THAT(log_, ElementsAre("send a", "answer reply"));
}

TEST_F(RequestOrderTest, PublishesBehindASubscribeKeepTheirOrder) {
  const auto asked = subscribe();
  publish("a");
  publish("b");
  order_.end_subscribe(asked);
  publish("c");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "send c"));
}

TEST_F(RequestOrderTest, ASubscribeInTheMiddleHoldsOnlyWhatComesAfterIt) {
  const auto first = subscribe();
  publish("a");
  const auto second = subscribe();
  publish("b");
  order_.end_subscribe(first);
  EXPECT_THAT(log_, ElementsAre("send a"));
  order_.end_subscribe(second);
  EXPECT_THAT(log_, ElementsAre("send a", "send b"));
}

TEST_F(RequestOrderTest, AnAnswerMayComeFromWithinSending) {
  const auto asked = subscribe();
  const auto fail = [this](const std::string& name) {
    order_.begin_publish(mqtt::QoS::at_least_once, [this, name](RequestOrder::Ticket ticket) {
      log_.push_back("send " + name);
      answer(ticket, name);
    });
  };
  fail("a");
  fail("b");
  order_.end_subscribe(asked);
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "answer a", "answer b"));
  fail("c");
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, NewRequestsMayComeFromWithinAnAnswer) {
  const auto a = publish("a");
  order_.answer(a, [this] { publish("b"); });
  EXPECT_THAT(log_, ElementsAre("send a", "send b"));
}

TEST_F(RequestOrderTest, ABarrierHoldsPublishesBack) {
  const auto barrier = order_.begin_barrier();
  EXPECT_TRUE(order_.holds_back());
  const auto a = publish("a");
  EXPECT_THAT(log_, IsEmpty());
  order_.end_barrier(barrier);
  EXPECT_THAT(log_, ElementsAre("send a"));
  answer(a, "a");
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, ABarrierStaysWhenTheClientIsGone) {
  const auto barrier = order_.begin_barrier();
  subscribe();
  publish("a");
  answer(order_.begin_reply(), "will");
  order_.end_all_subscribes();
  EXPECT_THAT(log_, IsEmpty());
  order_.end_barrier(barrier);
  EXPECT_THAT(log_, ElementsAre("send a"));
}

TEST_F(RequestOrderTest, WhenTheClientIsGoneItsPublishesAreStillSent) {
  subscribe();
  publish("a");
  subscribe();
  publish("b");
  order_.end_all_subscribes();
  EXPECT_THAT(log_, ElementsAre("send a", "send b"));
}

TEST_F(RequestOrderTest, AnswersDoNotWaitForWhatIsExcused) {
  const auto a = publish("a");
  const auto b = publish("b");
  const auto c = publish("c");
  answer(c, "c");
  order_.excuse(a);
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "send c")) << "b is still waited for";
  answer(b, "b");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "send c", "answer b", "answer c"));
  answer(publish("d"), "d");
  EXPECT_EQ(log_.back(), "answer d");
  answer(a, "a");
  EXPECT_EQ(log_.back(), "answer a");
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, WhatComesAfterAllWaitsForTheExcusedToo) {
  const auto a = publish("a");
  order_.excuse(a);
  order_.after_all([this] { log_.emplace_back("will"); });
  answer(publish("b"), "b");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "answer b"));
  answer(a, "a");
  EXPECT_THAT(log_, ElementsAre("send a", "send b", "answer b", "answer a", "will"));
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, WhatWaitsForASubscribeMayBeExcusedAndIsSentAllTheSame) {
  const auto asked = subscribe();
  const auto a = publish("a");
  order_.excuse(a);
  order_.excuse(a);
  order_.end_subscribe(asked);
  answer(a, "a");
  order_.excuse(a);
  EXPECT_THAT(log_, ElementsAre("send a", "answer a"));
  EXPECT_TRUE(order_.empty());
}

TEST_F(RequestOrderTest, WhenAbandonedItDropsWhatWaitsAndBearsWhatStillComes) {
  const auto kept = std::make_shared<int>();
  const auto asked = subscribe();
  order_.begin_publish(mqtt::QoS::at_least_once, [kept](RequestOrder::Ticket) {});
  const auto a = order_.begin_reply();
  order_.answer(a, [kept] {});
  EXPECT_EQ(kept.use_count(), 3);
  order_.abandon();
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_TRUE(order_.empty());
  order_.end_subscribe(asked);
  order_.excuse(a);
  answer(a, "a");
  EXPECT_THAT(log_, IsEmpty());
}

}  // namespace
}  // namespace lobbyd::hub
