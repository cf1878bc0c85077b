// Kicking from a room.

#include "tests/unit/rooms/room_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using api::Reason;
using testing::ElementsAre;
using testing::IsEmpty;

class RoomKickTest : public testing::Test {
 protected:
  RoomKickTest() {
    scene_.start("a");
    scene_.start("b");
    scene_.join("a", "mod");
    scene_.join("b", "bob:1");
    scene_.join("b", "bob:2");
    scene_.told("a");
    scene_.told("b");
  }

  test::RoomScene scene_;
};

TEST_F(RoomKickTest, AKickedMemberGoesAndMayComeBack) {
  ASSERT_TRUE(scene_.kick("a", "mod", "bob:1"));
  EXPECT_THAT(scene_.told("b"), ElementsAre("expelled: bob:1", "bob:1 kicked"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("bob:1 kicked"));
  EXPECT_THAT(scene_.members("a"), ElementsAre("bob:2", "mod"));
  EXPECT_TRUE(scene_.join("b", "bob:1"));
  EXPECT_THAT(scene_.members("a"), ElementsAre("bob:1", "bob:2", "mod"));
}

TEST_F(RoomKickTest, ABannedPlayerStaysOut) {
  ASSERT_TRUE(scene_.kick("a", "mod", "bob:1", 30s));
  EXPECT_THAT(scene_.members("a"), ElementsAre("mod")) << "with all its connections";
  const auto refused = scene_.join("b", "bob:3");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::forbidden);
  EXPECT_EQ(refused.error().extra["retry_after_ms"], 30'000);
  EXPECT_FALSE(scene_.join("a", "bob:1"));
  EXPECT_TRUE(scene_.join("b", "ann"));
  scene_.pass(30s);
  EXPECT_TRUE(scene_.join("b", "bob:3"));
}

TEST_F(RoomKickTest, ABanIsKnownToWhoStartsLater) {
  scene_.kick("a", "mod", "bob:1", 90s);
  scene_.start("c");
  EXPECT_FALSE(scene_.join("c", "bob:1"));
}

TEST_F(RoomKickTest, WhoIsOnlyComingInIsRefused) {
  scene_.leave("b", "bob:2");
  scene_.hold("b", [](Room& room, Moment now, RoomOutput& out) {
    return room.join({.client_id = "bob:2", .player = "bob"}, now, out);
  });
  scene_.told("b");
  scene_.publish(
      "lobby/room/r/ban/bob:1",
      write_record(Ban{
          .at = HybridTime(test::start_ms + 1), .instance = "a", .player = "bob", .until = test::start_ms + 90'000}));
  EXPECT_THAT(scene_.told("b"), ElementsAre("expelled: bob:1", "refused: bob:2 forbidden", "bob:2 joined as bob",
                                            "bob:1 kicked", "bob:2 kicked"));
  EXPECT_THAT(scene_.members("a"), ElementsAre("mod"));
}

TEST_F(RoomKickTest, ThereMustBeSuchAMember) {
  EXPECT_EQ(scene_.kick("a", "mod", "eve").error().reason, Reason::not_found);
}

TEST_F(RoomKickTest, ABanIsClearedByItsInstance) {
  scene_.kick("a", "mod", "bob:1", 90s);
  ASSERT_TRUE(scene_.retained.contains("lobby/room/r/ban/bob:1"));
  scene_.pass(89s);
  EXPECT_TRUE(scene_.retained.contains("lobby/room/r/ban/bob:1"));
  scene_.pass(1s);
  EXPECT_FALSE(scene_.retained.contains("lobby/room/r/ban/bob:1"));
}

TEST_F(RoomKickTest, ABanThatOthersClearIsWrittenAgain) {
  scene_.kick("a", "mod", "bob:1", 90s);
  scene_.publish("lobby/room/r/ban/bob:1", "");
  EXPECT_TRUE(scene_.retained.contains("lobby/room/r/ban/bob:1"));
  EXPECT_FALSE(scene_.join("a", "bob:1"));
}

TEST_F(RoomKickTest, AForgottenBanIsWrittenAgain) {
  scene_.kick("a", "mod", "bob:1", 90s);
  scene_.retained.clear();
  scene_.read("a", true);
  EXPECT_TRUE(scene_.retained.contains("lobby/room/r/ban/bob:1"));
}

TEST_F(RoomKickTest, ABanHasAnExpiry) {
  scene_.hold("a", [](Room& room, Moment now, RoomOutput& out) {
    return room.kick("mod", {.client_id = "bob:1", .out = 90s}, now, out);
  });
  scene_.settle();
  scene_.settings.broker_expires = false;
  scene_.start("c");
  scene_.join("c", "mod2");
  RoomOutput out;
  ASSERT_TRUE(scene_.room("a").kick("mod", {.client_id = "mod2", .out = 90s}, scene_.now(), out));
  EXPECT_EQ(out.publications[0].expiry, 90s);
  ASSERT_TRUE(scene_.room("c").kick("mod2", {.client_id = "mod", .out = 90s}, scene_.now(), out));
  EXPECT_EQ(out.publications[1].expiry, std::nullopt) << "the broker cannot";
}

}  // namespace
}  // namespace lobbyd::apps
