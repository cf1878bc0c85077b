#include "service/apps/rooms/room_ring.hpp"

#include "tests/unit/rooms/messages.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using test::id_at;
using test::message_at;

bool nothing(const LogRecord& /*record*/) {
  return false;
}
bool deletions(const LogRecord& record) {
  return std::holds_alternative<Deletion>(record);
}

TEST(RoomRing, FillsUpAndThenGoesRound) {
  RoomRing ring(3);
  for (int second = 0; second < 7; ++second) {
    const auto next = ring.next_for_message(nothing);
    EXPECT_EQ(next.slot, static_cast<std::uint32_t>(second % 3));
    ring.put(next.slot, message_at(second));
  }
  EXPECT_EQ(ring.find(id_at(6)), 0U);
  EXPECT_EQ(ring.find(id_at(3)), std::nullopt);
}

// After a restart.
TEST(RoomRing, GoesOnWhereTheRetainedSlotsEnd) {
  RoomRing ring(3);
  ring.put(2, message_at(5));
  ring.put(0, message_at(6));
  ring.put(1, message_at(4));
  EXPECT_EQ(ring.next_for_message(nothing).slot, 1U);
}

TEST(RoomRing, AFreeSlotComesFirst) {
  RoomRing ring(3);
  for (int second = 0; second < 3; ++second) {
    ring.put(static_cast<std::uint32_t>(second), message_at(second));
  }
  ring.put(1, std::nullopt);
  EXPECT_EQ(ring.next_for_message(nothing).slot, 1U);
}

TEST(RoomRing, DeletionsStandBesideTheMessages) {
  RoomRing ring(2);
  EXPECT_EQ(RoomRing::most_deletions(2), 1U);
  ring.put(0, message_at(0));
  ring.put(1, message_at(1));
  const auto next = ring.next_for_deletion(nothing);
  EXPECT_EQ(next.slot, 2U);
  ring.put(2, Deletion{.target = id_at(0, "b"), .id = id_at(2)});
  EXPECT_EQ(ring.next_for_message(deletions).slot, 0U);
  EXPECT_EQ(ring.next_for_deletion(nothing).slot, 2U) << "over one that is not needed any more";
  EXPECT_TRUE(ring.next_for_deletion(deletions).needed);
}

TEST(RoomRing, AMessageTakesThePlaceOfADeletionThatIsNotNeeded) {
  RoomRing ring(3);
  ring.put(0, message_at(0));
  ring.put(1, Deletion{.target = id_at(1)});
  ring.put(2, message_at(2));
  ring.put(3, message_at(3));
  EXPECT_EQ(ring.next_for_message(nothing).slot, 0U) << "three messages stand already";
  ring.put(0, Deletion{.target = id_at(0)});
  EXPECT_EQ(ring.next_for_message(nothing).slot, 0U);
  const auto needed = [](const LogRecord& record) { return key_of(record) == id_at(0); };
  EXPECT_EQ(ring.next_for_message(needed).slot, 1U);
}

TEST(RoomRing, TellsWhetherAllThatStandsIsNeeded) {
  RoomRing ring(2);
  ring.put(0, message_at(0));
  ring.put(1, message_at(1));
  const auto all = [](const LogRecord&) { return true; };
  EXPECT_TRUE(ring.next_for_message(all).needed);
  EXPECT_EQ(ring.next_for_message(all).slot, 0U);
  const auto first = [](const LogRecord& record) { return key_of(record) == id_at(0); };
  EXPECT_FALSE(ring.next_for_message(first).needed);
  EXPECT_EQ(ring.next_for_message(first).slot, 1U);
}

// The configuration kept more before.
TEST(RoomRing, WithMoreMessagesThanItKeepsTheEarliestIsNext) {
  RoomRing ring(1);
  ring.put(7, message_at(0));
  ring.put(3, message_at(1));
  EXPECT_EQ(ring.next_for_message(nothing).slot, 7U);
  EXPECT_NE(ring.at(3), nullptr);
  EXPECT_EQ(ring.at(0), nullptr);
}

}  // namespace
}  // namespace lobbyd::apps
