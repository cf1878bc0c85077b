#include "service/hub/split_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::hub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitFilter, ReplacesTheFirstWildcardByEachValueSeen) {
  EXPECT_THAT(split_filter("a/+/c", {"a/1/c", "a/2/c", "a/1/c", "b/3/c"}), ElementsAre("a/1/c", "a/2/c"));
  EXPECT_THAT(split_filter("a/#", {"a/1", "a/2/3", "a"}), ElementsAre("a/1/#", "a/2/#", "a"));
  EXPECT_THAT(split_filter("#", {"a", "b/c"}), ElementsAre("a/#", "b/#"));
  EXPECT_THAT(split_filter("+/#", {"a/b"}), ElementsAre("a/#"));
  EXPECT_THAT(split_filter("a/b", {"a/b"}), IsEmpty());
  EXPECT_THAT(split_filter("a/#", {}), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::hub
