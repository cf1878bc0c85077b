// When a read ends, and what it proves.

#include "tests/unit/hub/retained_reader_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using api::Completeness;
using testing::ElementsAre;

TEST_F(RetainedReaderTest, ASetIsExactWhenTheMarkComesBehindIt) {
  link_up();
  request({"a/#"});
  EXPECT_THAT(subscribed_, ElementsAre(ElementsAre("a/#", "mark")));
  acknowledge();
  bring("a/1");
  bring("a/2");
  bring_mark();
  echo();
  EXPECT_FALSE(answered_[0]) << "live messages routed before the read may still be on their way";
  barrier();
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
  EXPECT_THAT(answers_[0].topics, ElementsAre("a/1", "a/2"));
  EXPECT_THAT(unsubscribed_.back(), ElementsAre("a/#", "mark"));
  EXPECT_FALSE(reader_.next_timeout());
}

TEST_F(RetainedReaderTest, TheEchoIsPublishedAgainForAConnectionThatMayHaveMissedIt) {
  reader_.on_barrier_missed();
  link_up();
  EXPECT_EQ(echoes_, 1);
  request({"a"});
  EXPECT_EQ(echoes_, 2);
  reader_.on_barrier_missed();
  EXPECT_EQ(echoes_, 3);
  barrier();
  reader_.on_barrier_missed();
  EXPECT_EQ(echoes_, 3);
}

TEST_F(RetainedReaderTest, CopiesMayComeBeforeTheAcknowledgement) {
  link_up();
  request({"a"});
  bring("a");
  bring_mark();
  acknowledge();
  echo();
  barrier();
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
}

TEST_F(RetainedReaderTest, AFilterThatMatchesTheMarkBringsItTwice) {
  link_up();
  request({"#"});
  acknowledge();
  bring_mark();
  bring("a");
  bring_mark();
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
  bring_mark();
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
  bring_mark();
  echo();
  pass(999ms);
  EXPECT_FALSE(answered_[0]);
  pass(1ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
}

TEST_F(RetainedReaderTest, WithoutAMarkASetIsSettledWhenNothingMoreComes) {
  reader_.on_link_up({}, now_);
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

TEST_F(RetainedReaderTest, ABrokerThatFindsNoMarkByAWildcardIsNotTrustedWithWildcards) {
  reader_.on_link_up({}, now_);
  EXPECT_THAT(subscribed_, ElementsAre(ElementsAre("+")));
  acknowledge();
  echo();
  barrier();
  pass(300ms);
  for (const auto* filter : {"a/#", "+/b", "a/b"}) {
    request({filter});
    finish_in_order();
  }
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
  EXPECT_EQ(answers_[1].complete, Completeness::settled);
  EXPECT_EQ(answers_[2].complete, Completeness::exact);
}

TEST_F(RetainedReaderTest, ABrokerThatSendsTheMarkBehindTheEchoIsNotTrustedWithOrder) {
  reader_.on_link_up({}, now_);
  acknowledge();
  echo();
  bring_mark();
  pass(300ms);
  request({"a/#"});
  acknowledge();
  bring_mark();
  echo();
  barrier();
  bring("a/1");
  EXPECT_FALSE(answered_[0]);
  pass(300ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
  EXPECT_THAT(answers_[0].topics, ElementsAre("a/1"));
}

TEST_F(RetainedReaderTest, ABrokerThatDoesNotAnswerEndsTheReadInTime) {
  link_up();
  request({"a/#"});
  pass(3000ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::truncated);
}

TEST_F(RetainedReaderTest, AnAnswerToAnEarlierSubscribeIsNotTakenForThisOne) {
  link_up();
  request({"a"});
  const std::string old = nonce_;
  pass(3000ms);
  ASSERT_TRUE(answered_[0]);
  request({"b/#"});
  acknowledge();
  bring_mark(old);
  reader_.on_echo(old, now_);
  reader_.on_barrier(old, now_);
  pass(2000ms);
  EXPECT_FALSE(answered_[1]);
  bring("b/1");
  bring_mark();
  echo();
  barrier();
  ASSERT_TRUE(answered_[1]);
  EXPECT_EQ(answers_[1].complete, Completeness::exact) << "a late mark does not make the broker one without order";
  EXPECT_THAT(answers_[1].topics, ElementsAre("b/1"));
}

// A broker whose store is slower than its answers to SUBSCRIBE.
TEST_F(RetainedReaderTest, AMarkThatTheBrokerHasNotStoredYetProvesNothing) {
  link_up();
  const std::string old = nonce_;
  request({"a/#"});
  acknowledge();
  bring("a/1");
  bring_mark(old);
  echo();
  barrier();
  EXPECT_FALSE(answered_[0]);
  pass(300ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
}

TEST_F(RetainedReaderTest, WithoutTheEchoASetIsSettledAtMost) {
  link_up();
  request({"a"});
  acknowledge();
  bring_mark();
  barrier();
  pass(1000ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
}

TEST_F(RetainedReaderTest, AReadThatMakesProgressGoesOnWithinItsTime) {
  link_up();
  request({"a/#"});
  acknowledge();
  for (int second = 0; second < 24; ++second) {
    bring("a/" + std::to_string(second));
    pass(1000ms);
    EXPECT_FALSE(answered_[0]);
  }
  bring_mark();
  echo();
  barrier();
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
  EXPECT_EQ(answers_[0].topics.size(), 24U);
}

TEST_F(RetainedReaderTest, AReadThatGoesOnForEverEndsTruncated) {
  link_up();
  request({"a/#"});
  acknowledge();
  for (int second = 0; second < 25; ++second) {
    bring("a/" + std::to_string(second));
    pass(1000ms);
  }
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::truncated);
}

TEST_F(RetainedReaderTest, AnAsynchronousBrokersReadIsNeverTakenForCut) {
  reader_.on_link_up({}, now_);
  acknowledge();
  echo();
  bring_mark();
  pass(300ms);
  request({"a/#"});
  acknowledge();
  echo();
  bring("a/1");
  pass(2999ms);
  EXPECT_FALSE(answered_[0]) << "no mark yet: more may come";
  pass(1ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
}

TEST_F(RetainedReaderTest, TellsWhenItsTimeoutHasChanged) {
  link_up();
  request({"a"});
  EXPECT_EQ(timeout_, now_ + 3'000ms);
  now_ += 100ms;
  acknowledge();
  EXPECT_EQ(timeout_, now_ + 3'000ms);
  now_ += 100ms;
  echo();
  EXPECT_EQ(timeout_, reader_.next_timeout());
  bring_mark();
  EXPECT_EQ(timeout_, reader_.next_timeout());
}

TEST_F(RetainedReaderTest, ARefusedMarkIsNotWaitedFor) {
  link_up();
  request({"a"});
  acknowledge({mqtt::ReasonCode::success, mqtt::ReasonCode::not_authorized});
  bring("a");
  echo();
  pass(300ms);
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::settled);
}

}  // namespace
}  // namespace lobbyd::hub
