#include "service/hub/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

constexpr HoldBack::Limits plenty{.messages = 100, .bytes = 100'000};

Delivery live(std::string_view topic, std::string_view payload = "x") {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  return {.message = std::make_shared<const Message>(publish, Message::TimePoint{}), .filter = {}};
}

TEST(HoldBack, IsActiveWhileSomebodyHolds) {
  HoldBack held;
  EXPECT_FALSE(held.active());
  held.begin();
  held.begin();
  held.end();
  EXPECT_TRUE(held.active());
  held.end();
  EXPECT_FALSE(held.active());
}

TEST(HoldBack, GivesBackWhatItKeptInOrder) {
  HoldBack held;
  held.begin();
  EXPECT_TRUE(held.keep(live("a"), true, plenty));
  EXPECT_TRUE(held.keep(live("b"), true, plenty));
  const auto taken = held.take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].message->topic(), "a");
  EXPECT_EQ(taken[1].message->topic(), "b");
  EXPECT_TRUE(held.take().empty());
}

TEST(HoldBack, WhatCameSinceIsNewerThanACopy) {
  HoldBack held;
  const auto first = held.begin();
  held.keep(live("state"), true, plenty);
  held.keep(live("chat"), false, plenty);
  const auto second = held.begin();
  EXPECT_TRUE(held.outdated("state", first));
  EXPECT_FALSE(held.outdated("state", second)) << "it came before: a copy read from now on is as new";
  EXPECT_FALSE(held.outdated("chat", first)) << "it outdates nothing";
  EXPECT_FALSE(held.outdated("other", first));
  held.keep(live("state"), true, plenty);
  EXPECT_TRUE(held.outdated("state", second));
}

TEST(HoldBack, WhatHasBeenPassedOnIsRememberedUntilTheLastHolderEnds) {
  HoldBack held;
  const auto first = held.begin();
  held.begin();
  held.keep(live("a"), true, plenty);
  held.take();
  held.end();
  EXPECT_TRUE(held.outdated("a", first));
  held.end();
  EXPECT_FALSE(held.outdated("a", first));
}

TEST(HoldBack, ReachingABoundPassesEverythingOnAndRemembersIt) {
  for (const HoldBack::Limits limits : {HoldBack::Limits{2, 100'000}, HoldBack::Limits{100, 1500}}) {
    HoldBack held;
    const auto since = held.begin();
    EXPECT_TRUE(held.keep(live("a", std::string(500, 'x')), true, limits));
    EXPECT_FALSE(held.keep(live("b", std::string(1000, 'x')), true, limits));
    EXPECT_EQ(held.take().size(), 2U);
    EXPECT_FALSE(held.keep(live("b"), true, limits)) << "nothing is kept any more";
    EXPECT_EQ(held.take().size(), 1U);
    EXPECT_TRUE(held.outdated("a", since));
    EXPECT_TRUE(held.outdated("b", since));
    EXPECT_FALSE(held.outdated("c", since));
    held.end();
    held.begin();
    EXPECT_TRUE(held.keep(live("a"), true, limits)) << "a new hold begins with all its room";
  }
}

TEST(HoldBack, MoreTopicsThanItCanRememberOutdateAllCopies) {
  for (const HoldBack::Limits limits : {HoldBack::Limits{2, 100'000}, HoldBack::Limits{100, 150}}) {
    HoldBack held;
    const auto since = held.begin();
    for (const char* topic : {"a", "b", "a", "b"}) {
      held.keep(live(topic), true, limits);
      held.take();
    }
    EXPECT_FALSE(held.forgot(since));
    held.keep(live("c"), true, limits);
    EXPECT_TRUE(held.forgot(since));
    EXPECT_TRUE(held.outdated("z", since));
    const auto later = held.begin();
    EXPECT_FALSE(held.forgot(later));
    EXPECT_FALSE(held.outdated("z", later));
    held.keep(live("z"), true, limits);
    EXPECT_TRUE(held.outdated("z", later));
  }
}

TEST(HoldBack, OpenedItKeepsNothing) {
  HoldBack held;
  const auto since = held.begin();
  held.open();
  EXPECT_FALSE(held.keep(live("a"), true, plenty));
  EXPECT_TRUE(held.outdated("a", since));
}

}  // namespace
}  // namespace lobbyd::hub
