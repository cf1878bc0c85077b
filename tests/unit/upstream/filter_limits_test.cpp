// Brokers that limit the filters of a connection, or of a packet: how lanes get by.

#include "service/upstream/filter_limits.hpp"

#include "tests/unit/upstream/counting_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::QoS;
using mqtt::ReasonCode;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr QoS q0 = QoS::at_most_once;
constexpr LaneId own = LaneId::own;
constexpr LaneId subscriptions = LaneId::subscriptions;

std::string number(std::size_t index) {
  return "f" + std::to_string(index);
}

TEST(FilterLimits, WithoutAnyThereIsAlwaysRoom) {
  const FilterLimits limits;
  const std::size_t none = std::numeric_limits<std::size_t>::max();
  EXPECT_TRUE(limits.has_room(1'000'000));
  EXPECT_EQ(limits.at_once(1'000'000), none);
}

TEST(FilterLimits, RoomEndsWithTheLimit) {
  const FilterLimits limits{.per_connection = 3, .per_subscribe = 2};
  EXPECT_TRUE(limits.has_room(2));
  EXPECT_FALSE(limits.has_room(3));
  EXPECT_EQ(limits.at_once(0), 2U);
  EXPECT_EQ(limits.at_once(2), 1U);
  EXPECT_EQ(limits.at_once(3), 0U);
  EXPECT_EQ(limits.at_once(4), 0U);
}

class FilterLimitsTest : public CountingServerTest {
 protected:
  void hold_many(std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) {
      ASSERT_EQ(hold(number(index)), ReasonCode::success);
    }
  }
  // All that the server had sent on that connection has been received.
  void pass_barrier(const std::string& client_id) {
    const auto before = seen_.count("barrier");
    bring_to(client_id, "barrier");
    ASSERT_TRUE(run_until([&] { return seen_.count("barrier") > before; }));
  }
  std::size_t restored_count() const {
    return static_cast<std::size_t>(std::ranges::count(seen_.restored, subscriptions));
  }
};

TEST_F(FilterLimitsTest, FiltersAreSpreadOverAsManyConnectionsAsTheyNeed) {
  limit(3, 0);
  connect(ProtocolChoice::v3_1_1);
  hold_many(10);
  EXPECT_EQ(holding(), 4U);
  EXPECT_EQ(most_held_, 3U);
  for (std::size_t index = 0; index < 10; ++index) {
    bring(number(index));
  }
  ASSERT_TRUE(run_until([&] { return seen_.messages.size() >= 10; }));
  for (std::size_t index = 0; index < 10; ++index) {
    EXPECT_EQ(seen_.count(number(index)), 1U);
  }
  EXPECT_THAT(seen_.messages, Each(testing::Field(&ReceivedMessage::lane, subscriptions)))
      << "the lane is one for those who use it";
}

TEST_F(FilterLimitsTest, WithoutALimitOneConnectionHoldsAll) {
  connect(ProtocolChoice::v3_1_1);
  hold_many(300);
  EXPECT_EQ(holding(), 1U);
}

TEST_F(FilterLimitsTest, NoPacketNamesMoreFiltersThanAllowed) {
  limit(0, 8);
  connect(ProtocolChoice::v3_1_1);
  int granted = 0;
  for (std::size_t index = 0; index < 50; ++index) {
    broker_->hold(subscriptions, number(index), q0, 0, [&](ReasonCode) { ++granted; });
  }
  ASSERT_TRUE(run_until([&] { return granted == 50; }));
  EXPECT_EQ(largest_subscribe_, 8U);
  kept_.clear();  // the server loses its sessions, so that all is asked for again
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return restored_count() == 2; }));
  EXPECT_EQ(all_held().size(), 50U);
  EXPECT_EQ(largest_subscribe_, 8U);
  for (std::size_t index = 0; index < 50; ++index) {
    release(number(index));
  }
  ASSERT_TRUE(run_until([&] { return all_held().empty(); }));
  EXPECT_EQ(largest_unsubscribe_, 8U);
}

