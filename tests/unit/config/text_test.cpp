#include "config/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Text, KnowsUtf8) {
  for (const std::string_view text : {"", "plain", "\u00e9", "\u20ac", "\U0001F600", "\uFFFD"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Text, KnowsWhatIsNotUtf8) {
  for (const std::string_view text :
       {"\x80", "\xC0\xAF", "\xC3", "\xE2\x82", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "ok\xC3(", "\xF0\x9F\x98", "\xE2(\xA1"}) {
    EXPECT_FALSE(is_utf8(text)) << ::testing::PrintToString(text);
  }
}

TEST(Text, FindsControlCharacters) {
  EXPECT_FALSE(has_control_characters("caf\u00e9 ~"));
  for (const std::string_view text : {std::string_view("\0", 1), std::string_view("a\nb"), std::string_view("\x7F")}) {
    EXPECT_TRUE(has_control_characters(text));
  }
}

TEST(Text, SplitsAndTrims) {
  EXPECT_THAT(split("a, b ,c", ','), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split("a", ','), ElementsAre("a"));
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("  ", ','), IsEmpty());
}

TEST(Text, JoinsAlternatives) {
  EXPECT_EQ(alternatives({}), "");
  EXPECT_EQ(alternatives({"a"}), "a");
  EXPECT_EQ(alternatives({"a", "b"}), "a or b");
  EXPECT_EQ(alternatives({"a", "b", "c"}), "a, b or c");
}

TEST(Text, WrapsBetweenWords) {
  EXPECT_EQ(wrapped("one two three", "# ", 9), "# one two\n# three\n");
  EXPECT_EQ(wrapped("unbreakable", "# ", 4), "# unbreakable\n");
  EXPECT_EQ(wrapped("", "# ", 9), "");
}

}  // namespace
}  // namespace lobbyd::config
