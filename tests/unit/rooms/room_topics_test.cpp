#include "service/apps/rooms/room_topics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using Kind = RoomTopic::Kind;

const RoomTopics topics("lobby/", "r:1");

TEST(RoomTopics, AreReadAsTheyWereWritten) {
  const std::string member_topic = topics.member("Ann:1");
  const auto member = parse_room_topic("lobby/", member_topic);
  ASSERT_TRUE(member && member->kind == Kind::member);
  EXPECT_EQ(member->room, "r:1");
  EXPECT_EQ(member->name, "Ann:1");
  const std::string ban_topic = topics.ban("Ann:1");
  const auto ban = parse_room_topic("lobby/", ban_topic);
  ASSERT_TRUE(ban && ban->kind == Kind::ban);
  EXPECT_EQ(ban->name, "Ann:1");
  const std::string log_topic = topics.log("east-1", max_slots - 1);
  const auto log = parse_room_topic("lobby/", log_topic);
  ASSERT_TRUE(log && log->kind == Kind::log);
  EXPECT_EQ(log->name, "east-1");
  EXPECT_EQ(log->slot, max_slots - 1);
}

TEST(RoomTopics, FiltersStandAroundThem) {
  EXPECT_EQ(topics.filter(), "lobby/room/r:1/#");
  EXPECT_EQ(RoomTopics::all_members("lobby/"), "lobby/room/+/member/+");
  EXPECT_EQ(RoomTopics::all_logs("lobby/"), "lobby/room/+/log/+");
}

TEST(RoomTopics, OthersAreNone) {
  for (const char* topic :
       {"lobby/room/r/member", "lobby/room/r/member/c/d", "lobby/room/r x/member/c", "lobby/room//member/c",
        "lobby/room/r/member/", "lobby/room/r/other/c", "lobby/score/r/member/c", "other/room/r/member/c",
        "lobby/room/r/log/a", "lobby/room/r/log/a-", "lobby/room/r/log/-1", "lobby/room/r/log/a-01",
        "lobby/room/r/log/a-x", ""}) {
    EXPECT_FALSE(parse_room_topic("lobby/", topic)) << topic;
  }
  EXPECT_FALSE(parse_room_topic("lobby/", topics.log("a", max_slots)));
}

}  // namespace
}  // namespace lobbyd::apps
