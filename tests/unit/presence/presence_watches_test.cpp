#include "service/apps/presence/presence_watches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace lobbyd::apps {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(PresenceWatches, OnlyTheFirstWatcherOfAPlayerNeedsMore) {
  PresenceWatches watches(10);
  EXPECT_THAT(*watches.watch("c1", {"ann", "bob"}), ElementsAre("ann", "bob"));
  EXPECT_THAT(*watches.watch("c2", {"bob", "eve"}), ElementsAre("eve"));
  EXPECT_THAT(*watches.watch("c1", {"ann"}), IsEmpty());
  EXPECT_THAT(watches.watchers("bob"), UnorderedElementsAre("c1", "c2"));
  EXPECT_THAT(watches.watchers("dan"), IsEmpty());
  EXPECT_TRUE(watches.is_watched("eve"));
  EXPECT_FALSE(watches.is_watched("dan"));
  EXPECT_THAT(watches.watched_by_name(), ElementsAre("ann", "bob", "eve"));
}

TEST(PresenceWatches, OnlyTheLastWatcherGivesUp) {
  PresenceWatches watches(10);
  std::ignore = watches.watch("c1", {"ann", "bob"});
  std::ignore = watches.watch("c2", {"bob"});
  EXPECT_THAT(watches.unwatch("c1", {"bob", "dan"}), IsEmpty());
  EXPECT_THAT(watches.unwatch("c2", {"bob"}), ElementsAre("bob"));
  EXPECT_THAT(watches.unwatch("c2", {"bob"}), IsEmpty());
  EXPECT_THAT(watches.unwatch("c1", watches.watched_by("c1")), ElementsAre("ann"));
  EXPECT_THAT(watches.watched_by_name(), IsEmpty());
}

TEST(PresenceWatches, EverybodyMayBeWatched) {
  PresenceWatches watches(10);
  EXPECT_TRUE(watches.watch_all("c1"));
  EXPECT_FALSE(watches.watch_all("c2"));
  std::ignore = watches.watch("c2", {"ann"});
  std::ignore = watches.watch("c3", {"ann"});
  EXPECT_THAT(watches.watchers("ann"), UnorderedElementsAre("c1", "c2", "c3")) << "each once";
  EXPECT_THAT(watches.watchers("bob"), UnorderedElementsAre("c1", "c2"));
  EXPECT_FALSE(watches.unwatch_all("c1"));
  EXPECT_TRUE(watches.unwatch_all("c2"));
  EXPECT_FALSE(watches.unwatch_all("c2"));
  EXPECT_FALSE(watches.all_are_watched());
  EXPECT_THAT(watches.watchers("ann"), UnorderedElementsAre("c2", "c3")) << "by name they still do";
}

TEST(PresenceWatches, AClientWatchesSoManyAtMost) {
  PresenceWatches watches(2);
  ASSERT_TRUE(watches.watch("c1", {"ann", "bob"}));
  EXPECT_TRUE(watches.watch("c1", {"ann"}));
  const auto refused = watches.watch("c1", {"ann", "eve"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, api::Reason::too_many);
  EXPECT_EQ(refused.error().extra["limit"], 2);
  EXPECT_FALSE(watches.is_watched("eve"));
  watches.unwatch("c1", {"bob"});
  EXPECT_TRUE(watches.watch("c1", {"eve"}));
  EXPECT_TRUE(watches.watch("c2", {}));
}

}  // namespace
}  // namespace lobbyd::apps
