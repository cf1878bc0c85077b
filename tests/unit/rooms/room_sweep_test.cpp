// What instances have left that are dead for long.

#include "tests/unit/rooms/room_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <variant>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

class RoomSweepTest : public testing::Test {
 protected:
  RoomSweepTest() {
    scene_.settings.history = 4;
    for (const char* name : {"a", "b", "dead"}) {
      scene_.start(name);
      scene_.join(name, std::string("c-") + name);
    }
  }
  void say(const std::string& instance, const std::string& text) {
    scene_.say(instance, "c-" + instance, text);
    scene_.pass(1ms);
  }
  void sweep(const std::string& name, bool at_once = false) {
    const std::set<std::string, std::less<>> dead{"dead"};
    scene_.hold(name, [&](Room& room, Moment now, RoomOutput& out) {
      room.sweep(dead, now, out);
      return std::monostate();
    });
    if (!at_once) {
      scene_.settle();
    }
  }
  std::vector<std::string> log_topics() {
    std::vector<std::string> topics;
    for (const auto& [topic, payload] : scene_.retained) {
      if (topic.contains("/log/")) {
        topics.push_back(topic.substr(std::string("lobby/room/r/log/").size()));
      }
    }
    return topics;
  }

  test::RoomScene scene_;
};

TEST_F(RoomSweepTest, MessagesAreTakenOver) {
  say("dead", "1");
  say("a", "2");
  say("dead", "3");
  scene_.stop("dead");
  scene_.told("b");
  sweep("a");
  EXPECT_THAT(scene_.texts("b"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(log_topics(), Each(Not(StartsWith("dead"))));
  EXPECT_THAT(scene_.told("b"), ElementsAre("c-dead lost")) << "nobody is told of a message again";
}

TEST_F(RoomSweepTest, TwoAtOnceDoNoHarm) {
  for (const char* text : {"1", "2", "3", "4", "5"}) {
    say("dead", text);
  }
  say("b", "6");
  scene_.stop("dead");
  sweep("a", true);
  sweep("b", true);
  scene_.settle();
  EXPECT_THAT(scene_.texts("a"), ElementsAre("3", "4", "5", "6"));
  EXPECT_EQ(scene_.texts("a"), scene_.texts("b"));
  scene_.start("c");
  EXPECT_EQ(scene_.texts("c"), scene_.texts("a"));
  say("a", "7");
  EXPECT_THAT(scene_.texts("b"), ElementsAre("4", "5", "6", "7"));
}

TEST_F(RoomSweepTest, WhatIsOutOfViewIsNotTakenOver) {
  say("dead", "0");
  for (const char* text : {"1", "2", "3", "4"}) {
    say("a", text);
  }
  scene_.stop("dead");
  sweep("b");
  EXPECT_THAT(log_topics(), Each(StartsWith("a-")));
}

TEST_F(RoomSweepTest, TheSweepersOwnMessagesStay) {
  for (const char* text : {"1", "2", "3", "4"}) {
    say("a", text);
  }
  say("dead", "5");
  say("dead", "6");
  scene_.stop("dead");
  sweep("a");
  EXPECT_THAT(scene_.texts("b"), ElementsAre("3", "4", "5", "6"));
}

TEST_F(RoomSweepTest, DeletionsThatAreNeededAreTakenOver) {
  say("b", "1");
  const std::string id = scene_.room("b").all_history().view(scene_.now().unix_ms)[0]->message->id;
  scene_.stop("b");
  ASSERT_TRUE(scene_.remove("dead", "c-dead", id, true));
  scene_.stop("dead");
  sweep("a");
  EXPECT_THAT(log_topics(), ElementsAre("a-0", "b-0"));
  EXPECT_TRUE(scene_.texts("a").empty());
  scene_.start("b");
  EXPECT_THAT(log_topics(), ElementsAre("a-0")) << "and carried out by whoever comes back";
}

TEST_F(RoomSweepTest, MembersAndBansAreSeenTo) {
  scene_.kick("dead", "c-dead", "c-b", 100s);
  scene_.kick("dead", "c-dead", "c-a", 70s);
  scene_.stop("dead");
  scene_.pass(80s);
  sweep("b");
  EXPECT_FALSE(scene_.retained.contains("lobby/room/r/member/c-dead"));
  EXPECT_FALSE(scene_.retained.contains("lobby/room/r/ban/c-a"));
  ASSERT_TRUE(scene_.retained.contains("lobby/room/r/ban/c-b"));
  scene_.pass(20s);
  EXPECT_FALSE(scene_.retained.contains("lobby/room/r/ban/c-b")) << "who has taken it over clears it";
}

// For rooms that nobody is in here.
TEST_F(RoomSweepTest, ARoomMayBeReadForThisAlone) {
  say("dead", "1");
  scene_.stop("dead");
  scene_.stop("b");
  scene_.start("b");
  sweep("b");
  EXPECT_THAT(log_topics(), ElementsAre("b-0"));
  EXPECT_THAT(scene_.texts("a"), ElementsAre("1"));
}

}  // namespace
}  // namespace lobbyd::apps
