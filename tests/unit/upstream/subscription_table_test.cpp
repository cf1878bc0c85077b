#include "service/upstream/subscription_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace lobbyd::upstream {
namespace {

using mqtt::QoS;
using mqtt::ReasonCode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::UnorderedElementsAre;
using Kind = SubscriptionTable::Request::Kind;
using Strings = std::vector<std::string>;

constexpr QoS q0 = QoS::at_most_once;
constexpr QoS q1 = QoS::at_least_once;
constexpr QoS q2 = QoS::exactly_once;

class SubscriptionTableTest : public ::testing::Test {
 protected:
  // The answer is noted as "NAME=REASON".
  void hold(const std::string& filter, QoS qos, std::uint32_t id, const std::string& name) {
    table_.hold(filter, qos, id, [this, name](ReasonCode reason) {
      answers_.push_back(name + "=" + std::to_string(static_cast<unsigned>(reason)));
    });
    give_answers();
  }
  void release(const std::string& filter) {
    table_.release(filter);
    give_answers();
  }

  void link_up(bool session_present = false, bool ids = true) {
    mqtt::ServerLimits limits;
    limits.version = ids ? mqtt::Version::v5 : mqtt::Version::v3_1_1;
    limits.session_present = session_present;
    limits.subscription_ids = ids;
    link_up(limits);
  }
  void link_up(const mqtt::ServerLimits& limits) {
    table_.link_up(limits);
    give_answers();
  }

  // The next requests as "TAG +FILTER:QOS#ID" or "TAG -FILTER".
  Strings requests() {
    Strings texts;
    while (const auto request = table_.next_request(next_tag_)) {
      std::string text = std::to_string(next_tag_++);
      for (const auto& item : request->items) {
        text += (request->kind == Kind::subscribe ? " +" : " -") + item.filter;
        if (request->kind == Kind::subscribe) {
          text += ":" + std::to_string(static_cast<unsigned>(item.qos));
        }
      }
      if (request->subscription_id) {
        text += "#" + std::to_string(*request->subscription_id);
      }
      texts.push_back(text);
    }
    give_answers();
    return texts;
  }

  void suback(mqtt::Tag tag, std::vector<ReasonCode> reasons) {
    EXPECT_TRUE(table_.subscribed(tag, reasons));
    give_answers();
  }
  void unsuback(mqtt::Tag tag) {
    EXPECT_TRUE(table_.unsubscribed(tag));
    give_answers();
  }
  void give_answers() {
    for (auto& answer : table_.take_answers()) {
      answer.handler(answer.reason);
    }
  }
  Strings take_answers() { return std::exchange(answers_, {}); }
  Strings unrestored() {
    Strings filters;
    for (const auto& [filter, reason] : table_.take_unrestored()) {
      filters.push_back(filter);
    }
    return filters;
  }

  // `a` at QoS 1, id 5, held.
  void hold_a() {
    link_up();
    hold("a", q1, 5, "first");
    EXPECT_THAT(requests(), ElementsAre("1 +a:1#5"));
    suback(1, {ReasonCode::granted_qos_1});
    EXPECT_THAT(take_answers(), ElementsAre("first=1"));
  }

