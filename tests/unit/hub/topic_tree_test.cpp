#include "service/hub/topic_tree.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

std::vector<int> matches(const TopicTree<int>& tree, std::string_view topic) {
  std::vector<int> found;
  tree.match(topic, found);
  return found;
}

TEST(TopicTree, FindsEveryFilterThatMatches) {
  TopicTree<int> tree;
  tree.insert("a/b", 1);
  tree.insert("a/+", 2);
  tree.insert("a/#", 3);
  tree.insert("#", 4);
  tree.insert("+/b", 5);
  tree.insert("a/b/c", 6);
  EXPECT_THAT(matches(tree, "a/b"), UnorderedElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(matches(tree, "a"), UnorderedElementsAre(3, 4));
  EXPECT_THAT(matches(tree, "x/y/z"), UnorderedElementsAre(4));
}

TEST(TopicTree, WildcardsInTheFirstLevelPassTheServersTopicsBy) {
  TopicTree<int> tree;
  tree.insert("#", 1);
  tree.insert("+/load", 2);
  tree.insert("$SYS/#", 3);
  tree.insert("$SYS/+", 4);
  EXPECT_THAT(matches(tree, "$SYS/load"), UnorderedElementsAre(3, 4));
}

TEST(TopicTree, EmptyLevelsAreLevels) {
  TopicTree<int> tree;
  tree.insert("/", 1);
  tree.insert("+/+", 2);
  tree.insert("/+", 3);
  tree.insert("+", 4);
  EXPECT_THAT(matches(tree, "/"), UnorderedElementsAre(1, 2, 3));
}

TEST(TopicTree, VisitsEveryFilterThatOverlaps) {
  std::mt19937 random(1);
  const std::vector<std::string> levels{"a", "b", "+", "#", "", "$s"};
  const auto any_filter = [&] {
    std::string filter = levels[random() % levels.size()];
    for (std::size_t depth = random() % 3; depth > 0 && !filter.ends_with('#'); --depth) {
      filter += "/" + levels[random() % 5];
    }
    return filter.empty() ? std::string("a") : filter;
  };
  for (int round = 0; round < 300; ++round) {
    TopicTree<std::string> tree;
    std::set<std::string> all;
    for (int count = 0; count < 12; ++count) {
      const std::string filter = any_filter();
      if (all.insert(filter).second) {
        tree.insert(filter, filter);
      }
    }
    const std::string asked = any_filter();
    std::set<std::string> found;
    std::set<std::string> expected;
    EXPECT_FALSE(tree.any_overlapping(asked, [&](const std::string& filter) {
      if (mqtt::overlaps(filter, asked)) {
        found.insert(filter);
      }
      return false;
    }));
    std::ranges::copy_if(all, std::inserter(expected, expected.end()),
                         [&](const std::string& filter) { return mqtt::overlaps(filter, asked); });
    EXPECT_EQ(found, expected) << asked;
  }
}

TEST(TopicTree, VisitsNoMoreOnceOneWillDo) {
  TopicTree<int> tree;
  tree.insert("a/b", 1);
  tree.insert("a/+", 2);
  tree.insert("c", 3);
  int visited = 0;
  EXPECT_TRUE(tree.any_overlapping("#", [&](int) { return ++visited == 2; }));
  EXPECT_EQ(visited, 2);
  EXPECT_FALSE(tree.any_overlapping("b/#", [](int) { return true; }));
}

TEST(TopicTree, KeepsSeveralValuesAtOneFilter) {
  TopicTree<int> tree;
  tree.insert("a", 1);
  tree.insert("a", 2);
  EXPECT_THAT(matches(tree, "a"), UnorderedElementsAre(1, 2));
  EXPECT_TRUE(tree.erase("a", 1));
  EXPECT_THAT(matches(tree, "a"), UnorderedElementsAre(2));
}

TEST(TopicTree, ErasingTellsWhetherItWasThereAndLeavesNothingBehind) {
  TopicTree<int> tree;
  for (const char* filter : {"a/b/c", "a/+/c", "a/#", "+", "#"}) {
    tree.insert(filter, 1);
    EXPECT_FALSE(tree.erase(filter, 2)) << filter;
    EXPECT_FALSE(tree.erase(std::string("x/") + filter, 1)) << filter;
    EXPECT_TRUE(tree.erase(filter, 1)) << filter;
    EXPECT_TRUE(tree.empty()) << filter;
  }
  EXPECT_THAT(matches(tree, "a/b/c"), IsEmpty());
}

TEST(TopicTree, AgreesWithTheRulesOfMatching) {
  constexpr unsigned seed = 7;
  std::mt19937 random(seed);
  const std::vector<std::string> levels{"a", "b", "", "$x", "+", "#"};
  const auto make = [&](bool filter) {
    std::string text;
    const std::size_t depth = 1 + random() % 4;
    for (std::size_t at = 0; at < depth; ++at) {
      std::string level = levels[random() % (filter ? 6 : 4)];
      if (level == "#" && at + 1 < depth) {
        level = "+";
      }
      text += (at == 0 ? "" : "/") + level;
    }
    return text.empty() ? std::string("a") : text;
  };
  TopicTree<int> tree;
  std::vector<std::string> filters;
  for (int id = 0; id < 300; ++id) {
    filters.push_back(make(true));
    tree.insert(filters.back(), id);
  }
  for (int round = 0; round < 1000; ++round) {
    const std::string topic = make(false);
    std::vector<int> expected;
    for (int id = 0; id < 300; ++id) {
      if (mqtt::matches(filters[static_cast<std::size_t>(id)], topic)) {
        expected.push_back(id);
      }
    }
    EXPECT_THAT(matches(tree, topic), UnorderedElementsAreArray(expected)) << topic;
  }
}

}  // namespace
}  // namespace lobbyd::hub
