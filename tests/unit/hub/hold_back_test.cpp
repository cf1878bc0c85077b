#include "service/hub/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

using testing::UnorderedElementsAre;

Delivery live(std::string_view topic, bool retain, std::string_view payload = "x") {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.retain = retain;
  return {.message = std::make_shared<const Message>(publish), .filter = {}};
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
  held.keep(live("a", false), 10, 10'000);
  held.keep(live("b", false), 10, 10'000);
  const auto taken = held.take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].message->topic(), "a");
  EXPECT_EQ(taken[1].message->topic(), "b");
  EXPECT_TRUE(held.take().empty());
}

TEST(HoldBack, TellsWhenABoundIsReached) {
  HoldBack by_count;
  EXPECT_TRUE(by_count.keep(live("a", false), 2, 1'000'000));
  EXPECT_FALSE(by_count.keep(live("a", false), 2, 1'000'000));
  HoldBack by_bytes;
  EXPECT_FALSE(by_bytes.keep(live("a", false, std::string(1000, 'x')), 100, 1000));
}

TEST(HoldBack, WithRetainAsPublishedOnlyRetainedMessagesOutdateCopies) {
  HoldBack held;
  held.keep(live("state", true), 10, 10'000);
  held.keep(live("chat", false), 10, 10'000);
  EXPECT_THAT(held.newer_topics(true), UnorderedElementsAre("state"));
  EXPECT_THAT(held.newer_topics(false), UnorderedElementsAre("state", "chat"));
}

}  // namespace
}  // namespace lobbyd::hub
