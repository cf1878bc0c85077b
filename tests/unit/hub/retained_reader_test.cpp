#include "service/hub/retained_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using api::Completeness;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

MessagePtr copy_of(std::string_view topic, std::string_view payload = "x") {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.retain = true;
  return std::make_shared<const Message>(publish);
}

struct Answer {
  std::vector<std::string> topics;
  Completeness complete = Completeness::exact;
};

// Plays the broker: what is subscribed and published is seen here, and answered by the test.
class RetainedReaderTest : public testing::Test, protected RetainedReader::Port {
 protected:
  void subscribe(const std::vector<std::string>& filters, const std::string& nonce) override {
    subscribed_.push_back(filters);
    nonce_ = nonce;
  }
  void unsubscribe(const std::vector<std::string>& filters) override { unsubscribed_.push_back(filters); }
  void publish_echo(const std::string& nonce) override { EXPECT_EQ(nonce, nonce_); }

  void request(const std::vector<std::string>& filters) {
    const std::size_t index = answers_.size();
    answers_.emplace_back();
    answered_.push_back(false);
    reader_.request(filters, now_, [this, index](const RetainedReader::Set& set) {
      answered_[index] = true;
      answers_[index].complete = set.complete;
      for (const MessagePtr& message : set.messages) {
        answers_[index].topics.emplace_back(message->topic());
      }
    });
  }
  void acknowledge(std::vector<mqtt::ReasonCode> reasons = {}) { reader_.on_subscribed(nonce_, reasons, now_); }
  void bring(std::string_view topic) { reader_.on_retained(copy_of(topic), now_); }
  void echo() { reader_.on_echo(nonce_, now_); }
  void barrier() { reader_.on_barrier(nonce_, now_); }
  void finish_in_order() {
    acknowledge();
    bring("mark");
    echo();
    barrier();
  }
  // The link comes up at a broker that sends retained messages in order.
  void link_up() {
    reader_.on_link_up(now_);
    finish_in_order();
    subscribed_.clear();
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    reader_.handle_timeout(now_);
  }

