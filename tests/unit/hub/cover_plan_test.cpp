#include "service/hub/cover_plan.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <iterator>
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

constexpr QoS q0 = QoS::at_most_once;
constexpr QoS q1 = QoS::at_least_once;
constexpr QoS q2 = QoS::exactly_once;

std::vector<std::string> filters(const std::vector<CoverPlan::Served>& served) {
  std::vector<std::string> names;
  for (const auto& one : served) {
    names.push_back(one.filter);
  }
  return names;
}

std::vector<std::string> filters(const std::vector<CoverPlan::Hold>& holds) {
  std::vector<std::string> names;
  for (const auto& hold : holds) {
    names.push_back(hold.filter);
  }
  return names;
}

class CoverPlanTest : public testing::Test {
 protected:
  // Adds it, and gives the hold that this leads to.
  CoverPlan::Hold hold(const std::string& filter, QoS qos = q0) {
    const auto added = plan_.add(filter, qos);
    EXPECT_EQ(added.hold.size(), 1U) << filter;
    return added.hold.empty() ? CoverPlan::Hold{} : added.hold.front();
  }

  void stand(const std::string& filter, QoS qos = q0) { plan_.acknowledged(hold(filter, qos), qos); }

  CoverPlan plan_;
};

TEST_F(CoverPlanTest, FiltersThatDoNotOverlapAreHeldAsTheyAre) {
  const auto first = hold("a/+");
  EXPECT_EQ(first.filter, "a/+");
  EXPECT_EQ(hold("b/+").filter, "b/+");
  EXPECT_THAT(filters(plan_.acknowledged(first, q0).served), ElementsAre("a/+"));
  EXPECT_THAT(plan_.remove("a/+").release, ElementsAre("a/+"));
}

TEST_F(CoverPlanTest, AHeldFilterThatCoversANewOneServesIt) {
  const auto wide = hold("a/#", q1);
  EXPECT_THAT(plan_.add("a/b", q0).hold, IsEmpty());
  EXPECT_THAT(filters(plan_.acknowledged(wide, q1).served), UnorderedElementsAre("a/#", "a/b"));
  const auto later = plan_.add("a/c", q0);
  EXPECT_THAT(later.hold, IsEmpty());
  ASSERT_THAT(filters(later.served), ElementsAre("a/c"));
  EXPECT_EQ(later.served.front().granted, q1);
}

TEST_F(CoverPlanTest, OverlappingFiltersGiveWayToTheNarrowestCoverOnceItIsAcknowledged) {
  stand("a/+", q1);
  const auto wide = hold("+/b");
  EXPECT_EQ(wide.filter, "+/+");
  EXPECT_EQ(wide.qos, q1);
  const auto acknowledged = plan_.acknowledged(wide, q1);
  EXPECT_THAT(filters(acknowledged.served), UnorderedElementsAre("+/b", "a/+"));
  EXPECT_THAT(acknowledged.release, ElementsAre("a/+"));
}

TEST_F(CoverPlanTest, AHigherQosRaisesTheCover) {
  stand("a/#");
  const auto raised = hold("a/b", q2);
  EXPECT_EQ(raised.filter, "a/#");
  EXPECT_EQ(raised.qos, q2);
  EXPECT_THAT(filters(plan_.add("a/c", q0).served), ElementsAre("a/c")) << "the lower QoS stands";
  EXPECT_THAT(plan_.add("a/d", q1).served, IsEmpty());
  const auto acknowledged = plan_.acknowledged(raised, q2);
  EXPECT_THAT(filters(acknowledged.served), testing::IsSupersetOf({"a/b", "a/d"}));
  EXPECT_THAT(acknowledged.release, IsEmpty());
}

TEST_F(CoverPlanTest, AnAnswerToAnEarlierHoldSaysNothing) {
  const auto low = hold("a");
  const auto high = hold("a", q2);
  EXPECT_THAT(plan_.acknowledged(low, q0).served, IsEmpty());
  EXPECT_THAT(plan_.refused(low).refused, IsEmpty());
  EXPECT_THAT(filters(plan_.acknowledged(high, q2).served), ElementsAre("a"));
}

