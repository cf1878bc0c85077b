#include "service/apps/rooms/bans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t minute = 60'000;

Ban ban(std::int64_t at, std::int64_t until, std::string player = "bob", std::string instance = "a") {
  return {.at = HybridTime(at), .instance = std::move(instance), .player = std::move(player), .until = until};
}

MemberRecord member(std::int64_t at, std::string player = "bob") {
  return {.at = HybridTime(at), .instance = "a", .player = std::move(player), .name = {}};
}

TEST(Bans, AKickedClientGoesAndMayComeBack) {
  const Ban kick = ban(100, 100);
  EXPECT_TRUE(Bans::expels("bob:1", kick, "bob:1", member(99), 200));
  EXPECT_FALSE(Bans::expels("bob:1", kick, "bob:1", member(101), 200));
  EXPECT_FALSE(Bans::expels("bob:1", kick, "bob:2", member(99), 200)) << "another connection of the player";
}

TEST(Bans, ABannedPlayerGoesWithAllItsConnections) {
  const Ban banned = ban(100, 5'000);
  EXPECT_TRUE(Bans::expels("bob:1", banned, "bob:2", member(101), 200));
  EXPECT_FALSE(Bans::expels("bob:1", banned, "ann:1", member(99, "ann"), 200));
  EXPECT_FALSE(Bans::expels("bob:1", banned, "bob:2", member(101), 5'000)) << "it is over";
}

TEST(Bans, APlayerStaysOutUntilTheLastEnds) {
  Bans bans;
  bans.put("bob:1", ban(1, 5'000));
  bans.put("bob:2", ban(1, 7'000));
  bans.put("ann:1", ban(1, 9'000, "ann"));
  EXPECT_EQ(bans.until("bob", 100), 7'000);
  EXPECT_EQ(bans.until("bob", 7'000), std::nullopt);
  bans.remove("bob:2");
  EXPECT_EQ(bans.until("bob", 100), 5'000);
  bans.put("bob:1", ban(2, 50));
  EXPECT_EQ(bans.until("bob", 100), std::nullopt) << "a later one of the same client counts";
}

TEST(Bans, EachEndsAndIsClearedByItsInstance) {
  Bans bans;
  bans.put("bob:1", ban(1'000, 2'000));
  bans.put("bob:2", ban(1'000, 5 * minute));
  bans.put("bob:3", ban(1'000, 2'000, "bob", "other"));
  EXPECT_EQ(bans.next_end("a"), 1'000 + minute) << "a short one stands for a minute";
  EXPECT_THAT(bans.ended("a", 1'000 + minute), ElementsAre("bob:1"));
  EXPECT_THAT(bans.ended("a", 5 * minute), ElementsAre("bob:1", "bob:2"));
  EXPECT_THAT(bans.ended("b", 5 * minute), IsEmpty());
  EXPECT_EQ(bans.next_end("b"), std::nullopt);
  bans.forget_ended(1'000 + 2 * minute);
  EXPECT_EQ(bans.find("bob:3"), nullptr);
  EXPECT_NE(bans.find("bob:2"), nullptr);
}

TEST(Bans, AreBounded) {
  Bans bans;
  for (std::size_t number = 0; number <= Bans::most; ++number) {
    bans.put("c" + std::to_string(number), ban(1, static_cast<std::int64_t>(100'000 + number)));
  }
  EXPECT_EQ(bans.find("c0"), nullptr) << "it would end first";
  EXPECT_NE(bans.find("c1"), nullptr);
}

}  // namespace
}  // namespace lobbyd::apps
