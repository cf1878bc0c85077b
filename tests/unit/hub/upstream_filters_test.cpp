#include "service/hub/upstream_filters.hpp"

#include "protocol/mqtt/topic.hpp"
#include "tests/unit/hub/recording_lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub {
namespace {

using mqtt::QoS;
using mqtt::ReasonCode;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

constexpr QoS q0 = QoS::at_most_once;
constexpr QoS q2 = QoS::exactly_once;
constexpr auto refusal = ReasonCode::not_authorized;

class UpstreamFiltersTest : public testing::Test {
 protected:
  using Answer = std::shared_ptr<std::optional<ReasonCode>>;

  void lane_up(bool identifiers) { filters_.on_lane_up({.subscription_ids = identifiers}); }

  Answer want(const std::string& text, QoS qos = q0) {
    auto answer = std::make_shared<std::optional<ReasonCode>>();
    const auto shared = mqtt::parse_shared(text);
    filters_.enter(text, shared ? std::string(shared->filter) : text, shared.has_value());
    filters_.want(text, qos, [answer](ReasonCode reason) {
      EXPECT_FALSE(*answer) << "answered twice";
      *answer = reason;
    });
    return answer;
  }

  RecordingLanes lanes_;
  UpstreamFilters filters_{lanes_};
};

class BothWaysTest : public UpstreamFiltersTest, public testing::WithParamInterface<bool> {
 protected:
  BothWaysTest() { lane_up(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Broker, BothWaysTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "WithIdentifiers" : "Without"; });

TEST_P(BothWaysTest, WhatIsGrantedIsNotAskedForAgain) {
  const auto first = want("a", q2);
  lanes_.grant_all();
  EXPECT_THAT(*first, Optional(ReasonCode::granted_qos_2));
  EXPECT_THAT(*want("a", q0), Optional(ReasonCode::granted_qos_2));
  EXPECT_THAT(lanes_.log, ElementsAre("hold a"));
}

TEST_P(BothWaysTest, WhoAsksForAHigherQosThatIsUnderWayWaitsForIt) {
  want("a", q0);
  lanes_.grant_all();
  const auto second = want("a", q2);
  const auto third = want("a", q2);
  EXPECT_THAT(*want("a", q0), Optional(ReasonCode::success)) << "that much stands";
  EXPECT_FALSE(*second);
  EXPECT_FALSE(*third);
  lanes_.grant_all();
  EXPECT_THAT(*second, Optional(ReasonCode::granted_qos_2));
  EXPECT_THAT(*third, Optional(ReasonCode::granted_qos_2));
}

TEST_P(BothWaysTest, TheAnswerToALowerQosIsNoneToTheHigher) {
  const auto low = want("a", q0);
  const auto high = want("a", q2);
  lanes_.answer(ReasonCode::success);
  EXPECT_FALSE(*high);
  lanes_.answer(ReasonCode::granted_qos_1);
  EXPECT_THAT(*low, Optional(ReasonCode::granted_qos_1));
  EXPECT_THAT(*high, Optional(ReasonCode::granted_qos_1));
}

TEST_P(BothWaysTest, ARefusedHigherQosLeavesTheLower) {
  want("a", q0);
  lanes_.grant_all();
  const auto high = want("a", q2);
  lanes_.answer(refusal);
  EXPECT_THAT(*high, Optional(refusal));
  ASSERT_EQ(lanes_.asked.size(), 1U);
  EXPECT_EQ(lanes_.asked.front().qos, q0);
  lanes_.grant_all();
  EXPECT_THAT(*want("a", q0), Optional(ReasonCode::success));
}

TEST_P(BothWaysTest, ARefusedFilterIsAskedForAnew) {
  const auto first = want("a");
  lanes_.answer(refusal);
  EXPECT_THAT(*first, Optional(refusal));
  const auto second = want("a");
  lanes_.grant_all();
  EXPECT_THAT(*second, Optional(ReasonCode::success));
}

TEST_P(BothWaysTest, WhatIsGivenUpBeforeTheAnswerLeavesNothing) {
  const auto first = want("a");
  filters_.unwant("a");
  EXPECT_TRUE(*first);
  EXPECT_THAT(lanes_.asked, IsEmpty());
  EXPECT_THAT(lanes_.log, ElementsAre("hold a", "release a"));
  const auto second = want("a");
  EXPECT_FALSE(*second);
  lanes_.grant_all();
  EXPECT_THAT(*second, Optional(ReasonCode::success));
}

TEST_F(UpstreamFiltersTest, WhatCameAndWentWhileTheBrokerWasAwayIsNeverAskedFor) {
  const auto gone = want("a");
  const auto stays = want("b");
  filters_.unwant("a");
  EXPECT_TRUE(*gone);
  lane_up(true);
  EXPECT_THAT(lanes_.log, ElementsAre("hold b"));
  lanes_.grant_all();
  EXPECT_TRUE(*stays);
}

// Without identifiers -----------------------------------------------------------------------------------------

class CoversTest : public UpstreamFiltersTest {
 protected:
  CoversTest() { lane_up(false); }
};

TEST_F(CoversTest, TheAnswerToACoverIsOneToAllThatItReplaced) {
  const auto narrow = want("a/b");
  const auto wide = want("a/#");
  std::swap(lanes_.asked[0], lanes_.asked[1]);
  lanes_.answer(ReasonCode::success);
  EXPECT_THAT(*narrow, Optional(ReasonCode::success));
  EXPECT_THAT(*wide, Optional(ReasonCode::success));
  EXPECT_THAT(lanes_.log, ElementsAre("hold a/b", "hold a/#", "release a/b"));
}

TEST_F(CoversTest, ARefusalOfAllIsToldToAll) {
  const auto narrow = want("a/b");
  const auto wide = want("a/#");
  lanes_.answer(refusal);
  lanes_.answer(refusal);
  EXPECT_THAT(*narrow, Optional(refusal));
  EXPECT_THAT(*wide, Optional(refusal));
  const auto again = want("a/b");
  lanes_.grant_all();
  EXPECT_THAT(*again, Optional(ReasonCode::success));
}

TEST_F(CoversTest, CoversAreNarrowedWhenTold) {
  want("a");
  want("#");
  lanes_.grant_all();
  filters_.unwant("#");
  ASSERT_TRUE(filters_.may_narrow());
  lanes_.log.clear();
  filters_.narrow();
  lanes_.grant_all();
  EXPECT_THAT(lanes_.log, ElementsAre("hold a", "release #"));
  EXPECT_FALSE(filters_.may_narrow());
}

TEST_F(CoversTest, SharedFiltersHaveALaneOnWhichNoOtherOverlaps) {
  want("$share/1/a");
  want("$share/2/a");
  want("$share/1/b");
  ASSERT_EQ(lanes_.asked.size(), 3U);
  EXPECT_NE(lanes_.asked[0].lane, upstream::LaneId::subscriptions);
  EXPECT_NE(lanes_.asked[0].lane, lanes_.asked[1].lane);
  EXPECT_EQ(lanes_.asked[0].lane, lanes_.asked[2].lane);
  Filter filter;
  filter.text = "$share/2/a";
  EXPECT_TRUE(filters_.is_on(lanes_.asked[1].lane, filter));
  EXPECT_FALSE(filters_.is_on(lanes_.asked[0].lane, filter));
}

TEST_F(CoversTest, ASharedFilterWithoutALaneIsRefused) {
  want("$share/1/a");
  want("$share/2/a");
  EXPECT_THAT(*want("$share/3/+"), Optional(ReasonCode::quota_exceeded));
  filters_.unwant("$share/3/+");
  EXPECT_FALSE(*want("$share/3/b")) << "that overlaps none";
}

TEST_F(CoversTest, ALaneIsClosedWithItsLastFilter) {
  want("$share/1/a");
  want("$share/1/b");
  want("$share/2/a");
  lanes_.grant_all();
  filters_.unwant("$share/1/a");
  EXPECT_EQ(lanes_.open.size(), 2U);
  filters_.unwant("$share/1/b");
  EXPECT_EQ(lanes_.open.size(), 1U);
  filters_.unwant("$share/2/a");
  EXPECT_THAT(lanes_.open, IsEmpty());
  EXPECT_FALSE(*want("$share/3/a"));
}

TEST_F(CoversTest, ARefusedSharedFilterGivesItsLaneBack) {
  want("$share/1/a");
  lanes_.answer(refusal);
  EXPECT_THAT(lanes_.open, IsEmpty());
}

// A broker that changes ----------------------------------------------------------------------------------------

TEST_F(CoversTest, WithIdentifiersEachFilterIsHeldAsItIsBeforeTheCoversGo) {
  want("a/+");
  want("+/b");
  want("$share/1/c");
  lanes_.grant_all();
  lanes_.log.clear();
  lane_up(true);
  EXPECT_EQ(lanes_.log.size(), 5U);
  EXPECT_THAT(std::vector(lanes_.log.end() - 1, lanes_.log.end()), ElementsAre("release +/+"));
  EXPECT_THAT(lanes_.open, IsEmpty());
  for (const auto& held : lanes_.asked) {
    EXPECT_EQ(held.lane, upstream::LaneId::subscriptions);
    EXPECT_NE(held.id, 0U);
  }
  lanes_.grant_all();
  EXPECT_THAT(*want("a/+"), Optional(ReasonCode::success));
}

TEST_F(UpstreamFiltersTest, WithoutIdentifiersCoversComeBeforeTheFiltersGo) {
  lane_up(true);
  want("a/+");
  want("+/b");
  lanes_.grant_all();
  lanes_.log.clear();
  lane_up(false);
  lanes_.grant_all();
  EXPECT_THAT(lanes_.log, testing::Contains("hold +/+"));
  EXPECT_THAT(lanes_.log, testing::IsSupersetOf({"release a/+", "release +/b"}));
}

}  // namespace
}  // namespace lobbyd::hub