TEST_F(FilterLimitsTest, WhatIsUndoneOnceComesInSuchPacketsToo) {
  limit(0, 4);
  connect(ProtocolChoice::v3_1_1);
  std::vector<std::string> filters;
  for (std::size_t index = 0; index < 10; ++index) {
    filters.push_back(number(index));
  }
  broker_->unsubscribe_once(own, filters);
  ASSERT_TRUE(run_until([&] { return std::ranges::count(server_.history_of("own"), "UNSUBSCRIBE") == 3; }));
  EXPECT_EQ(largest_unsubscribe_, 4U);
}

TEST_F(FilterLimitsTest, OneTimeSubscriptionsHaveTheRoomThatIsLeft) {
  limit(50, 8);
  start();
  EXPECT_EQ(broker_->once_limit(own), 8U);
  broker_.reset();
  limit(5, 8);
  start();
  broker_->hold_everywhere(own, "echo", q0, [](ReasonCode) {});
  EXPECT_EQ(broker_->once_limit(own), 4U);
}

TEST_F(FilterLimitsTest, AFilterCountsUntilTheServerHasLetGoOfIt) {
  limit(2, 0);
  connect(ProtocolChoice::v3_1_1);
  hold_many(2);
  for (std::size_t round = 0; round < 20; ++round) {
    release(number(round));
    ASSERT_EQ(hold(number(round + 2)), ReasonCode::success);
  }
  EXPECT_EQ(most_held_, 2U);
  EXPECT_EQ(all_held().size(), 2U);
}

TEST_F(FilterLimitsTest, AFilterThatIsWantedAgainStaysOnItsConnection) {
  limit(2, 0);
  connect(ProtocolChoice::v3_1_1);
  hold_many(4);
  release(number(0));
  ASSERT_TRUE(run_until([&] { return all_held().size() == 3; }));
  release(number(3));
  // There is room on the first connection, but the other one's server side may still hold it.
  ASSERT_EQ(hold(number(3)), ReasonCode::success);
  EXPECT_TRUE(held_.at("test-lane1").contains(number(3)));
  EXPECT_EQ(all_held().size(), 3U);
}

TEST_F(FilterLimitsTest, AConnectionThatNothingIsWantedOfIsClosed) {
  limit(2, 0);
  connect(ProtocolChoice::v3_1_1);
  hold_many(5);
  EXPECT_EQ(holding(), 3U);
  release(number(2));
  release(number(3));
  ASSERT_TRUE(run_until([&] { return server_.history_of("lane1").back() == "DISCONNECT"; }));
  EXPECT_THAT(server_.history_of("lane2"), Not(testing::Contains("DISCONNECT").Times(2))) << "it holds a filter";
  // The next one uses its client id again.
  ASSERT_TRUE(run_until([&] { return server_.history_of("lane1").size() == 9; }));
  ASSERT_EQ(hold(number(5)), ReasonCode::success);
  ASSERT_EQ(hold(number(6)), ReasonCode::success);
  EXPECT_TRUE(held_.at("test-lane1").contains(number(6)));
}

TEST_F(FilterLimitsTest, ConnectionsAreBoundedAndAFilterTooManyIsRefused) {
  limit(2, 0);
  further_connections_ = 2;
  connect(ProtocolChoice::v3_1_1);
  hold_many(6);
  EXPECT_EQ(hold("more"), ReasonCode::quota_exceeded);
  EXPECT_FALSE(broker_->open_lane());
  release(number(4));
  ASSERT_TRUE(run_until([&] { return all_held().size() == 5; }));
  pass_barrier("test-lane2");
  EXPECT_EQ(hold("more"), ReasonCode::success);
}

TEST_F(FilterLimitsTest, AConnectionThatTheServerRefusesTakesNoFilterThatHasRoomElsewhere) {
  limit(2, 0);
  connect(ProtocolChoice::v3_1_1);
  silent_ = {"test-lane1"};
  hold_many(2);
  std::optional<ReasonCode> waiting;
  broker_->hold(subscriptions, "waiting", q0, 0, [&](ReasonCode reason) { waiting = reason; });
  ASSERT_TRUE(run_until([&] { return !server_.history_of("lane1").empty(); }));
  EXPECT_EQ(broker_->status().state, BrokerState::connected) << "a connection that never stood is no loss";
  release(number(0));
  ASSERT_TRUE(run_until([&] { return all_held().size() == 1; }));
  pass_barrier("test-sub");
  EXPECT_EQ(hold("other"), ReasonCode::success);
  silent_.clear();
  ASSERT_TRUE(run_until([&] { return waiting.has_value(); }));
}

