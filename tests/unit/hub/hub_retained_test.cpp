// The hub against a broker that the test plays: what real brokers do too rarely, or too fast, to test it with them.

#include "tests/unit/hub/hub_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

using HubRetainedTest = HubScene;

TEST_F(HubRetainedTest, ACallThatEndsDuringAnothersReadDoesNotLetOlderCopiesPassNewerMessages) {
  connect();
  const auto it = player("it");
  grants_ = [](const std::string& filter) { return filter != "slow"; };
  subscribe(*it, {"b/#"});
  ASSERT_TRUE(wait_for_read());
  subscribe(*it, {"slow"});
  ASSERT_TRUE(run_until([this] { return static_cast<bool>(grant_filters_); }));
  publish_live("b/1", "new");
  subscribe(*it, {"$share/group/work"});
  ASSERT_TRUE(saw(*it, "granted exact"));
  grant();
  bring("b/1", "old");
  bring("b/2", "kept");
  bring_mark();
  echo();
  ASSERT_TRUE(run_until([&] { return it->seen.size() == 4; }));
  EXPECT_THAT(it->seen, ElementsAre("granted exact", "b/2=kept retained", "b/1=new", "granted exact"));
}

TEST_F(HubRetainedTest, AReadEndsInTimeThoughNothingElseComes) {
  connect({}, false);
  const auto it = player("it");
  for (int round = 0; round < 2; ++round) {
    it->seen.clear();
    subscribe(*it, {"a"});
    ASSERT_TRUE(wait_for_read());
    grant();
    ASSERT_TRUE(run_until([&] { return !it->seen.empty(); }, 2s));
    EXPECT_THAT(it->seen, ElementsAre("granted settled"));
  }
}

TEST_F(HubRetainedTest, WhatAClientThatHasGoneAskedForIsNotRead) {
  connect();
  const auto it = player("it");
  const auto gone = player("gone");
  read_retained(*it, "first");
  ASSERT_TRUE(wait_for_read());
  read_retained(*gone, "b");
  subscribe(*gone, {"c"});
  read_retained(*it, "d");
  ASSERT_TRUE(run_until([this] { return subscribed_.contains("c"); }));
  run_ready();
  hub_->detach(*gone->client, Departure::lost);
  answer_read();
  ASSERT_TRUE(wait_for_read());
  EXPECT_THAT(read_.filters, ElementsAre("d", testing::EndsWith("/mark")));
}

TEST_F(HubRetainedTest, AReadWhoseAskersHaveTheirErrorsEnds) {
  Options options;
  options.request_timeout = 50ms;
  connect(std::move(options));
  const auto it = player("it");
  read_retained(*it, "a");
  ASSERT_TRUE(wait_for_read());
  subscribe(*it, {"b"});
  ASSERT_TRUE(run_until([&] { return it->seen.size() == 2; }));
  EXPECT_THAT(it->seen, ElementsAre("error timeout", "error timeout"));
  reads_.clear();
  read_retained(*it, "c");
  do {
    // That of "b" may have begun in the moment between the two errors.
    ASSERT_TRUE(wait_for_read());
  } while (read_.filters.front() == "b");
  EXPECT_THAT(read_.filters, ElementsAre("c", testing::EndsWith("/mark")));
}

