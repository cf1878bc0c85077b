// Whom a read serves, and how it is divided.

#include "tests/unit/hub/retained_reader_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using api::Completeness;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

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
  bring_mark();
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
  bring_mark();
  echo();
  barrier();
  EXPECT_THAT(answers_[1].topics, UnorderedElementsAre("a/1", "a/2", "b/1"));
  EXPECT_THAT(answers_[2].topics, UnorderedElementsAre("a/1", "a/2", "a/2/3"));
}

TEST_F(RetainedReaderTest, ACutSetIsReadAgainInPartsAndSaysThatItIsTruncated) {
  link_up();
  request({"a/#"});
  acknowledge();
  bring("a/x/1");
  bring("a/y/1");
  echo();
  pass(299ms);
  ASSERT_EQ(subscribed_.size(), 1U);
  pass(1ms);
  ASSERT_EQ(subscribed_.size(), 2U);
  EXPECT_THAT(subscribed_[1], UnorderedElementsAre("a/x/#", "a/y/#", "a", "mark"));
  acknowledge();
  bring("a/x/1");
  bring("a/x/2");
  bring("a/y/1");
  bring_mark();
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
  bring_mark();
  echo();
  barrier();
  EXPECT_EQ(answers_[0].complete, Completeness::truncated);
  EXPECT_EQ(answers_[0].topics.size(), 100U);
}

TEST_F(RetainedReaderTest, ALostLinkBeginsTheReadAnewInOrder) {
  link_up();
  request({"a"});
  request({"b"});
  reader_.on_link_down();
  request({"c"});
  EXPECT_FALSE(reader_.next_timeout());
  reader_.on_link_up({}, now_);
  finish_in_order();
  EXPECT_THAT(subscribed_.back(), ElementsAre("a", "b", "c", "mark"));
  finish_in_order();
  EXPECT_THAT(answered_, ElementsAre(true, true, true));
}

TEST_F(RetainedReaderTest, ACutReadOfManyFiltersIsReadAgainInHalves) {
  link_up();
  request({"a", "b", "c/#"});
  acknowledge();
  bring("a");
  echo();
  pass(300ms);
  EXPECT_THAT(subscribed_.back(), ElementsAre("a", "b", "mark"));
  acknowledge();
  bring("a");
  bring("b");
  bring_mark();
  echo();
  barrier();
  EXPECT_THAT(subscribed_.back(), ElementsAre("c/#", "mark"));
  acknowledge();
  bring("c/1");
  bring_mark();
  echo();
  barrier();
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
  EXPECT_THAT(answers_[0].topics, ElementsAre("a", "b", "c/1"));
}

TEST_F(RetainedReaderTest, OnlyTheFilterWhoseOwnSetWasCutIsTruncated) {
  link_up();
  request({"first"});
  request({"a"});
  request({"b/#"});
  finish_in_order();
  acknowledge();
  echo();
  pass(300ms);
  EXPECT_THAT(subscribed_.back(), ElementsAre("a", "mark"));
  acknowledge();
  bring("a");
  bring_mark();
  echo();
  barrier();
  acknowledge();
  bring("b/1");
  echo();
  pass(300ms);
  EXPECT_THAT(subscribed_.back(), ElementsAre("b/1/#", "b", "mark"));
  finish_in_order();
  ASSERT_TRUE(answered_[1] && answered_[2]);
  EXPECT_EQ(answers_[1].complete, Completeness::exact);
  EXPECT_EQ(answers_[2].complete, Completeness::truncated);
}

TEST_F(RetainedReaderTest, AHerdOfDifferentFiltersIsOneRead) {
  link_up();
  request({"first"});
  for (int client = 0; client < 4'096; ++client) {
    request({"p/" + std::to_string(client) + "/#"});
  }
  finish_in_order();
  ASSERT_EQ(subscribed_.size(), 2U);
  EXPECT_EQ(subscribed_[1].size(), 4'097U);
  finish_in_order();
  EXPECT_THAT(answered_, testing::Each(true));
}

TEST_F(RetainedReaderTest, ASubscribeIsNotLargerThanTheBrokerAllows) {
  reader_.on_link_up({.bytes = 200}, now_);
  finish_in_order();
  subscribed_.clear();
  request({std::string(80, 'a'), std::string(80, 'b'), std::string(80, 'c'), std::string(300, 'd')});
  for (std::size_t packet = 0; packet < 3; ++packet) {
    ASSERT_EQ(subscribed_.size(), packet + 1);
    finish_in_order();
  }
  EXPECT_THAT(subscribed_, ElementsAre(testing::SizeIs(3), testing::SizeIs(2), testing::SizeIs(2)));
  ASSERT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, Completeness::exact);
}