TEST_F(FilterLimitsTest, AMessageForATopicHeldEverywhereIsReportedWhenItHasComeOnEach) {
  limit(2, 0);
  start(ProtocolChoice::v3_1_1);
  int answers = 0;
  broker_->hold_everywhere(subscriptions, "echo", q0, [&](ReasonCode) { ++answers; });
  ASSERT_TRUE(wait_for(BrokerState::connected));
  hold_many(3);
  EXPECT_EQ(holding(), 3U) << "the topic counts on each";
  EXPECT_EQ(answers, 3);
  bring_to("test-lane2", "echo", "1");
  bring_to("test-sub", "echo", "1");
  bring_to("test-sub", number(0));
  ASSERT_TRUE(run_until([&] { return seen_.count(number(0)) == 1; }));
  EXPECT_EQ(seen_.count("echo"), 0U);
  bring_to("test-lane1", number(1));
  bring_to("test-lane1", "echo", "1");
  ASSERT_TRUE(run_until([&] { return seen_.count("echo") == 1; }));
  EXPECT_EQ(seen_.messages.back().topic, "echo") << "all that stood before it on any connection has come";
  bring("echo", "2");
  ASSERT_TRUE(run_until([&] { return seen_.count("echo") == 2; }));
}

TEST_F(FilterLimitsTest, ItDoesNotWaitForAConnectionThatIsDown) {
  limit(2, 0);
  start(ProtocolChoice::v3_1_1);
  broker_->hold_everywhere(subscriptions, "echo", q0, [](ReasonCode) {});
  ASSERT_TRUE(wait_for(BrokerState::connected));
  hold_many(2);
  silent_ = {"test-lane1"};
  connected_.at("test-lane1")->close();
  ASSERT_TRUE(run_until([&] { return !seen_.downs.empty(); }));
  bring_to("test-sub", "echo", "1");
  EXPECT_TRUE(run_until([&] { return seen_.count("echo") == 1; }));
}

TEST_F(FilterLimitsTest, ARestorationIsToldWhenAllConnectionsAreBack) {
  limit(1, 0);
  connect(ProtocolChoice::v3_1_1);
  hold_many(4);
  EXPECT_EQ(restored_count(), 1U) << "a connection that is new has missed nothing";
  silent_ = {"test-lane2"};
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return all_held().size() == 4 && server_.history_of("lane2").size() > 5; }));
  EXPECT_EQ(restored_count(), 1U);
  EXPECT_NE(broker_->status().state, BrokerState::connected);
  silent_.clear();
  ASSERT_TRUE(wait_for(BrokerState::connected));
  EXPECT_EQ(restored_count(), 2U);
}

TEST_F(FilterLimitsTest, ButNotForEver) {
  limit(1, 0);
  lane_patience_ = 50ms;
  connect(ProtocolChoice::v3_1_1);
  hold_many(2);
  silent_ = {"test-lane1"};
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return restored_count() == 2; }));
  silent_.clear();
  ASSERT_TRUE(run_until([&] { return restored_count() == 3; })) << "what it missed is to be read as well";
}

TEST_F(FilterLimitsTest, WhatALaneCanIsWhatAllItsConnectionsCan) {
  limit(1, 0);
  connect(ProtocolChoice::v5);
  ASSERT_EQ(hold(number(0)), ReasonCode::success);
  EXPECT_TRUE(broker_->capabilities(subscriptions).subscription_ids);
  connack_.subscription_identifiers_available = false;
  ASSERT_EQ(hold(number(1)), ReasonCode::success);
  EXPECT_FALSE(broker_->capabilities(subscriptions).subscription_ids);
  EXPECT_TRUE(broker_->capabilities(own).subscription_ids);
}

}  // namespace
}  // namespace lobbyd::upstream
