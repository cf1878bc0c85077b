#include "service/apps/absences.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Absences::TimePoint start{};

TEST(Absences, AreTheKnownTopicsThatDidNotCome) {
  Absences absences;
  absences.begin({"a", "b", "c"});
  EXPECT_TRUE(absences.reading());
  absences.see("b");
  absences.see("new");
  EXPECT_THAT(absences.end(), ElementsAre("a", "c"));
  EXPECT_FALSE(absences.reading());
  EXPECT_THAT(absences.end(), IsEmpty());
}

TEST(Absences, MayBeWaitedFor) {
  Absences absences;
  absences.begin({"a", "b"});
  absences.wait_for(absences.end(), start + 10s);
  EXPECT_EQ(absences.next_timeout(), start + 10s);
  absences.see("a");
  EXPECT_THAT(absences.take_due(start + 9s), IsEmpty());
  EXPECT_THAT(absences.take_due(start + 10s), ElementsAre("b"));
  EXPECT_EQ(absences.next_timeout(), std::nullopt);
}

TEST(Absences, AnotherReadingLooksForAllAnew) {
  Absences absences;
  absences.begin({"a"});
  absences.wait_for(absences.end(), start);
  absences.begin({"a"});
  EXPECT_EQ(absences.next_timeout(), std::nullopt);
  EXPECT_THAT(absences.take_due(start + 1h), IsEmpty());
  absences.see("a");
  EXPECT_THAT(absences.end(), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::apps
