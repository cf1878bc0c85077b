// Who is in a room, on several instances.

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

class RoomMembersTest : public testing::Test {
 protected:
  RoomMembersTest() {
    scene_.start("a");
    scene_.start("b");
  }
  std::string member_topic(const std::string& client) { return "lobby/room/r/member/" + client; }

  test::RoomScene scene_;
};

TEST_F(RoomMembersTest, AMemberIsInWhenItsRecordHasComeBack) {
  ASSERT_TRUE(scene_.hold("a", [](Room& room, Moment now, RoomOutput& out) {
    return room.join({.client_id = "ann", .player = "ann"}, now, out);
  }));
  EXPECT_THAT(scene_.told("a"), IsEmpty());
  EXPECT_FALSE(scene_.room("a").is_member_here("ann"));
  EXPECT_FALSE(scene_.room("a").idle());
  scene_.settle();
  EXPECT_THAT(scene_.told("a"), ElementsAre("complete: ann", "ann joined as ann"));
  EXPECT_THAT(scene_.told("b"), ElementsAre("ann joined as ann"));
  EXPECT_TRUE(scene_.room("a").is_member_here("ann"));
  EXPECT_FALSE(scene_.room("b").is_member_here("ann"));
}

TEST_F(RoomMembersTest, WhoJoinsAgainHasAnotherName) {
  scene_.join("a", "ann", "Ann");
  scene_.told("a");
  scene_.pass(5s);
  scene_.join("a", "ann", "Anna");
  EXPECT_THAT(scene_.told("a"), ElementsAre("complete: ann", "ann joined as Anna"));
  EXPECT_EQ(scene_.room("b").all_members().find("ann")->record.since, test::start_ms) << "it has been in all the time";
}

