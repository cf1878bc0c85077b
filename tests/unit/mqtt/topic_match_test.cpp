#include "protocol/mqtt/topic_match.hpp"

#include "protocol/mqtt/topic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt {
namespace {

TEST(Matches, TheExamplesOfTheStandard) {
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1"));
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1/ranking"));
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"));
  EXPECT_TRUE(matches("sport/#", "sport"));
  EXPECT_TRUE(matches("sport/tennis/+", "sport/tennis/player1"));
  EXPECT_FALSE(matches("sport/tennis/+", "sport/tennis/player1/ranking"));
  EXPECT_FALSE(matches("sport/+", "sport"));
  EXPECT_TRUE(matches("sport/+", "sport/"));
  EXPECT_TRUE(matches("+/+", "/finance"));
  EXPECT_TRUE(matches("/+", "/finance"));
  EXPECT_FALSE(matches("+", "/finance"));
  EXPECT_FALSE(matches("#", "$SYS/monitor"));
  EXPECT_FALSE(matches("+/monitor/Clients", "$SYS/monitor/Clients"));
  EXPECT_TRUE(matches("$SYS/#", "$SYS/monitor"));
  EXPECT_TRUE(matches("$SYS/monitor/+", "$SYS/monitor/Clients"));
  EXPECT_TRUE(matches("a/+", "a/$b")) << "only the first level is special";
  EXPECT_FALSE(matches("ACCOUNTS", "Accounts"));
}

TEST(Join, GivesTheNarrowestFilter) {
  EXPECT_EQ(join("a/b", "a/b"), "a/b");
  EXPECT_EQ(join("a/b", "a/c"), "a/+");
  EXPECT_EQ(join("a/b/x", "a/c/x"), "a/+/x");
  EXPECT_EQ(join("a", "a/b"), "a/#");
  EXPECT_EQ(join("a/b", "a/c/d"), "a/+/#");
  EXPECT_EQ(join("a", "b/c"), "#");
  EXPECT_EQ(join("a/#", "a"), "a/#");
  EXPECT_EQ(join("a/#", "b/c"), "#");
  EXPECT_EQ(join("+/b", "a/#"), "#");
  EXPECT_EQ(join("$SYS/a", "$SYS/b/c"), "$SYS/+/#");
  EXPECT_EQ(join("$SYS/a", "b"), std::nullopt);
  EXPECT_EQ(join("$SYS/a", "#"), std::nullopt);
  EXPECT_EQ(join("$SYS/a", "$other/a"), std::nullopt);
}

// All topics over `letters` with one to `depth` levels.
std::vector<std::string> all_topics(std::span<const std::string_view> letters, int depth) {
  std::vector<std::string> topics;
  std::vector<std::string> deepest;
  for (int level = 1; level <= depth; ++level) {
    std::vector<std::string> deeper;
    for (const std::string_view letter : letters) {
      if (level == 1) deeper.emplace_back(letter);
      for (const std::string& topic : deepest) deeper.push_back(topic + "/" + std::string(letter));
    }
    topics.insert(topics.end(), deeper.begin(), deeper.end());
    deepest = std::move(deeper);
  }
  std::erase(topics, std::string());
  return topics;
}

// The definition of MQTT5 §4.7, written down once more in a different way.
bool matches_by_definition(std::span<const std::string> filter, std::span<const std::string> topic) {
  if (filter.empty()) return topic.empty();
  if (filter.front() == "#") return true;
  if (topic.empty()) return false;
  const bool level_matches = filter.front() == "+" || filter.front() == topic.front();
  return level_matches && matches_by_definition(filter.subspan(1), topic.subspan(1));
}

std::vector<std::string> split(const std::string& topic) {
  std::vector<std::string> levels(1);
  for (const char c : topic) {
    if (c == '/') {
      levels.emplace_back();
    } else {
      levels.back() += c;
    }
  }
  return levels;
}

bool matches_by_definition(const std::string& filter, const std::string& topic) {
  if (topic.front() == '$' && (filter.front() == '+' || filter.front() == '#')) return false;
  return matches_by_definition(split(filter), split(topic));
}

// Every filter over a small alphabet, with the set of those topics that it matches. The topics have a letter more than
// the filters and are a level deeper, so that what differs between two filters shows in some topic.
class SmallWorld : public ::testing::Test {
 protected:
  static constexpr std::size_t topic_limit = 800;
  using TopicSet = std::bitset<topic_limit>;
  struct Filter {
    std::string text;
    TopicSet topics;
  };

