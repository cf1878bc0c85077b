#include "protocol/mqtt/topic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt {
namespace {

using namespace std::string_view_literals;

// nullopt where the rule is kept.
using Verdict = std::optional<TopicError>;
constexpr Verdict fine = std::nullopt;

Verdict verdict(const std::expected<void, TopicError>& result) {
  return result ? fine : Verdict(result.error());
}

struct Row {
  std::string_view topic;
  Verdict expected;
};

TEST(TopicName, FollowsEachRule) {
  const Row rows[] = {
      {"a", fine},
      {"/", fine},
      {"a//b", fine},
      {" ", fine},
      {"$SYS/load", fine},
      {"$share/group/a", fine},
      {"größe/漢字", fine},
      {"", TopicError::empty},
      {"a\0b"sv, TopicError::contains_nul},
      {"a/\xFF", TopicError::not_utf8},
      {"a/+", TopicError::wildcard_in_name},
      {"a+b", TopicError::wildcard_in_name},
      {"#", TopicError::wildcard_in_name},
      {"a#", TopicError::wildcard_in_name},
  };
  for (const Row& row : rows) EXPECT_EQ(verdict(check_topic_name(row.topic)), row.expected) << row.topic;
}

TEST(TopicName, HasAtMost65535Bytes) {
  EXPECT_EQ(verdict(check_topic_name(std::string(65'535, 'a'))), fine);
  EXPECT_EQ(verdict(check_topic_name(std::string(65'536, 'a'))), TopicError::too_long);
  EXPECT_EQ(verdict(check_topic_filter(std::string(65'535, 'a'))), fine);
  EXPECT_EQ(verdict(check_topic_filter(std::string(65'536, 'a'))), TopicError::too_long);
  EXPECT_EQ(verdict(check_topic_filter("$share/g/" + std::string(65'535 - 9, 'a'))), fine);
  EXPECT_EQ(verdict(check_topic_filter("$share/g/" + std::string(65'536 - 9, 'a'))), TopicError::too_long);
}

TEST(TopicFilter, FollowsEachRule) {
  const Row rows[] = {
      {"a/b", fine},
      {"#", fine},
      {"+", fine},
      {"/", fine},
      {"//#", fine},
      {"+/+/#", fine},
      {"a/+/b", fine},
      {"$SYS/#", fine},
      {"$share", fine},
      {"$shared/a", fine},
      {"", TopicError::empty},
      {"a\0b"sv, TopicError::contains_nul},
      {"+/\xC0\x80", TopicError::not_utf8},
      {"#/a", TopicError::multi_level_wildcard_not_last},
      {"a/#/b", TopicError::multi_level_wildcard_not_last},
      {"a/#/", TopicError::multi_level_wildcard_not_last},
      {"#/#", TopicError::multi_level_wildcard_not_last},
      {"a#", TopicError::wildcard_not_alone},
      {"a/b#", TopicError::wildcard_not_alone},
      {"a/#b", TopicError::wildcard_not_alone},
      {"##", TopicError::wildcard_not_alone},
      {"a+", TopicError::wildcard_not_alone},
      {"+a/b", TopicError::wildcard_not_alone},
      {"a/++/b", TopicError::wildcard_not_alone},
      {"+#", TopicError::wildcard_not_alone},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(verdict(check_topic_filter(row.topic)), row.expected) << row.topic;
    EXPECT_EQ(verdict(check_plain_filter(row.topic)), row.expected) << row.topic;
  }
}

TEST(TopicFilter, OfASharedSubscriptionHasAGroupAndAFilter) {
  const Row rows[] = {
      {"$share/group/a", fine},
      {"$share/group/#", fine},
      {"$share/group//", fine},
      {"$share/g r o u p/a/+", fine},
      {"$share/", TopicError::shared_group_empty},
      {"$share//a", TopicError::shared_group_empty},
      {"$share/+/a", TopicError::shared_group_has_wildcard},
      {"$share/#", TopicError::shared_group_has_wildcard},
      {"$share/g+/a", TopicError::shared_group_has_wildcard},
      {"$share/group", TopicError::shared_filter_missing},
      {"$share/group/", TopicError::shared_filter_missing},
      {"$share/group/#/a", TopicError::multi_level_wildcard_not_last},
      {"$share/group/a+", TopicError::wildcard_not_alone},
      {"$share/group/\xFF", TopicError::not_utf8},
      {"$share/gr\0up/a"sv, TopicError::contains_nul},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(verdict(check_topic_filter(row.topic)), row.expected) << row.topic;
    EXPECT_EQ(parse_shared(row.topic).has_value(), row.expected == fine) << row.topic;
  }
}

TEST(TopicFilter, OfMqtt311KnowsNoSharedSubscription) {
  EXPECT_EQ(verdict(check_plain_filter("$share/group")), fine);
  EXPECT_EQ(verdict(check_plain_filter("$share/+/a")), fine);
}

TEST(TopicError, HasItsOwnWords) {
  std::vector<std::string_view> seen;
  for (int value = 0; value <= static_cast<int>(TopicError::shared_filter_missing); ++value) {
    const std::string_view words = describe(static_cast<TopicError>(value));
    EXPECT_NE(words, "unknown") << value;
    EXPECT_EQ(std::ranges::count(seen, words), 0) << words;
    seen.push_back(words);
  }
}

TEST(SharedFilter, IsTakenApart) {
  EXPECT_EQ(parse_shared("$share/group/a/b"), (SharedFilter{"group", "a/b"}));
  EXPECT_EQ(parse_shared("$share/g//"), (SharedFilter{"g", "/"}));
  EXPECT_EQ(parse_shared("a/b"), std::nullopt);
  EXPECT_EQ(parse_shared("$SHARE/group/a"), std::nullopt);
  EXPECT_EQ(parse_shared("$share"), std::nullopt);
}

std::vector<std::string_view> levels_of(std::string_view topic) {
  std::vector<std::string_view> levels;
  for (const std::string_view level : split_levels(topic)) levels.push_back(level);
  return levels;
}

TEST(Levels, AreWhatStandsBetweenTheSlashes) {
  using List = std::vector<std::string_view>;
  EXPECT_EQ(levels_of("a"), (List{"a"}));
  EXPECT_EQ(levels_of("a/bc/d"), (List{"a", "bc", "d"}));
  EXPECT_EQ(levels_of("/"), (List{"", ""}));
  EXPECT_EQ(levels_of("a//b/"), (List{"a", "", "b", ""}));
  EXPECT_EQ(levels_of(""), (List{""}));
}

TEST(Levels, IteratorKnowsWhatIsLeft) {
  auto level = split_levels("a/bc/d").begin();
  EXPECT_EQ(level.rest(), "a/bc/d");
  const auto before = level++;
  EXPECT_EQ(level.rest(), "bc/d");
  EXPECT_NE(level, before);
  EXPECT_EQ(*before, "a");
  ++level;
  EXPECT_EQ(level.rest(), "d");
  ++level;
  EXPECT_EQ(level, std::default_sentinel);
}

}  // namespace
}  // namespace lobbyd::mqtt