TEST_F(HubRetainedTest, ReadsThatWaitForTheBrokerAreBounded) {
  connect();
  const auto it = player("it");
  break_link();
  ASSERT_TRUE(run_until([this] { return hub_->broker_status().state != upstream::BrokerState::connected; }));
  const std::string filter(60'000, 'x');
  for (std::size_t asked = 0; asked < (32U << 20U) / filter.size() + 1; ++asked) {
    read_retained(*it, filter);
  }
  ASSERT_FALSE(it->seen.empty());
  EXPECT_THAT(it->seen, testing::Each("error broker_unavailable"));
  hub_->detach(*it->client, Departure::lost);
  const auto other = player("other");
  read_retained(*other, filter);
  EXPECT_TRUE(other->seen.empty());
}

class HubAfterABreakTest : public HubScene {
 protected:
  // The link breaks and comes back, and the filters are about to be read again.
  void break_and_come_back() {
    break_link();
    reads_.clear();
    ASSERT_TRUE(wait_for_read());
    answer_read();
    ASSERT_TRUE(wait_for_read());
  }
  void subscribe_and_see(Player& player, std::vector<std::string> filters) {
    subscribe(player, std::move(filters));
    ASSERT_TRUE(wait_for_read());
    answer_read();
    ASSERT_TRUE(saw(player, "granted exact"));
    player.seen.clear();
  }
};

TEST_F(HubAfterABreakTest, ABusyClientGetsTheNewStateToo) {
  Options options;
  options.hold_back_messages = 3;
  connect(std::move(options));
  const auto it = player("it");
  subscribe_and_see(*it, {"busy/#", "state"});
  break_and_come_back();
  publish_live("busy/1", "a");
  publish_live("busy/1", "b");
  publish_live("busy/1", "c");
  publish_live("busy/1", "d");
  ASSERT_TRUE(saw(*it, "busy/1=d")) << "what cannot be held back goes on";
  grant();
  bring("busy/1", "old");
  bring("busy/2", "kept");
  bring("state", "new");
  bring_mark();
  echo();
  ASSERT_TRUE(saw(*it, "state=new retained"));
  EXPECT_THAT(it->seen, ElementsAre("busy/1=a", "busy/1=b", "busy/1=c", "busy/1=d", "busy/2=kept retained",
                                    "state=new retained"));
}

TEST_F(HubAfterABreakTest, AClientIsHeldUpOnlyUntilItsOwnFiltersHaveBeenRead) {
  Options options;
  options.max_subscriptions = 1'000;
  connect(std::move(options));
  std::vector<std::unique_ptr<Player>> players;
  for (const char* name : {"a", "b"}) {
    players.push_back(player(name));
    std::vector<std::string> filters{"all"};
    for (int number = 0; number < 999; ++number) {
      filters.push_back(std::string(name) + "/" + std::to_string(number));
    }
    subscribe_and_see(*players.back(), std::move(filters));
  }
  break_and_come_back();
  publish_live("all", "live");
  grant();
  bring("a/1", "of a");
  bring("b/1", "of b");
  bring_mark();
  echo();
  const auto is_served = [](const auto& player) { return !player->seen.empty(); };
  ASSERT_TRUE(run_until([&] { return std::ranges::any_of(players, is_served); }));
  std::ranges::partition(players, is_served);
  EXPECT_THAT(players[0]->seen, ElementsAre(testing::EndsWith("retained"), "all=live"));
  EXPECT_THAT(players[1]->seen, testing::IsEmpty());
  ASSERT_TRUE(wait_for_read());
  EXPECT_EQ(read_.filters.size(), 1'000U) << "what both hold has been read, and the mark is one of them";
  answer_read();
  ASSERT_TRUE(saw(*players[1], "all=live"));
}

TEST_F(HubAfterABreakTest, NobodyIsHeldUpForLongerThanARequestMayTake) {
  Options options;
  options.request_timeout = 1s;
  connect(std::move(options));
  const auto it = player("it");
  subscribe_and_see(*it, {"a", "b"});
  break_and_come_back();
  publish_live("a", "live");
  ASSERT_TRUE(saw(*it, "a=live"));
  grant();
  bring("a", "old");
  bring("b", "kept");
  bring_mark();
  echo();
  ASSERT_TRUE(saw(*it, "b=kept retained"));
  EXPECT_THAT(it->seen, ElementsAre("a=live", "b=kept retained"));
}

TEST_F(HubAfterABreakTest, ASecondBreakBeginsAnew) {
  connect();
  const auto it = player("it");
  subscribe_and_see(*it, {"a"});
  break_and_come_back();
  publish_live("a", "first");
  break_and_come_back();
  grant();
  bring("a", "second");
  bring_mark();
  echo();
  ASSERT_TRUE(saw(*it, "a=second retained"));
  publish_live("a", "third");
  ASSERT_TRUE(saw(*it, "a=third"));
}

}  // namespace
}  // namespace lobbyd::hub
