#include "service/upstream/one_time_subscriptions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OneTimeSubscriptionsTest : public ::testing::Test {
 protected:
  SubscribeHandler handler() {
    return [this](const auto&) { ++called_; };
  }

  OneTimeSubscriptions once_;
  int called_ = 0;
};

TEST_F(OneTimeSubscriptionsTest, GivesTheHandlerOfATagOnce) {
  once_.subscribing(7, {"a"}, handler());
  EXPECT_FALSE(once_.subscribed(8));
  auto waiting = once_.subscribed(7);
  ASSERT_TRUE(waiting);
  waiting(std::nullopt);
  EXPECT_EQ(called_, 1);
  EXPECT_FALSE(once_.subscribed(7));
}

TEST_F(OneTimeSubscriptionsTest, KnowsItsTags) {
  once_.unsubscribing(7, {"a"});
  EXPECT_FALSE(once_.unsubscribed(8));
  EXPECT_TRUE(once_.unsubscribed(7));
  EXPECT_FALSE(once_.unsubscribed(7));
}

TEST_F(OneTimeSubscriptionsTest, GivesTheHandlersBackWhenTheLinkIsLost) {
  once_.subscribing(1, {"a"}, handler());
  once_.subscribing(2, {"b"}, handler());
  EXPECT_EQ(once_.link_down().size(), 2U);
  EXPECT_THAT(once_.link_down(), IsEmpty());
  EXPECT_FALSE(once_.subscribed(1));
}

TEST_F(OneTimeSubscriptionsTest, AKeptSessionIsToBeRidOfWhatStands) {
  once_.subscribing(1, {"a", "b", "c"}, handler());
  once_.subscribed(1);
  once_.unsubscribing(2, {"b"});
  once_.unsubscribed(2);
  once_.link_down();
  EXPECT_THAT(once_.link_up(true), ElementsAre("a", "c"));
  EXPECT_THAT(once_.link_up(true), IsEmpty());
}

TEST_F(OneTimeSubscriptionsTest, WhatWasNotAcknowledgedMayStand) {
  once_.subscribing(1, {"a"}, handler());
  once_.subscribing(2, {"b"}, handler());
  once_.unsubscribing(3, {"b"});
  once_.link_down();
  EXPECT_THAT(once_.link_up(true), ElementsAre("a", "b"));
}

TEST_F(OneTimeSubscriptionsTest, WhatIsSubscribedAgainStandsThoughAnEarlierEndIsAcknowledgedLater) {
  once_.subscribing(1, {"a"}, handler());
  once_.unsubscribing(2, {"a"});
  once_.subscribing(3, {"a"}, handler());
  once_.unsubscribed(2);
  once_.link_down();
  EXPECT_THAT(once_.link_up(true), ElementsAre("a"));
}

TEST_F(OneTimeSubscriptionsTest, ANewSessionHoldsNothing) {
  once_.subscribing(1, {"a"}, handler());
  once_.link_down();
  EXPECT_THAT(once_.link_up(false), IsEmpty());
  once_.link_down();
  EXPECT_THAT(once_.link_up(true), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::upstream
