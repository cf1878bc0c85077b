#include "service/apps/scores/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::scores {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Watch::TimePoint start{1h};

// "10: 1 2" for each notification.
std::vector<std::string> told(Watch& watch, Watch::TimePoint now) {
  std::vector<std::string> texts;
  for (const Watch::Notification& notification : watch.take_due(now)) {
    texts.push_back(std::to_string(notification.limit) + ":");
    for (const Watch::Watcher watcher : notification.watchers) {
      texts.back() += ' ' + std::to_string(watcher);
    }
  }
  return texts;
}

TEST(WatchTest, NobodyIsToldWithoutAChange) {
  Watch watch;
  EXPECT_TRUE(watch.empty());
  watch.add(1, 10);
  EXPECT_FALSE(watch.empty());
  EXPECT_EQ(watch.next_due(), std::nullopt);
  EXPECT_THAT(told(watch, start), IsEmpty());
}

TEST(WatchTest, AChangeIsToldOnceToAllWhoSeeTheSame) {
  Watch watch;
  for (const Watch::Watcher watcher : {1U, 2U, 3U}) {
    watch.add(watcher, 10);
  }
  watch.on_change(4);
  ASSERT_TRUE(watch.next_due());
  EXPECT_LE(*watch.next_due(), start);
  EXPECT_THAT(told(watch, start), ElementsAre("10: 1 2 3"));
  EXPECT_THAT(told(watch, start + 1s), IsEmpty());
}

TEST(WatchTest, OnlyThoseAreToldWhoSeeIt) {
  Watch watch;
  watch.add(1, 3);
  watch.add(2, 10);
  watch.on_change(3);
  EXPECT_THAT(told(watch, start), ElementsAre("10: 2"));
  watch.on_change(2);
  EXPECT_THAT(told(watch, start + 1s), ElementsAre("3: 1", "10: 2"));
  watch.on_change(10);
  EXPECT_THAT(told(watch, start + 2s), IsEmpty());
}

TEST(WatchTest, AtMostTenTimesASecond) {
  Watch watch;
  watch.add(1, 10);
  std::size_t times = 0;
  for (auto time = start; time < start + 1s; time += 7ms) {
    watch.on_change(0);
    times += watch.take_due(time).size();
  }
  EXPECT_LE(times, 10U);
  EXPECT_GE(times, 9U);
}

TEST(WatchTest, TheLastOfManyChangesIsToldInTheEnd) {
  Watch watch;
  watch.add(1, 10);
  watch.on_change(0);
  told(watch, start);
  watch.on_change(0);
  EXPECT_THAT(told(watch, start + 99ms), IsEmpty());
  EXPECT_EQ(watch.next_due(), start + 100ms);
  EXPECT_THAT(told(watch, start + 100ms), ElementsAre("10: 1"));
}

TEST(WatchTest, WhoWatchesAnewHasTheNewLimit) {
  Watch watch;
  watch.add(1, 10);
  watch.add(1, 3);
  watch.on_change(5);
  EXPECT_THAT(told(watch, start), IsEmpty());
  watch.on_change(0);
  EXPECT_THAT(told(watch, start), ElementsAre("3: 1"));
}

TEST(WatchTest, WhoStopsIsToldNoMore) {
  Watch watch;
  watch.add(1, 10);
  watch.add(2, 10);
  EXPECT_TRUE(watch.remove(1));
  EXPECT_FALSE(watch.remove(1));
  watch.on_change(0);
  EXPECT_THAT(told(watch, start), ElementsAre("10: 2"));
  EXPECT_TRUE(watch.remove(2));
  EXPECT_TRUE(watch.empty());
  EXPECT_EQ(watch.next_due(), std::nullopt);
}

}  // namespace
}  // namespace lobbyd::scores