TEST_F(RoomMembersTest, WhoLeavesIsGoneForAll) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.told("a");
  scene_.told("b");
  EXPECT_TRUE(scene_.leave("a", "ann"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann left"));
  EXPECT_THAT(scene_.told("b"), ElementsAre("ann left"));
  scene_.leave("b", "bob", DepartureReason::lost);
  EXPECT_THAT(scene_.told("a"), ElementsAre("bob lost"));
  EXPECT_THAT(scene_.retained, IsEmpty());
  EXPECT_TRUE(scene_.room("a").idle());
}

TEST_F(RoomMembersTest, OnlyMembersAct) {
  scene_.join("b", "bob");
  EXPECT_EQ(scene_.leave("a", "ann").error().reason, Reason::bad_state);
  EXPECT_TRUE(scene_.leave("a", "ann", DepartureReason::lost)) << "nothing is wrong with a connection that is lost";
  EXPECT_EQ(scene_.say("a", "ann", "x").error().reason, Reason::bad_state);
  EXPECT_EQ(scene_.say("a", "bob", "x").error().reason, Reason::bad_state) << "it is served elsewhere";
  EXPECT_EQ(scene_.remove("a", "ann", "x", true).error().reason, Reason::bad_state);
  EXPECT_EQ(scene_.kick("a", "ann", "bob").error().reason, Reason::bad_state);
  EXPECT_EQ(scene_.room("a").members("ann", std::nullopt, test::RoomScene::plenty).error().reason, Reason::bad_state);
  EXPECT_EQ(scene_.room("a").history("ann", {}, test::RoomScene::plenty, scene_.now()).error().reason,
            Reason::bad_state);
}

TEST_F(RoomMembersTest, ARoomMayBeFull) {
  scene_.settings.max_members = 2;
  scene_.start("c");
  scene_.join("c", "ann");
  ASSERT_TRUE(scene_.hold("c", [](Room& room, Moment now, RoomOutput& out) {
    return room.join({.client_id = "bob", .player = "bob"}, now, out);
  }));
  const auto refused = scene_.join("c", "eve");
  ASSERT_FALSE(refused) << "bob is about to come in";
  EXPECT_EQ(refused.error().reason, Reason::too_many);
  EXPECT_EQ(refused.error().extra["limit"], 2);
  EXPECT_TRUE(scene_.join("c", "ann", "again"));
  scene_.leave("c", "bob");
  EXPECT_TRUE(scene_.join("c", "eve"));
}

TEST_F(RoomMembersTest, ComesInPages) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  const auto page = scene_.room("a").members("ann", std::nullopt, {.entries = 1, .bytes = 10'000});
  EXPECT_THAT(page->entries, testing::HasSubstr("\"ann\""));
  EXPECT_EQ(page->next, "ann");
}

// Another's will has fired too late, or somebody has written there who should not.
TEST_F(RoomMembersTest, WhatIsClearedByOthersIsWrittenAgain) {
  scene_.join("a", "ann");
  scene_.told("b");
  const std::string record = scene_.retained.at(member_topic("ann"));
  for (const char* payload : {"", "garbage", R"({"left":"left","at":"0000000000000001"})"}) {
    scene_.publish(member_topic("ann"), payload);
    EXPECT_EQ(scene_.retained.at(member_topic("ann")), record) << payload;
  }
  EXPECT_THAT(scene_.members("b"), ElementsAre("ann"));
  EXPECT_THAT(scene_.members("a"), ElementsAre("ann"));
}

TEST_F(RoomMembersTest, ADepartureThatNobodySaidIsCorrected) {
  scene_.join("a", "ann");
  const auto at = scene_.room("a").all_members().find("ann")->record.at;
  scene_.publish(member_topic("ann"), write_record(Departure{.at = at}), false);
  EXPECT_THAT(scene_.members("b"), ElementsAre("ann"));
  EXPECT_TRUE(scene_.room("a").is_member_here("ann"));
}

TEST_F(RoomMembersTest, WhoComesElsewhereIsNotHereAnyMore) {
  scene_.join("a", "ann");
  scene_.told("a");
  scene_.pass(1s);
  scene_.join("b", "ann", "Ann");
  EXPECT_THAT(scene_.told("a"), ElementsAre("taken over: ann", "ann joined as Ann"));
  EXPECT_TRUE(scene_.room("a").idle());
  EXPECT_TRUE(scene_.room("b").is_member_here("ann"));
  // The old connection is closed late.
  scene_.leave("a", "ann", DepartureReason::lost);
  EXPECT_THAT(scene_.members("a"), ElementsAre("ann"));
}

TEST_F(RoomMembersTest, AnOldRecordDoesNotTakeAPlace) {
  scene_.join("a", "ann", "Ann");
  const MemberRecord old{.at = HybridTime(test::start_ms - 1000), .instance = "b", .player = "ann", .name = "old"};
  scene_.publish(member_topic("ann"), write_record(old));
  EXPECT_EQ(scene_.room("b").all_members().find("ann")->record.name, "Ann");
  EXPECT_TRUE(scene_.room("a").is_member_here("ann"));
}

TEST_F(RoomMembersTest, ARecordInTheNameOfThisInstanceIsCorrected) {
  scene_.join("a", "ann", "Ann");
  MemberRecord forged = scene_.room("a").all_members().find("ann")->record;
  forged.name = "forged";
  scene_.publish(member_topic("ann"), write_record(forged));
  EXPECT_EQ(scene_.room("b").all_members().find("ann")->record.name, "Ann");
  forged.at = HybridTime(test::start_ms + 5'000);
  scene_.publish(member_topic("ann"), write_record(forged));
  EXPECT_EQ(scene_.room("b").all_members().find("ann")->record.name, "Ann");
  EXPECT_TRUE(scene_.room("a").is_member_here("ann"));
  scene_.publish(member_topic("eve"), write_record(forged));
  EXPECT_THAT(scene_.members("b"), ElementsAre("ann")) << "nobody of that name is served here";
}

TEST_F(RoomMembersTest, ARecordFromTheFarFutureIsNothing) {
  const MemberRecord far{.at = HybridTime(test::start_ms + 61'000), .instance = "z", .player = "eve", .name = {}};
  scene_.publish(member_topic("eve"), write_record(far));
  EXPECT_THAT(scene_.members("a"), IsEmpty());
}

// A clock that is behind, and a link that was lost meanwhile.
TEST_F(RoomMembersTest, WhoComesLastIsInWhateverTheClocksSay) {
  const MemberRecord before{
      .at = HybridTime(test::start_ms + 50'000), .instance = "z", .player = "ann", .name = "before"};
  scene_.hold("a", [](Room& room, Moment now, RoomOutput& out) {
    return room.join({.client_id = "ann", .player = "ann"}, now, out);
  });
  RoomOutput out;
  scene_.room("a").on_message(member_topic("ann"), write_record(before), scene_.now(), out);
  ASSERT_EQ(out.publications.size(), 1U) << "it claims its place with a later time";
  scene_.publish(out.publications[0].topic, out.publications[0].payload);
  EXPECT_TRUE(scene_.room("a").is_member_here("ann"));
  EXPECT_EQ(scene_.room("b").all_members().find("ann")->record.instance, "a");
}

TEST_F(RoomMembersTest, WhoLeavesBeforeItIsInLeavesNothing) {
  scene_.hold("a", [](Room& room, Moment now, RoomOutput& out) {
    return room.join({.client_id = "ann", .player = "ann"}, now, out);
  });
  scene_.leave("a", "ann", DepartureReason::lost);
  EXPECT_THAT(scene_.retained, IsEmpty());
  EXPECT_THAT(scene_.members("a"), IsEmpty());
  EXPECT_THAT(scene_.members("b"), IsEmpty());
}

// After kill -9.
TEST_F(RoomMembersTest, ARestartedInstanceClearsWhatItsFormerSelfHasLeft) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.stop("a");
  scene_.start("a");
  EXPECT_THAT(scene_.members("b"), ElementsAre("bob"));
  EXPECT_FALSE(scene_.retained.contains(member_topic("ann")));
}

TEST_F(RoomMembersTest, TheWillOfAMemberClearsItsRecord) {
  scene_.join("a", "ann");
  scene_.told("b");
  scene_.stop("a");
  for (const Publication& will : scene_.room("b").wills("ann")) {
    scene_.publish(will.topic, will.payload);
  }
  EXPECT_THAT(scene_.told("b"), ElementsAre("ann lost"));
  EXPECT_THAT(scene_.retained, IsEmpty());
}

TEST_F(RoomMembersTest, WhatWasMissedIsMadeUpForByReadingAgain) {
  scene_.join("a", "ann");
  scene_.join("a", "bob");
  scene_.told("b");
  scene_.retained.erase(member_topic("ann"));
  scene_.read("b", false);
  EXPECT_THAT(scene_.told("b"), ElementsAre("ann lost"));
  scene_.read("a", false);
  EXPECT_THAT(scene_.members("b"), ElementsAre("ann", "bob")) << "its own instance knows better";
}

TEST_F(RoomMembersTest, AfterABrokerHasForgottenAllTheOthersAreWaitedFor) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.told("b");
  scene_.retained.clear();
  scene_.read("b", true);
  EXPECT_THAT(scene_.members("b"), ElementsAre("ann", "bob"));
  EXPECT_TRUE(scene_.retained.contains(member_topic("bob"))) << "one's own is written again at once";
  scene_.read("a", true);
  scene_.pass(Room::patience);
  EXPECT_THAT(scene_.told("b"), IsEmpty());
}

TEST_F(RoomMembersTest, AfterABrokerHasForgottenAllWhoDoesNotComeBackIsLost) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.told("b");
  scene_.retained.clear();
  scene_.read("b", true);
  scene_.stop("a");
  scene_.pass(Room::patience - 1ms);
  EXPECT_THAT(scene_.told("b"), IsEmpty());
  scene_.pass(1ms);
  EXPECT_THAT(scene_.told("b"), ElementsAre("ann lost"));
}

}  // namespace
}  // namespace lobbyd::apps