  static void SetUpTestSuite() {
    constexpr std::string_view topic_letters[] = {"", "a", "b", "$a", "$b"};
    constexpr std::string_view filter_letters[] = {"", "a", "$a", "+", "#"};
    all_names = all_topics(topic_letters, 4);
    ASSERT_LE(all_names.size(), topic_limit);
    for (const std::string& text : all_topics(filter_letters, 3)) {
      if (!check_topic_filter(text)) continue;
      Filter filter{text, {}};
      for (std::size_t i = 0; i < all_names.size(); ++i) filter.topics[i] = matches_by_definition(text, all_names[i]);
      all_filters.push_back(filter);
    }
    ASSERT_GT(all_filters.size(), 80U);
  }
  static void TearDownTestSuite() {
    all_names.clear();
    all_filters.clear();
  }

  static bool is_subset(const TopicSet& narrow, const TopicSet& wide) { return (narrow & ~wide).none(); }
  static TopicSet topics_of(const std::string& filter) {
    const auto found = std::ranges::find(all_filters, filter, &Filter::text);
    return found == all_filters.end() ? TopicSet() : found->topics;
  }

  static inline std::vector<std::string> all_names;
  static inline std::vector<Filter> all_filters;
};

TEST_F(SmallWorld, MatchesAsDefined) {
  for (const Filter& filter : all_filters) {
    for (std::size_t i = 0; i < all_names.size(); ++i) {
      ASSERT_EQ(matches(filter.text, all_names[i]), filter.topics[i]) << filter.text << " and " << all_names[i];
    }
  }
}

TEST_F(SmallWorld, CoversWhereEveryTopicIsMatched) {
  for (const Filter& wide : all_filters) {
    for (const Filter& narrow : all_filters) {
      ASSERT_EQ(covers(wide.text, narrow.text), is_subset(narrow.topics, wide.topics))
          << wide.text << " over " << narrow.text;
    }
  }
}

TEST_F(SmallWorld, OverlapsWhereSomeTopicIsMatchedByBoth) {
  for (const Filter& a : all_filters) {
    for (const Filter& b : all_filters) {
      ASSERT_EQ(overlaps(a.text, b.text), (a.topics & b.topics).any()) << a.text << " and " << b.text;
    }
  }
}

TEST_F(SmallWorld, JoinIsTheLeastOfAllThatCoverBoth) {
  for (const Filter& a : all_filters) {
    for (const Filter& b : all_filters) {
      const TopicSet both = a.topics | b.topics;
      const std::optional<std::string> joined = join(a.text, b.text);
      const TopicSet joined_topics = joined ? topics_of(*joined) : ~TopicSet();
      if (joined) {
        ASSERT_TRUE(check_topic_filter(*joined)) << *joined;
        ASSERT_TRUE(is_subset(both, joined_topics)) << a.text << " and " << b.text << " gave " << *joined;
      }
      for (const Filter& other : all_filters) {
        if (!is_subset(both, other.topics)) continue;
        ASSERT_TRUE(joined) << a.text << " and " << b.text << " are both covered by " << other.text;
        ASSERT_TRUE(is_subset(joined_topics, other.topics))
            << a.text << " and " << b.text << " gave " << *joined << ", wider than " << other.text;
        ASSERT_TRUE(other.topics != joined_topics || joined->size() <= other.text.size()) << *joined;
      }
    }
  }
}

TEST_F(SmallWorld, JoinDoesNotDependOnTheOrder) {
  for (const Filter& a : all_filters) {
    for (const Filter& b : all_filters)
      ASSERT_EQ(join(a.text, b.text), join(b.text, a.text)) << a.text << ", " << b.text;
  }
}

}  // namespace
}  // namespace lobbyd::mqtt
