#include "service/hub/topic_tree.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
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