// What a cover serves includes what it replaces, whether or not that was acknowledged.
TEST_F(CoverPlanTest, AnAcknowledgedCoverServesWhatItReplacesBeforeItsAnswer) {
  const auto narrow = hold("a/b");
  const auto wide = hold("a/#");
  const auto acknowledged = plan_.acknowledged(wide, q0);
  EXPECT_THAT(filters(acknowledged.served), UnorderedElementsAre("a/b", "a/#"));
  EXPECT_THAT(acknowledged.release, ElementsAre("a/b"));
  EXPECT_THAT(plan_.acknowledged(narrow, q0).served, IsEmpty());
}

TEST_F(CoverPlanTest, ARefusedCoverLeavesWhatItWasToReplace) {
  stand("a/+");
  const auto refused = plan_.refused(hold("+/b"));
  EXPECT_THAT(refused.refused, ElementsAre("+/b"));
  EXPECT_THAT(refused.hold, IsEmpty());
  EXPECT_THAT(refused.release, IsEmpty());
  EXPECT_THAT(filters(plan_.add("a/x", q0).served), ElementsAre("a/x"));
}

TEST_F(CoverPlanTest, AllIsRefusedWhereWhatWasReplacedIsRefusedToo) {
  const auto narrow = hold("a/b");
  const auto wide = hold("a/#");
  EXPECT_THAT(plan_.refused(narrow).refused, IsEmpty()) << "the wide one may still serve it";
  EXPECT_THAT(plan_.refused(wide).refused, UnorderedElementsAre("a/b", "a/#"));
  EXPECT_THAT(plan_.held(), IsEmpty());
  EXPECT_EQ(hold("a/b").filter, "a/b") << "and can be asked for again";
}

TEST_F(CoverPlanTest, ARefusedCoverLeavesWhatWasGrantedMeanwhile) {
  const auto narrow = hold("a/b");
  const auto wide = hold("a/#");
  plan_.acknowledged(narrow, q0);
  const auto refused = plan_.refused(wide);
  EXPECT_THAT(refused.refused, ElementsAre("a/#"));
  EXPECT_THAT(filters(refused.served), ElementsAre("a/b"));
}

TEST_F(CoverPlanTest, ARefusedHigherQosHoldsTheLowerAgain) {
  stand("a/#");
  const auto refused = plan_.refused(hold("a/b", q2));
  EXPECT_THAT(refused.refused, ElementsAre("a/b"));
  ASSERT_THAT(filters(refused.hold), ElementsAre("a/#"));
  EXPECT_EQ(refused.hold.front().qos, q0);
  EXPECT_THAT(plan_.refused(refused.hold.front()).refused, ElementsAre("a/#"));
}

TEST_F(CoverPlanTest, TheCoverGoesWithTheLastFilter) {
  stand("a/b");
  stand("a/#");
  EXPECT_THAT(plan_.remove("a/b").release, IsEmpty());
  EXPECT_THAT(plan_.remove("a/#").release, ElementsAre("a/#"));
  EXPECT_THAT(plan_.held(), IsEmpty());
}

TEST_F(CoverPlanTest, RemovingWhileACoverIsPendingReleasesEverythingHeldForIt) {
  stand("a/+");
  hold("+/b");
  EXPECT_THAT(plan_.remove("+/b").release, IsEmpty());
  EXPECT_THAT(plan_.remove("a/+").release, UnorderedElementsAre("+/+", "a/+"));
}

TEST_F(CoverPlanTest, IsNarrowedWhenItsWidestFilterHasGone) {
  stand("a/b", q1);
  stand("c/d");
  stand("#");
  EXPECT_THAT(plan_.remove("#").hold, IsEmpty());
  ASSERT_TRUE(plan_.may_narrow());
  const auto narrowed = plan_.narrow();
  ASSERT_THAT(filters(narrowed.hold), UnorderedElementsAre("a/b", "c/d"));
  EXPECT_THAT(narrowed.release, IsEmpty());
  EXPECT_THAT(plan_.acknowledged(narrowed.hold[0], q1).release, IsEmpty()) << "it still serves the other";
  EXPECT_THAT(plan_.acknowledged(narrowed.hold[1], q1).release, ElementsAre("#"));
  EXPECT_FALSE(plan_.may_narrow());
}

