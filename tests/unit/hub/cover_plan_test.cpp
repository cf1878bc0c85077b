#include "service/hub/cover_plan.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

using mqtt::QoS;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

CoverPlan::Added add(CoverPlan& plan, const std::string& filter, QoS qos = QoS::at_most_once) {
  return plan.add({.key = filter, .topic_filter = filter, .qos = qos});
}

TEST(CoverPlan, FiltersThatDoNotOverlapAreHeldAsTheyAre) {
  CoverPlan plan;
  EXPECT_EQ(add(plan, "a/+").hold->filter, "a/+");
  EXPECT_EQ(add(plan, "b/+").hold->filter, "b/+");
  EXPECT_THAT(plan.acknowledged("a/+", QoS::at_most_once).served, ElementsAre("a/+"));
  EXPECT_THAT(plan.remove("a/+"), ElementsAre("a/+"));
}

TEST(CoverPlan, AHeldFilterThatCoversANewOneServesIt) {
  CoverPlan plan;
  add(plan, "a/#", QoS::at_least_once);
  EXPECT_FALSE(add(plan, "a/b").hold);
  EXPECT_THAT(plan.acknowledged("a/#", QoS::at_least_once).served, UnorderedElementsAre("a/#", "a/b"));
  const auto later = add(plan, "a/c");
  EXPECT_FALSE(later.hold);
  EXPECT_EQ(later.served, QoS::at_least_once);
}

TEST(CoverPlan, OverlappingFiltersGiveWayToTheNarrowestCoverOnceItIsAcknowledged) {
  CoverPlan plan;
  add(plan, "a/+", QoS::at_least_once);
  plan.acknowledged("a/+", QoS::at_least_once);
  const auto added = add(plan, "+/b");
  ASSERT_TRUE(added.hold);
  EXPECT_EQ(added.hold->filter, "+/+");
  EXPECT_EQ(added.hold->qos, QoS::at_least_once);
  const auto acknowledged = plan.acknowledged("+/+", QoS::at_least_once);
  EXPECT_THAT(acknowledged.served, ElementsAre("+/b"));
  EXPECT_THAT(acknowledged.release, ElementsAre("a/+"));
}

TEST(CoverPlan, AHigherQosRaisesTheCover) {
  CoverPlan plan;
  add(plan, "a/#");
  plan.acknowledged("a/#", QoS::at_most_once);
  const auto added = add(plan, "a/b", QoS::exactly_once);
  ASSERT_TRUE(added.hold);
  EXPECT_EQ(added.hold->filter, "a/#");
  EXPECT_EQ(added.hold->qos, QoS::exactly_once);
  const auto acknowledged = plan.acknowledged("a/#", QoS::exactly_once);
  EXPECT_THAT(acknowledged.served, ElementsAre("a/b"));
  EXPECT_THAT(acknowledged.release, IsEmpty());
}

TEST(CoverPlan, ARefusedCoverLeavesWhatItWasToReplace) {
  CoverPlan plan;
  add(plan, "a/+");
  plan.acknowledged("a/+", QoS::at_most_once);
  add(plan, "+/b");
  const auto refused = plan.refused("+/+");
  EXPECT_THAT(refused.unserved, ElementsAre("+/b"));
  EXPECT_FALSE(refused.again);
  EXPECT_EQ(add(plan, "a/x").served, QoS::at_most_once);
}

TEST(CoverPlan, ARefusedHigherQosHoldsTheLowerAgain) {
  CoverPlan plan;
  add(plan, "a/#");
  plan.acknowledged("a/#", QoS::at_most_once);
  add(plan, "a/b", QoS::exactly_once);
  const auto refused = plan.refused("a/#");
  EXPECT_THAT(refused.unserved, ElementsAre("a/b"));
  ASSERT_TRUE(refused.again);
  EXPECT_EQ(refused.again->qos, QoS::at_most_once);
}

TEST(CoverPlan, ACoverStaysUntilTheLastFilterThatNeedsItIsGone) {
  CoverPlan plan;
  add(plan, "a/b");
  plan.acknowledged("a/b", QoS::at_most_once);
  add(plan, "a/#");
  plan.acknowledged("a/#", QoS::at_most_once);
  EXPECT_THAT(plan.remove("a/#"), IsEmpty());
  EXPECT_THAT(plan.remove("a/b"), ElementsAre("a/#"));
}

TEST(CoverPlan, RemovingWhileACoverIsPendingReleasesEverythingHeldForIt) {
  CoverPlan plan;
  add(plan, "a/+");
  plan.acknowledged("a/+", QoS::at_most_once);
  add(plan, "+/b");
  EXPECT_THAT(plan.remove("+/b"), IsEmpty());
  EXPECT_THAT(plan.remove("a/+"), UnorderedElementsAre("+/+", "a/+"));
}

// A broker that answers in order, some time later; filters are served by what it holds, and what it holds at rest does
// not overlap.
TEST(CoverPlan, KeepsItsPromisesInRandomUse) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const std::vector<std::string> levels{"a", "b", "+", "#"};
    CoverPlan plan;
    std::set<std::string> wanted;
    std::map<std::string, QoS> held;
    std::vector<CoverPlan::Hold> asked;
    const auto answer = [&] {
      const CoverPlan::Hold hold = asked.front();
      asked.erase(asked.begin());
      held[hold.filter] = hold.qos;
      for (const std::string& old : plan.acknowledged(hold.filter, hold.qos).release) {
        held.erase(old);
      }
    };
    for (int step = 0; step < 60; ++step) {
      std::string filter;
      for (std::size_t depth = 1 + random() % 3; depth > 0 && !filter.ends_with('#'); --depth) {
        filter += (filter.empty() ? "" : "/") + levels[random() % levels.size()];
      }
      const auto kind = random() % 4;
      if (kind < 2 && wanted.insert(filter).second) {
        if (const auto added = add(plan, filter, static_cast<QoS>(random() % 3)); added.hold) {
          asked.push_back(*added.hold);
        }
      } else if (kind == 2 && wanted.erase(filter) > 0) {
        for (const std::string& old : plan.remove(filter)) {
          held.erase(old);
          std::erase_if(asked, [&](const auto& hold) { return hold.filter == old; });
        }
      } else if (!asked.empty()) {
        answer();
      }
    }
    while (!asked.empty()) {
      answer();
    }
    for (const std::string& filter : wanted) {
      EXPECT_TRUE(std::ranges::any_of(held, [&](const auto& one) { return mqtt::covers(one.first, filter); }))
          << filter << " is not served, seed " << seed;
    }
    for (const auto& one : held) {
      for (const auto& other : held) {
        EXPECT_TRUE(one.first == other.first || !mqtt::overlaps(one.first, other.first))
            << one.first << " and " << other.first << ", seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace lobbyd::hub
