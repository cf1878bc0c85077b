#include "service/apps/topic_levels.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace lobbyd::apps {
namespace {

TEST(TopicLevels, AreThoseBelowThePrefix) {
  const auto levels = topic_levels<3>("a/b/", "a/b/c/d/e");
  ASSERT_TRUE(levels);
  EXPECT_EQ((*levels)[0], "c");
  EXPECT_EQ((*levels)[1], "d");
  EXPECT_EQ((*levels)[2], "e");
  EXPECT_TRUE(topic_levels<2>("", "/"));
  EXPECT_TRUE(topic_levels<1>("a/", "a/"));
}

TEST(TopicLevels, MustBeAsManyAsAreWanted) {
  for (const char* topic : {"a/b", "a/b/c/d", "x/b/c", "a", ""}) {
    EXPECT_FALSE(topic_levels<2>("a/", topic)) << topic;
  }
  EXPECT_TRUE(topic_levels<2>("a/", "a/b/c"));
}

TEST(TopicLevels, NumbersHaveOneText) {
  EXPECT_EQ(number_level<std::uint32_t>("0"), 0U);
  EXPECT_EQ(number_level<std::int32_t>("2147483647"), 2'147'483'647);
  for (const char* text : {"", "-1", "-0", "01", "1 ", " 1", "+1", "1.0", "2147483648", "x"}) {
    EXPECT_FALSE(number_level<std::int32_t>(text)) << text;
  }
}

}  // namespace
}  // namespace lobbyd::apps