TEST_F(CoverPlanTest, IsNotLookedAtAgainWhileItsWidestFilterIsThere) {
  stand("#");
  plan_.add("a", q0);
  plan_.add("b", q0);
  plan_.remove("a");
  EXPECT_FALSE(plan_.may_narrow());
}

TEST_F(CoverPlanTest, WhatIsWantedWhileItIsNarrowedIsServed) {
  stand("a/b");
  stand("a/#");
  plan_.remove("a/#");
  const auto narrowed = plan_.narrow();
  const auto again = plan_.add("a/#", q0);
  EXPECT_THAT(again.hold, IsEmpty()) << "it has not gone yet";
  EXPECT_THAT(filters(again.served), testing::Contains("a/#"));
  EXPECT_THAT(again.release, ElementsAre("a/b"));
}

TEST_F(CoverPlanTest, StaysWideWhereNarrowerIsRefused) {
  stand("a/b");
  stand("a/c");
  stand("a/#");
  plan_.remove("a/#");
  const auto narrowed = plan_.narrow();
  ASSERT_EQ(narrowed.hold.size(), 2U);
  plan_.acknowledged(narrowed.hold[0], q0);
  const auto refused = plan_.refused(narrowed.hold[1]);
  EXPECT_THAT(refused.refused, IsEmpty());
  EXPECT_THAT(refused.hold, IsEmpty());
  EXPECT_THAT(refused.release, ElementsAre(narrowed.hold[0].filter));
  EXPECT_THAT(plan_.held(), ElementsAre("a/#"));
  plan_.add("a/d", q0);
  plan_.remove("a/d");
  EXPECT_FALSE(plan_.may_narrow()) << "it would be refused for ever";
}

// A broker that answers in order, some time later. What was served stays served; at rest everything is served by what
// is held, which does not overlap, and the narrowest that can be.
class CoverPlanModel {
 public:
  CoverPlanModel(unsigned seed, bool refuses) : random_(seed), refuses_(refuses) {}

  void run() {
    for (int step = 0; step < 80; ++step) {
      const std::string filter = any_filter();
      switch (random_() % 6) {
        case 0:
        case 1:
          wanted_.insert(filter);
          carry_out(plan_.add(filter, static_cast<QoS>(random_() % 3)));
          break;
        case 2:
          wanted_.erase(filter);
          served_.erase(filter);
          carry_out(plan_.remove(filter));
          break;
        case 3:
          carry_out(plan_.narrow());
          break;
        default:
          answer();
      }
      check_served();
    }
    come_to_rest();
    carry_out(plan_.narrow());
    come_to_rest();
    check_rest();
  }

 private:
  std::string any_filter() {
    static const std::vector<std::string> levels{"a", "b", "+", "#", ""};
    std::string filter = levels[random_() % 4];
    for (std::size_t depth = random_() % 3; depth > 0 && !filter.ends_with('#'); --depth) {
      filter += "/" + levels[random_() % levels.size()];
    }
    return filter;
  }

  void carry_out(const CoverPlan::Changes& changes) {
    for (const auto& hold : changes.hold) {
      asked_.push_back(hold);
    }
    for (const std::string& filter : changes.release) {
      held_.erase(filter);
      std::erase_if(asked_, [&](const auto& hold) { return hold.filter == filter; });
    }
    for (const auto& served : changes.served) {
      EXPECT_TRUE(wanted_.contains(served.filter)) << served.filter;
      served_.insert(served.filter);
    }
    for (const std::string& filter : changes.refused) {
      EXPECT_EQ(wanted_.erase(filter), 1U) << filter;
      served_.erase(filter);
    }
  }

