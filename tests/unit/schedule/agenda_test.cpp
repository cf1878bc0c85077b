#include "service/schedule/agenda.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace lobbyd {
namespace {

using namespace std::chrono_literals;

const Agenda::TimePoint start{1h};

TEST(Agenda, GivesOneAfterTheOtherWhenTheyAreDue) {
  Agenda agenda;
  agenda.add("bob", start + 2s);
  agenda.add("ann", start + 1s);
  EXPECT_EQ(agenda.next(), start + 1s);
  EXPECT_EQ(agenda.take_due(start), std::nullopt);
  EXPECT_EQ(agenda.take_due(start + 2s), "ann");
  EXPECT_EQ(agenda.take_due(start + 2s), "bob");
  EXPECT_EQ(agenda.take_due(start + 2s), std::nullopt);
  EXPECT_EQ(agenda.next(), std::nullopt);
}

TEST(Agenda, TheEarlierTimeCounts) {
  Agenda agenda;
  agenda.add("ann", start + 2s);
  agenda.add("ann", start + 1s);
  agenda.add("ann", start + 3s);
  EXPECT_EQ(agenda.take_due(start + 1s), "ann");
  EXPECT_EQ(agenda.next(), std::nullopt);
}

TEST(Agenda, OneMayBeTakenOff) {
  Agenda agenda;
  agenda.add("ann", start);
  agenda.remove("ann");
  agenda.remove("bob");
  EXPECT_EQ(agenda.take_due(start), std::nullopt);
}

}  // namespace
}  // namespace lobbyd
