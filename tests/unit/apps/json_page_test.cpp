#include "service/apps/json_page.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using Added = PageBuilder::Added;

TEST(PageBuilder, JoinsEntriesByCommas) {
  PageBuilder builder({.entries = 10, .bytes = 100});
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.add("1"), Added::yes);
  EXPECT_EQ(builder.add("[2]"), Added::yes);
  EXPECT_FALSE(builder.empty());
  EXPECT_EQ(builder.take().entries, "1,[2]");
}

TEST(PageBuilder, IsFullAtItsNumberOfEntries) {
  PageBuilder builder({.entries = 2, .bytes = 100});
  EXPECT_EQ(builder.add("1"), Added::yes);
  EXPECT_EQ(builder.add("2"), Added::yes);
  EXPECT_EQ(builder.add("3"), Added::full);
  EXPECT_EQ(builder.take().entries, "1,2");
}

TEST(PageBuilder, CountsCommasAmongItsBytes) {
  PageBuilder exact({.entries = 10, .bytes = 5});
  EXPECT_EQ(exact.add("12"), Added::yes);
  EXPECT_EQ(exact.add("34"), Added::yes);
  EXPECT_EQ(exact.take().entries.size(), 5U);
  PageBuilder less({.entries = 10, .bytes = 4});
  EXPECT_EQ(less.add("12"), Added::yes);
  EXPECT_EQ(less.add("34"), Added::full);
}

TEST(PageBuilder, LeavesOutWhatNoPageCanHold) {
  PageBuilder builder({.entries = 10, .bytes = 4});
  EXPECT_EQ(builder.add("1"), Added::yes);
  EXPECT_EQ(builder.add("12345"), Added::left_out);
  EXPECT_EQ(builder.add("2"), Added::yes);
  const Page page = builder.take();
  EXPECT_EQ(page.entries, "1,2");
  EXPECT_EQ(page.left_out, 1U);
}

}  // namespace
}  // namespace lobbyd::apps