TEST_F(RetainedReaderTest, WhatIsCancelledIsNotRead) {
  link_up();
  request({"a"});
  const auto second = request({"b"});
  request({"c"});
  reader_.cancel(second, now_);
  finish_in_order();
  EXPECT_THAT(subscribed_.back(), ElementsAre("c", "mark"));
  finish_in_order();
  EXPECT_THAT(answered_, ElementsAre(true, false, true));
}

TEST_F(RetainedReaderTest, AReadThatNobodyWaitsForAnyMoreEnds) {
  link_up();
  const auto first = request({"a"});
  const auto second = request({"b"});
  reader_.cancel(first, now_);
  EXPECT_THAT(subscribed_.back(), ElementsAre("b", "mark"));
  finish_in_order();
  EXPECT_THAT(answered_, ElementsAre(false, true));
  reader_.cancel(second, now_);
  request({"c"});
  reader_.forget(this, now_);
  EXPECT_FALSE(reader_.next_timeout());
}

TEST_F(RetainedReaderTest, TheFirstReadOnALinkIsNobodysAndStays) {
  reader_.on_link_up({}, now_);
  const auto ticket = request({"a"});
  reader_.cancel(ticket, now_);
  EXPECT_TRUE(reader_.next_timeout());
  finish_in_order();
  EXPECT_FALSE(reader_.next_timeout());
}