  void answer() {
    if (asked_.empty()) {
      return;
    }
    const CoverPlan::Hold hold = asked_.front();
    asked_.erase(asked_.begin());
    if (refuses_ && random_() % 3 == 0) {
      held_.erase(hold.filter);
      carry_out(plan_.refused(hold));
    } else {
      held_[hold.filter] = hold.qos;
      carry_out(plan_.acknowledged(hold, hold.qos));
    }
  }

  void come_to_rest() {
    for (int rounds = 0; !asked_.empty(); ++rounds) {
      ASSERT_LT(rounds, 1000) << "asks for ever";
      answer();
    }
  }

  bool is_covered(const std::string& filter) const {
    return std::ranges::any_of(held_, [&](const auto& one) { return mqtt::covers(one.first, filter); });
  }

  void check_served() const {
    for (const std::string& filter : served_) {
      EXPECT_TRUE(refuses_ || is_covered(filter)) << filter << " is no longer served";
    }
  }

  void check_rest() {
    EXPECT_EQ(served_, wanted_);
    std::vector<std::string> held;
    for (const auto& one : held_) {
      held.push_back(one.first);
      for (const auto& other : held_) {
        EXPECT_TRUE(one.first == other.first || !mqtt::overlaps(one.first, other.first))
            << one.first << " and " << other.first;
      }
    }
    for (const std::string& filter : wanted_) {
      EXPECT_TRUE(is_covered(filter)) << filter;
    }
    EXPECT_THAT(plan_.held(), testing::UnorderedElementsAreArray(held));
    if (!refuses_) {
      std::set<std::string> shortest;
      std::ranges::transform(held, std::inserter(shortest, shortest.end()), shortest_name);
      EXPECT_EQ(shortest, narrowest());
    }
  }

  // "#" and "+/#" are the same.
  static std::string shortest_name(const std::string& filter) { return mqtt::join(filter, filter).value(); }

  std::set<std::string> narrowest() const {
    std::vector<std::string> covers(wanted_.begin(), wanted_.end());
    for (std::size_t one = 0; one < covers.size(); ++one) {
      for (std::size_t other = one + 1; other < covers.size(); ++other) {
        if (mqtt::overlaps(covers[one], covers[other])) {
          covers[one] = mqtt::join(covers[one], covers[other]).value();
          covers.erase(covers.begin() + static_cast<std::ptrdiff_t>(other));
          one = other = 0;
        }
      }
    }
    std::ranges::transform(covers, covers.begin(), shortest_name);
    return {covers.begin(), covers.end()};
  }

  std::mt19937 random_;
  bool refuses_;
  CoverPlan plan_;
  std::set<std::string> wanted_;
  std::set<std::string> served_;
  std::map<std::string, QoS> held_;
  std::vector<CoverPlan::Hold> asked_;
};

TEST(CoverPlan, KeepsItsPromisesInRandomUse) {
  for (unsigned seed = 0; seed < 1000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    CoverPlanModel(seed, seed % 2 == 1).run();
  }
}

// Ten thousand filters cost no more than a few times ten times what a thousand cost.
TEST(CoverPlan, CostsWorkInProportionToItsFilters) {
  const auto time_for = [](int count) {
    const std::clock_t begin = std::clock();
    CoverPlan plan;
    const auto name = [](int i) { return "p/" + std::to_string(i / 100) + "/" + std::to_string(i % 100) + "/#"; };
    const auto acknowledge = [&](const CoverPlan::Changes& changes) {
      for (const auto& hold : changes.hold) {
        plan.acknowledged(hold, hold.qos);
      }
    };
    for (int i = 0; i < count; ++i) {
      acknowledge(plan.add(name(i), q0));
    }
    acknowledge(plan.add("#", q0));
    plan.remove("#");
    acknowledge(plan.narrow());
    EXPECT_EQ(plan.held().size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      plan.remove(name(i));
    }
    return std::clock() - begin;
  };
  EXPECT_LT(time_for(10'000), 40 * time_for(1'000) + CLOCKS_PER_SEC / 10);
}

}  // namespace
}  // namespace lobbyd::hub