  SubscriptionTable table_;
  mqtt::Tag next_tag_ = 1;
  Strings answers_;
};

// Holding and releasing ---------------------------------------------------------------------------------------

TEST_F(SubscriptionTableTest, HoldsAndReleases) {
  hold_a();
  EXPECT_TRUE(table_.wants("a"));
  EXPECT_THAT(requests(), IsEmpty());
  release("a");
  EXPECT_FALSE(table_.wants("a"));
  EXPECT_THAT(requests(), ElementsAre("2 -a"));
  unsuback(2);
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(SubscriptionTableTest, WaitsForTheLink) {
  hold("a", q1, 5, "first");
  EXPECT_THAT(requests(), IsEmpty());
  link_up();
  EXPECT_THAT(requests(), ElementsAre("1 +a:1#5"));
}

TEST_F(SubscriptionTableTest, HeldFiltersAreAnsweredFromMemory) {
  hold_a();
  hold("a", q0, 5, "second");
  hold("a", q1, 5, "third");
  EXPECT_THAT(take_answers(), ElementsAre("second=1", "third=1"));
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(SubscriptionTableTest, AHigherQosRaisesIt) {
  hold_a();
  hold("a", q2, 5, "second");
  EXPECT_THAT(take_answers(), IsEmpty());
  EXPECT_THAT(requests(), ElementsAre("2 +a:2#5"));
  suback(2, {ReasonCode::granted_qos_2});
  EXPECT_THAT(take_answers(), ElementsAre("second=2"));
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(SubscriptionTableTest, ALesserGrantIsNotAskedForAgain) {
  link_up();
  hold("a", q2, 5, "first");
  requests();
  suback(1, {ReasonCode::granted_qos_1});
  hold("a", q2, 5, "second");
  EXPECT_THAT(take_answers(), ElementsAre("first=1", "second=1"));
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(SubscriptionTableTest, JoiningWhileSubscribingWaitsForTheSameAnswer) {
  link_up();
  hold("a", q1, 5, "first");
  requests();
  hold("a", q0, 5, "second");
  EXPECT_THAT(take_answers(), IsEmpty());
  suback(1, {ReasonCode::granted_qos_1});
  EXPECT_THAT(take_answers(), ElementsAre("first=1", "second=1"));
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(SubscriptionTableTest, RaisingWhileSubscribingFollowsTheAnswer) {
  link_up();
  hold("a", q0, 5, "first");
  requests();
  hold("a", q2, 5, "second");
  EXPECT_THAT(requests(), IsEmpty());
  suback(1, {ReasonCode::success});
  EXPECT_THAT(take_answers(), ElementsAre("first=0"));
  EXPECT_THAT(requests(), ElementsAre("2 +a:2#5"));
  suback(2, {ReasonCode::granted_qos_2});
  EXPECT_THAT(take_answers(), ElementsAre("second=2"));
}

TEST_F(SubscriptionTableTest, ReleasingBeforeItIsSentSendsNothing) {
  link_up();
  hold("a", q0, 5, "first");
  release("a");
  EXPECT_THAT(requests(), IsEmpty());
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_THAT(take_answers(), IsEmpty());
}

TEST_F(SubscriptionTableTest, ReleasingWhileSubscribingFollowsTheAnswerAndCallsNobody) {
  link_up();
  hold("a", q0, 5, "first");
  requests();
  release("a");
  EXPECT_THAT(requests(), IsEmpty());
  suback(1, {ReasonCode::success});
  EXPECT_THAT(take_answers(), IsEmpty());
  EXPECT_THAT(requests(), ElementsAre("2 -a"));
  unsuback(2);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(SubscriptionTableTest, ReleasingAndHoldingWhileSubscribingKeepsIt) {
  link_up();
  hold("a", q1, 5, "first");
  requests();
  release("a");
  hold("a", q1, 5, "second");
  suback(1, {ReasonCode::granted_qos_1});
  EXPECT_THAT(take_answers(), ElementsAre("second=1"));
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(SubscriptionTableTest, ReleasingAndHoldingBeforeItIsSentKeepsIt) {
  hold_a();
  release("a");
  hold("a", q1, 5, "second");
  EXPECT_THAT(take_answers(), ElementsAre("second=1"));
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(SubscriptionTableTest, HoldingWhileUnsubscribingFollowsTheAnswer) {
  hold_a();
  release("a");
  requests();
  hold("a", q0, 6, "second");
  EXPECT_THAT(requests(), IsEmpty());
  unsuback(2);
  EXPECT_THAT(requests(), ElementsAre("3 +a:0#6"));
  suback(3, {ReasonCode::success});
  EXPECT_THAT(take_answers(), ElementsAre("second=0"));
}

TEST_F(SubscriptionTableTest, AnotherSubscriptionIdIsToldToTheBroker) {
  hold_a();
  hold("a", q0, 6, "second");
  EXPECT_THAT(requests(), ElementsAre("2 +a:1#6"));
  suback(2, {ReasonCode::granted_qos_1});
  EXPECT_THAT(take_answers(), ElementsAre("second=1"));
}

TEST_F(SubscriptionTableTest, UnknownFiltersAreReleasedWithoutEffect) {
  link_up();
  release("a");
  EXPECT_THAT(requests(), IsEmpty());
  EXPECT_FALSE(table_.wants("a"));
}

TEST_F(SubscriptionTableTest, AHandlerIsNotNecessary) {
  link_up();
  table_.hold("a", q0, 5, {});
  EXPECT_THAT(requests(), ElementsAre("1 +a:0#5"));
  suback(1, {ReasonCode::success});
  EXPECT_THAT(take_answers(), IsEmpty());
}

TEST_F(SubscriptionTableTest, ForeignTagsAreNotTaken) {
  link_up();
  EXPECT_FALSE(table_.subscribed(99, std::vector{ReasonCode::success}));
  EXPECT_FALSE(table_.unsubscribed(99));
}

// Refusals ----------------------------------------------------------------------------------------------------

TEST_F(SubscriptionTableTest, ARefusalDropsTheFilterAndTellsAll) {
  link_up();
  hold("a", q0, 5, "first");
  requests();
  hold("a", q2, 5, "second");
  suback(1, {ReasonCode::not_authorized});
  EXPECT_THAT(take_answers(), ElementsAre("first=135", "second=135"));
  EXPECT_FALSE(table_.wants("a"));
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(SubscriptionTableTest, ARefusedRaiseEndsWhatStood) {
  hold_a();
  hold("a", q2, 5, "second");
  requests();
  suback(2, {ReasonCode::not_authorized});
  EXPECT_THAT(take_answers(), ElementsAre("second=135"));
  EXPECT_FALSE(table_.wants("a"));
  EXPECT_THAT(requests(), ElementsAre("3 -a"));
  unsuback(3);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(SubscriptionTableTest, ARefusalAfterTheReleaseTellsNobody) {
  link_up();
  hold("a", q0, 5, "first");
  requests();
  release("a");
  suback(1, {ReasonCode::not_authorized});
  EXPECT_THAT(take_answers(), IsEmpty());
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_THAT(unrestored(), IsEmpty());
}

TEST_F(SubscriptionTableTest, ARefusedRestorationIsReportedAndTriedAgainWithTheNextLink) {
  hold_a();
  table_.link_down();
  link_up();
  EXPECT_THAT(requests(), ElementsAre("2 +a:1#5"));
  suback(2, {ReasonCode::not_authorized});
  EXPECT_THAT(unrestored(), ElementsAre("a"));
  EXPECT_TRUE(table_.wants("a"));
  EXPECT_THAT(requests(), IsEmpty());
  table_.link_down();
  link_up();
  EXPECT_THAT(requests(), ElementsAre("3 +a:1#5"));
  suback(3, {ReasonCode::granted_qos_1});
  EXPECT_THAT(unrestored(), IsEmpty());
}

TEST_F(SubscriptionTableTest, ARefusedRestorationIsTriedAgainWhenHeldAgain) {
  hold_a();
  table_.link_down();
  link_up();
  requests();
  suback(2, {ReasonCode::not_authorized});
  hold("a", q0, 5, "second");
  EXPECT_THAT(requests(), ElementsAre("3 +a:1#5"));
  suback(3, {ReasonCode::granted_qos_1});
  EXPECT_THAT(take_answers(), ElementsAre("second=1"));
}

TEST_F(SubscriptionTableTest, WhatTheBrokerDoesNotSupportIsNotSent) {
  mqtt::ServerLimits limits;
  limits.wildcard = false;
  limits.shared = false;
  link_up(limits);
  hold("a/+", q0, 1, "wildcard");
  hold("$share/g/a", q0, 2, "shared");
  hold("a/b+", q0, 3, "malformed");
  hold("a", q0, 4, "plain");
  EXPECT_THAT(requests(), ElementsAre("1 +a:0#4"));
  EXPECT_THAT(take_answers(), ElementsAre("wildcard=162", "shared=158", "malformed=143"));
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(SubscriptionTableTest, WhatCouldNotBeSentIsRefused) {
  hold_a();
  hold("b", q0, 6, "second");
  requests();
  table_.could_not_send(2, ReasonCode::packet_too_large);
  give_answers();
  EXPECT_THAT(take_answers(), ElementsAre("second=149"));
  release("a");
  requests();
  table_.could_not_send(3, ReasonCode::packet_too_large);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(SubscriptionTableTest, AMissingReasonIsARefusal) {
  link_up(false, false);
  hold("a", q0, 1, "first");
  hold("b", q0, 2, "second");
  requests();
  suback(1, {ReasonCode::success});
  EXPECT_THAT(take_answers(), ElementsAre("first=0", "second=128"));
}

// Links -------------------------------------------------------------------------------------------------------

TEST_F(SubscriptionTableTest, ANewSessionGetsAllFilters) {
  hold_a();
  table_.link_down();
  EXPECT_THAT(requests(), IsEmpty());
  link_up(false);
  EXPECT_THAT(requests(), ElementsAre("2 +a:1#5"));
}

// A broker that was killed may have saved the session before it had the filter.
TEST_F(SubscriptionTableTest, AKeptSessionGetsAllFiltersAgain) {
  hold_a();
  hold("b", q0, 6, "b");
  requests();
  suback(2, {ReasonCode::success});
  table_.link_down();
  release("b");
  hold("c", q0, 7, "c");
  hold("a", q1, 5, "again");
  take_answers();
  link_up(true);
  EXPECT_THAT(take_answers(), IsEmpty()) << "it is not known whether the broker has it still";
  std::map<std::string, mqtt::Tag> tags;
  for (const std::string& sent : requests()) {
    tags[sent.substr(2)] = std::stoul(sent);
  }
  EXPECT_THAT(tags, UnorderedElementsAre(Key("+a:1#5"), Key("-b"), Key("+c:0#7")));
  suback(tags["+a:1#5"], {ReasonCode::granted_qos_1});
  EXPECT_THAT(take_answers(), ElementsAre("again=1"));
}

TEST_F(SubscriptionTableTest, HandlersWaitOverReconnects) {
  link_up();
  hold("a", q0, 5, "first");
  requests();
  table_.link_down();
  EXPECT_THAT(take_answers(), IsEmpty());
  EXPECT_FALSE(table_.subscribed(1, std::vector{ReasonCode::success})) << "an answer of the link before";
  link_up(true);
  EXPECT_THAT(requests(), ElementsAre("2 +a:0#5")) << "it is not known whether the broker has taken it";
  suback(2, {ReasonCode::success});
  EXPECT_THAT(take_answers(), ElementsAre("first=0"));
}

TEST_F(SubscriptionTableTest, AnUnansweredEndIsRepeated) {
  hold_a();
  release("a");
  requests();
  table_.link_down();
  link_up(true);
  EXPECT_THAT(requests(), ElementsAre("3 -a"));
}

TEST_F(SubscriptionTableTest, AnUnansweredEndIsNotRepeatedInANewSession) {
  hold_a();
  release("a");
  requests();
  table_.link_down();
  link_up(false);
  EXPECT_THAT(requests(), IsEmpty());
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(SubscriptionTableTest, ReleasedWhileDownAndUnsureIsEndedInAKeptSession) {
  link_up();
  hold("a", q0, 5, "first");
  requests();
  table_.link_down();
  release("a");
  link_up(true);
  EXPECT_THAT(requests(), ElementsAre("2 -a"));
  EXPECT_THAT(take_answers(), IsEmpty());
}

TEST_F(SubscriptionTableTest, ReleasedBeforeTheLinkIsForgotten) {
  hold("a", q0, 5, "first");
  release("a");
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(SubscriptionTableTest, ChangesWaitingWhenTheLinkIsLostAreNotLost) {
  link_up();
  hold("a", q0, 5, "first");
  hold("b", q0, 6, "second");
  release("b");
  table_.link_down();
  EXPECT_EQ(table_.size(), 1U);
  link_up(false);
  EXPECT_THAT(requests(), ElementsAre("1 +a:0#5"));
}

TEST_F(SubscriptionTableTest, IdsThatTheLinkBeforeCouldNotCarryFollow) {
  link_up(false, false);
  hold("a", q0, 5, "first");
  EXPECT_THAT(requests(), ElementsAre("1 +a:0"));
  suback(1, {ReasonCode::success});
  table_.link_down();
  link_up(true, true);
  EXPECT_THAT(requests(), ElementsAre("2 +a:0#5"));
}

TEST_F(SubscriptionTableTest, IsRestoredWhenAllThatWasWantedIsAnswered) {
  EXPECT_TRUE(table_.restored());
  hold("a", q0, 1, "a");
  hold("b", q0, 2, "b");
  hold("c", q0, 3, "c");
  link_up();
  EXPECT_FALSE(table_.restored());
  hold("later", q0, 4, "later");
  std::map<std::string, mqtt::Tag> tags;
  while (const auto request = table_.next_request(next_tag_)) {
    tags[request->items.front().filter] = next_tag_++;
  }
  suback(tags["a"], {ReasonCode::success});
  suback(tags["b"], {ReasonCode::not_authorized});
  EXPECT_FALSE(table_.restored());
  release("c");
  EXPECT_TRUE(table_.restored()) << "neither what was released nor what came later counts";
  suback(tags["c"], {ReasonCode::success});
  EXPECT_TRUE(table_.restored());
}

TEST_F(SubscriptionTableTest, ALostLinkIsNotBeingRestored) {
  hold("a", q0, 1, "a");
  link_up();
  table_.link_down();
  EXPECT_TRUE(table_.restored());
  link_up(true);
  EXPECT_FALSE(table_.restored());
  requests();
  suback(1, {ReasonCode::success});
  EXPECT_TRUE(table_.restored());
  table_.link_down();
  link_up(true);
  EXPECT_FALSE(table_.restored()) << "the broker may have lost it";
  requests();
  suback(2, {ReasonCode::success});
  EXPECT_TRUE(table_.restored());
}

// Batches -----------------------------------------------------------------------------------------------------

TEST_F(SubscriptionTableTest, WithIdsEachFilterHasItsOwnPacket) {
  link_up();
  hold("a", q0, 1, "a");
  hold("b", q1, 2, "b");
  hold("c", q2, 0, "c");
  EXPECT_THAT(requests(), ElementsAre("1 +a:0#1", "2 +b:1#2", "3 +c:2"));
}

TEST_F(SubscriptionTableTest, WithoutIdsFiltersShareAPacket) {
  link_up(false, false);
  hold("a", q0, 1, "a");
  hold("b", q1, 2, "b");
  EXPECT_THAT(requests(), ElementsAre("1 +a:0 +b:1"));
  suback(1, {ReasonCode::success, ReasonCode::unspecified_error});
  EXPECT_THAT(take_answers(), ElementsAre("a=0", "b=128"));
}

TEST_F(SubscriptionTableTest, EndsShareAPacketEvenWithIds) {
  link_up();
  hold("a", q0, 1, "a");
  hold("b", q1, 2, "b");
  requests();
  suback(1, {ReasonCode::success});
  suback(2, {ReasonCode::success});
  release("a");
  release("b");
  EXPECT_THAT(requests(), ElementsAre("3 -a -b"));
}

TEST_F(SubscriptionTableTest, TheOrderOfSubscribesAndEndsIsKept) {
  link_up(false, false);
  hold("a", q0, 1, "a");
  requests();
  suback(1, {ReasonCode::success});
  hold("b", q0, 2, "b");
  release("a");
  hold("c", q0, 3, "c");
  EXPECT_THAT(requests(), ElementsAre("2 +b:0", "3 -a", "4 +c:0"));
}

TEST_F(SubscriptionTableTest, APacketHasAHundredFilters) {
  link_up(false, false);
  for (int number = 0; number < 250; ++number) {
    hold("f" + std::to_string(number), q0, 0, "");
  }
  std::vector<std::size_t> sizes;
  while (const auto request = table_.next_request(next_tag_++)) {
    sizes.push_back(request->items.size());
  }
  EXPECT_THAT(sizes, ElementsAre(100, 100, 50));
}

TEST_F(SubscriptionTableTest, APacketKeepsToTheBrokersMaximum) {
  mqtt::ServerLimits limits;
  limits.subscription_ids = false;
  limits.maximum_packet_size = 150;
  link_up(limits);
  for (const char name : {'a', 'b', 'c'}) {
    hold(std::string(60, name), q0, 0, "");
  }
  hold(std::string(400, 'd'), q0, 0, "");
  std::vector<std::size_t> sizes;
  while (const auto request = table_.next_request(next_tag_++)) {
    sizes.push_back(request->items.size());
  }
  EXPECT_THAT(sizes, ElementsAre(2, 1, 1)) << "what is too large alone is the client's to refuse";
}

TEST_F(SubscriptionTableTest, RequestsUnderWayAreBounded) {
  link_up();
  constexpr auto limit = SubscriptionTable::request_limit;
  for (std::size_t number = 0; number < limit + 10; ++number) {
    hold("f" + std::to_string(number), q0, 1, "");
  }
  EXPECT_EQ(requests().size(), limit);
  suback(1, {ReasonCode::success});
  suback(2, {ReasonCode::success});
  EXPECT_EQ(requests().size(), 2U);
}

TEST_F(SubscriptionTableTest, TogglingWhileNothingCanBeSentLeavesOneChange) {
  link_up();
  for (int round = 0; round < 1000; ++round) {
    hold("a", q0, 1, "last");
    release("a");
  }
  hold("a", q0, 1, "last");
  EXPECT_THAT(requests(), ElementsAre("1 +a:0#1"));
  suback(1, {ReasonCode::success});
  EXPECT_THAT(take_answers(), ElementsAre("last=0"));
}

}  // namespace
}  // namespace lobbyd::upstream