TEST_F(RetainedReaderTest, TellsWhenTooMuchWaits) {
  RetainedReader reader(*this, "mark", {.messages = 100, .bytes = 100'000, .waiting_bytes = 10'000});
  const auto ticket = reader.request(this, {std::string(5'000, 'x')}, now_, [](const auto&) {});
  EXPECT_FALSE(reader.full());
  reader.request(&reader, {std::string(5'000, 'y')}, now_, [](const auto&) {});
  EXPECT_TRUE(reader.full());
  reader.cancel(ticket, now_);
  EXPECT_FALSE(reader.full());
  reader.forget(&reader, now_);
  reader.request(this, {std::string(5'000, 'x')}, now_, [](const auto&) {});
  EXPECT_FALSE(reader.full());
}

TEST_F(RetainedReaderTest, ARefusedFilterIsToldToThoseWhoAskedForIt) {
  link_up();
  std::optional<mqtt::ReasonCode> first;
  std::optional<mqtt::ReasonCode> second;
  request({"x"});
  reader_.request(this, {"a"}, now_, [&](const auto& set) { first = set.refused; });
  reader_.request(this, {"b"}, now_, [&](const auto& set) { second = set.refused; });
  finish_in_order();
  acknowledge({mqtt::ReasonCode::not_authorized, mqtt::ReasonCode::success, mqtt::ReasonCode::success});
  bring_mark();
  echo();
  barrier();
  EXPECT_EQ(first, mqtt::ReasonCode::not_authorized);
  EXPECT_EQ(second, std::nullopt);
}

// The broker's limits ------------------------------------------------------------------------------------------------

class RetainedReaderLimitsTest : public RetainedReaderTest {
 protected:
  // A read of these is under way, at a broker that takes so many filters in one SUBSCRIBE.
  void begin(std::size_t most, const std::vector<std::string>& filters) {
    link_up();
    reader_.on_link_down();
    reader_.on_link_up({.filters = most}, now_);
    finish_in_order();
    subscribed_.clear();
    unsubscribed_.clear();
    request(filters);
  }
};

TEST_F(RetainedReaderLimitsTest, ASubscribeNamesNoMoreFiltersThanTheBrokerTakes) {
  begin(3, {"a", "b", "c", "d", "e"});
  for (int packet = 0; packet < 3; ++packet) {
    finish_in_order();
  }
  EXPECT_THAT(subscribed_,
              ElementsAre(ElementsAre("a", "b", "mark"), ElementsAre("c", "d", "mark"), ElementsAre("e", "mark")));
  EXPECT_EQ(unsubscribed_, subscribed_) << "each is undone before the next";
  EXPECT_TRUE(answered_[0]);
  EXPECT_EQ(answers_[0].complete, api::Completeness::exact);
}

TEST_F(RetainedReaderLimitsTest, NorDoThePartsOfASetThatWasCut) {
  begin(3, {"a/#"});
  acknowledge();
  for (const char* topic : {"a/1", "a/2", "a/3", "a/4"}) {
    bring(topic);
  }
  echo();
  pass(300ms);
  ASSERT_EQ(subscribed_.size(), 2U);
  EXPECT_LE(subscribed_[1].size(), 3U);
}

TEST_F(RetainedReaderTest, SubscribesWaitForThePaceOfTheirMarksAndEchoes) {
  RetainedReader paced{*this, "mark", {.messages = 100, .bytes = 100'000, .publish_rate = 2}};
  const auto finish = [&] {
    paced.on_subscribed(nonce_, {}, now_);
    paced.on_retained(copy_of("mark", nonce_), now_);
    paced.on_echo(nonce_, now_);
    paced.on_barrier(nonce_, now_);
  };
  paced.on_link_up({}, now_);
  finish();
  bool answered = false;
  paced.request(this, {"a"}, now_, [&](const RetainedSet&) { answered = true; });
  EXPECT_EQ(subscribed_.size(), 1U) << "a mark and an echo were published just now";
  EXPECT_EQ(paced.next_timeout(), now_ + 1s);
  now_ += 999ms;
  paced.handle_timeout(now_);
  EXPECT_EQ(subscribed_.size(), 1U);
  now_ += 1ms;
  paced.handle_timeout(now_);
  EXPECT_THAT(subscribed_.back(), ElementsAre("a", "mark"));
  finish();
  EXPECT_TRUE(answered);
}

TEST_F(RetainedReaderTest, AReadThatWaitsForThePaceEndsWithItsAsker) {
  RetainedReader paced{*this, "mark", {.messages = 100, .bytes = 100'000, .publish_rate = 2}};
  paced.on_link_up({}, now_);
  paced.on_subscribed(nonce_, {}, now_);
  paced.on_retained(copy_of("mark", nonce_), now_);
  paced.on_echo(nonce_, now_);
  paced.on_barrier(nonce_, now_);
  paced.request(this, {"a"}, now_, [](const RetainedSet&) {});
  paced.forget(this, now_);
  EXPECT_EQ(paced.next_timeout(), std::nullopt);
}

TEST_F(RetainedReaderTest, WhereWildcardsFindNoRetainedMessagesTheirSetsAreTruncated) {
  RetainedReader plain{*this, "mark", {.messages = 100, .bytes = 100'000}};
  const auto finish = [&] {
    plain.on_subscribed(nonce_, {}, now_);
    plain.on_retained(copy_of("mark", nonce_), now_);
    plain.on_echo(nonce_, now_);
    plain.on_barrier(nonce_, now_);
  };
  plain.on_link_up({.wildcards = false}, now_);
  EXPECT_THAT(subscribed_.back(), ElementsAre("mark"));
  finish();
  std::optional<api::Completeness> wide;
  std::optional<api::Completeness> exact;
  plain.request(this, {"a/#"}, now_, [&](const RetainedSet& set) { wide = set.complete; });
  finish();
  plain.request(this, {"a/1"}, now_, [&](const RetainedSet& set) { exact = set.complete; });
  EXPECT_THAT(subscribed_.back(), ElementsAre("a/1", "mark"));
  finish();
  EXPECT_EQ(wide, api::Completeness::truncated);
  EXPECT_EQ(exact, api::Completeness::exact);
}

}  // namespace
}  // namespace lobbyd::hub
