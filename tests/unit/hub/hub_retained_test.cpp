// The hub against a broker that the test plays: what real brokers do too rarely, or too fast, to test it with them.

#include "tests/unit/hub/hub_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

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
  ASSERT_TRUE(wait_for_read());
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

}  // namespace
}  // namespace lobbyd::hub