  RetainedReader::TimePoint now_{};
  std::vector<std::vector<std::string>> subscribed_;
  std::vector<std::vector<std::string>> unsubscribed_;
  std::string nonce_;
  std::vector<Answer> answers_;
  std::vector<bool> answered_;
  RetainedReader reader_{*this, "mark", {.messages = 100, .bytes = 100'000}};
};

TEST_F(RetainedReaderTest, ASetIsExactWhenTheMarkComesBehindIt) {
  link_up();
  request({"a/#"});
  EXPECT_THAT(subscribed_, ElementsAre(ElementsAre("a/#", "mark")));
  acknowledge();
  bring("a/1");
  bring("a/2");
  bring("mark");
  echo();
  EXPECT_FALSE(answered_[0]) << "live messages routed before the read may still be on their way";
  barrier();
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
  EXPECT_THAT(answers_[0].topics, ElementsAre("a/1", "a/2"));
  EXPECT_THAT(unsubscribed_.back(), ElementsAre("a/#"));
  EXPECT_FALSE(reader_.next_timeout());
}

TEST_F(RetainedReaderTest, CopiesMayComeBeforeTheAcknowledgement) {
  link_up();
  request({"a"});
  bring("a");
  bring("mark");
  acknowledge();
  echo();
  barrier();
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
}

TEST_F(RetainedReaderTest, WhatIsAskedForDuringAReadWaitsForTheNextWhichServesAll) {
  link_up();
  request({"a"});
  for (int client = 0; client < 1000; ++client) {
    request({"b/#"});
  }
  EXPECT_EQ(subscribed_.size(), 1U);
  finish_in_order();
  EXPECT_THAT(subscribed_, ElementsAre(ElementsAre("a", "mark"), ElementsAre("b/#", "mark")));
  acknowledge();
  bring("b/1");
  bring("mark");
  echo();
  barrier();
  EXPECT_THAT(answered_, testing::Each(true));
  EXPECT_THAT(answers_.back().topics, ElementsAre("b/1"));
  EXPECT_EQ(subscribed_.size(), 2U);
}

TEST_F(RetainedReaderTest, EachRequestGetsWhatItsFiltersMatchOnce) {
  link_up();
  request({"first"});
  request({"a/+", "+/1"});
  request({"a/#"});
  finish_in_order();
  acknowledge();
  for (const char* topic : {"a/1", "a/1", "a/2", "b/1", "a/2/3"}) {
    bring(topic);
  }
  bring("mark");
  echo();
  barrier();
  EXPECT_THAT(answers_[1].topics, UnorderedElementsAre("a/1", "a/2", "b/1"));
  EXPECT_THAT(answers_[2].topics, UnorderedElementsAre("a/1", "a/2", "a/2/3"));
}

TEST_F(RetainedReaderTest, AFilterThatMatchesTheMarkBringsItTwice) {
  link_up();
  request({"#"});
  acknowledge();
  bring("mark");
  bring("a");
  bring("mark");
  echo();
  barrier();
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
  EXPECT_THAT(answers_[0].topics, ElementsAre("a"));
}

TEST_F(RetainedReaderTest, AFilterThatMatchesTheMarkMayBringItOnce) {
  link_up();
  request({"#"});
  acknowledge();
  bring("mark");
  bring("a");
  echo();
  barrier();
  pass(300ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
  request({"b"});
  finish_in_order();
  EXPECT_EQ(answers_[1].complete, Completeness::exact);
}

TEST_F(RetainedReaderTest, ABarrierThatDoesNotComeIsNotWaitedForLong) {
  link_up();
  request({"a"});
  acknowledge();
  bring("mark");
  echo();
  pass(999ms);
  EXPECT_FALSE(answered_[0]);
  pass(1ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
}

TEST_F(RetainedReaderTest, WithoutAMarkASetIsSettledWhenNothingMoreComes) {
  reader_.on_link_up(now_);
  acknowledge();
  pass(300ms);
  request({"a/#"});
  acknowledge();
  echo();
  bring("a/1");
  pass(299ms);
  EXPECT_FALSE(answered_[0]);
  bring("a/2");
  pass(299ms);
  EXPECT_FALSE(answered_[0]);
  pass(1ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
  EXPECT_THAT(answers_[0].topics, ElementsAre("a/1", "a/2"));
}

TEST_F(RetainedReaderTest, ABrokerThatSendsTheMarkBehindTheEchoIsNotTrustedWithOrder) {
  reader_.on_link_up(now_);
  acknowledge();
  echo();
  bring("mark");
  pass(300ms);
  request({"a/#"});
  acknowledge();
  bring("mark");
  echo();
  barrier();
  bring("a/1");
  EXPECT_FALSE(answered_[0]);
  pass(300ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
  EXPECT_THAT(answers_[0].topics, ElementsAre("a/1"));
}

TEST_F(RetainedReaderTest, ACutSetIsReadAgainInPartsAndSaysThatItIsTruncated) {
  link_up();
  request({"a/#"});
  acknowledge();
  bring("a/x/1");
  bring("a/y/1");
  echo();
  pass(3000ms);
  ASSERT_EQ(subscribed_.size(), 2U);
  EXPECT_THAT(subscribed_[1], UnorderedElementsAre("a/x/#", "a/y/#", "a", "mark"));
  acknowledge();
  bring("a/x/1");
  bring("a/x/2");
  bring("a/y/1");
  bring("mark");
  echo();
  barrier();
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::truncated);
  EXPECT_THAT(answers_[0].topics, UnorderedElementsAre("a/x/1", "a/x/2", "a/y/1"));
}

TEST_F(RetainedReaderTest, ASetLargerThanTheLimitIsTruncated) {
  link_up();
  request({"a/#"});
  acknowledge();
  for (int message = 0; message < 150; ++message) {
    bring("a/" + std::to_string(message));
  }
  bring("mark");
  echo();
  barrier();
  EXPECT_EQ(answers_[0].complete, Completeness::truncated);
  EXPECT_EQ(answers_[0].topics.size(), 100U);
}

TEST_F(RetainedReaderTest, ABrokerThatDoesNotAnswerEndsTheReadInTime) {
  link_up();
  request({"a/#"});
  pass(3000ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::truncated);
}

TEST_F(RetainedReaderTest, ALostLinkBeginsTheReadAnewInOrder) {
  link_up();
  request({"a"});
  request({"b"});
  reader_.on_link_down();
  request({"c"});
  EXPECT_FALSE(reader_.next_timeout());
  reader_.on_link_up(now_);
  finish_in_order();
  EXPECT_THAT(subscribed_.back(), ElementsAre("a", "b", "c", "mark"));
  finish_in_order();
  EXPECT_THAT(answered_, ElementsAre(true, true, true));
}

TEST_F(RetainedReaderTest, AnAnswerToAnEarlierSubscribeIsNotTakenForThisOne) {
  link_up();
  request({"a"});
  const std::string old = nonce_;
  pass(3000ms);
  request({"b"});
  reader_.on_subscribed(old, {}, now_);
  bring("mark");
  reader_.on_echo(old, now_);
  reader_.on_barrier(old, now_);
  EXPECT_FALSE(answered_[1]);
}

TEST_F(RetainedReaderTest, ARefusedFilterIsToldToThoseWhoAskedForIt) {
  link_up();
  std::optional<mqtt::ReasonCode> first;
  std::optional<mqtt::ReasonCode> second;
  reader_.request({"x"}, now_, [](const auto&) {});
  reader_.request({"a"}, now_, [&](const auto& set) { first = set.refused; });
  reader_.request({"b"}, now_, [&](const auto& set) { second = set.refused; });
  finish_in_order();
  acknowledge({mqtt::ReasonCode::not_authorized, mqtt::ReasonCode::success, mqtt::ReasonCode::success});
  bring("mark");
  echo();
  barrier();
  EXPECT_EQ(first, mqtt::ReasonCode::not_authorized);
  EXPECT_EQ(second, std::nullopt);
}

TEST(SplitFilter, ReplacesTheFirstWildcardByEachValueSeen) {
  EXPECT_THAT(split_filter("a/+/c", {"a/1/c", "a/2/c", "a/1/c", "b/3/c"}), ElementsAre("a/1/c", "a/2/c"));
  EXPECT_THAT(split_filter("a/#", {"a/1", "a/2/3", "a"}), ElementsAre("a/1/#", "a/2/#", "a"));
  EXPECT_THAT(split_filter("#", {"a", "b/c"}), ElementsAre("a/#", "b/#"));
  EXPECT_THAT(split_filter("+/#", {"a/b"}), ElementsAre("a/#"));
  EXPECT_THAT(split_filter("a/b", {"a/b"}), IsEmpty());
  EXPECT_THAT(split_filter("a/#", {}), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::hub
