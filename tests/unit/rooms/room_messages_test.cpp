// What is said in a room, on several instances.

#include "tests/unit/rooms/room_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using api::Reason;
using testing::ElementsAre;
using testing::IsEmpty;

class RoomMessagesTest : public testing::Test {
 protected:
  RoomMessagesTest() {
    scene_.settings.history = 4;
    scene_.start("a");
    scene_.start("b");
    scene_.join("a", "ann");
    scene_.join("b", "bob");
    scene_.told("a");
    scene_.told("b");
  }
  std::set<std::string> log_topics() {
    std::set<std::string> topics;
    for (const auto& [topic, payload] : scene_.retained) {
      if (topic.contains("/log/")) {
        topics.insert(topic.substr(std::string("lobby/room/r/log/").size()));
      }
    }
    return topics;
  }

  test::RoomScene scene_;
};

TEST_F(RoomMessagesTest, AMessageComesToAllOnceItIsBack) {
  const auto sent = scene_.hold("a", [](Room& room, Moment now, RoomOutput& out) {
    return room.send("ann", {.body = R"("data":[1])"}, now, out);
  });
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->time_ms, test::start_ms);
  EXPECT_EQ(time_of(sent->id).ms(), sent->time_ms);
  EXPECT_EQ(author_of(sent->id), "a");
  EXPECT_THAT(scene_.told("a"), IsEmpty());
  scene_.settle();
  EXPECT_THAT(scene_.told("a"), ElementsAre(R"(ann says "data":[1])"));
  EXPECT_THAT(scene_.told("b"), ElementsAre(R"(ann says "data":[1])"));
}

TEST_F(RoomMessagesTest, HistoryIsTheSameOnEveryInstance) {
  for (const char* text : {"1", "2", "3"}) {
    scene_.say("a", "ann", text);
    scene_.pass(1ms);
    scene_.say("b", "bob", text);
    scene_.pass(1ms);
  }
  EXPECT_THAT(scene_.texts("a"), ElementsAre("2", "2", "3", "3"));
  EXPECT_EQ(scene_.texts("a"), scene_.texts("b"));
  scene_.start("c");
  EXPECT_EQ(scene_.texts("c"), scene_.texts("a"));
}

TEST_F(RoomMessagesTest, ARingGoesOnAfterARestart) {
  for (const char* text : {"1", "2", "3", "4", "5"}) {
    scene_.say("a", "ann", text);
    scene_.pass(1ms);
  }
  scene_.stop("a");
  scene_.start("a");
  scene_.join("a", "ann");
  scene_.say("a", "ann", "6");
  EXPECT_THAT(scene_.texts("a"), ElementsAre("3", "4", "5", "6"));
  EXPECT_EQ(log_topics().size(), 4U);
}

// What was said last stands in the slot, though what was said before is still on its way back.
TEST_F(RoomMessagesTest, ManyMessagesAtOnceTakeTheirTurns) {
  for (int number = 0; number < 9; ++number) {
    scene_.hold("a", [&](Room& room, Moment now, RoomOutput& out) {
      return room.send("ann", {.body = "\"text\":\"" + std::to_string(number) + '"'}, now, out);
    });
  }
  scene_.settle();
  EXPECT_THAT(scene_.texts("b"), ElementsAre("5", "6", "7", "8"));
}

TEST_F(RoomMessagesTest, MessagesHaveTheirSendersName) {
  scene_.join("a", "ann", "Ann");
  scene_.say("a", "ann", "x");
  const auto page = scene_.room("b").history("bob", {}, test::RoomScene::plenty, scene_.now());
  EXPECT_THAT(page->entries, testing::HasSubstr(R"("from":"ann","player":"ann","name":"Ann","text":"x")"));
}

TEST_F(RoomMessagesTest, ARetryIsNotSentTwice) {
  const auto first = scene_.say("a", "ann", "x", "k");
  scene_.pass(59s);
  const auto second = scene_.say("a", "ann", "x", "k");
  EXPECT_TRUE(second->repeated);
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(second->time_ms, first->time_ms);
  EXPECT_FALSE(scene_.say("b", "bob", "x", "k")->repeated) << "another player's";
  scene_.pass(1s);
  EXPECT_FALSE(scene_.say("a", "ann", "x", "k")->repeated);
  EXPECT_FALSE(scene_.say("a", "ann", "x")->repeated);
}

TEST_F(RoomMessagesTest, ARetryMayComeToAnotherInstance) {
  const auto first = scene_.say("a", "ann", "x", "k");
  scene_.join("b", "ann");
  EXPECT_EQ(scene_.say("b", "ann", "x", "k")->id, first->id);
  scene_.start("c");
  scene_.join("c", "ann");
  EXPECT_EQ(scene_.say("c", "ann", "x", "k")->id, first->id) << "and to one that has just started";
}

TEST_F(RoomMessagesTest, AMessageThatWasNotTakenMayBeSentAgain) {
  scene_.say("a", "ann", "before");
  const auto sent = scene_.hold("a", [](Room& room, Moment now, RoomOutput& out) {
    return room.send("ann", {.body = R"("text":"x")", .key = "k"}, now, out);
  });
  scene_.lose_what_is_on_its_way();
  scene_.room("a").on_send_failed(sent->id);
  scene_.room("a").on_send_failed(sent->id);
  scene_.told("b");
  EXPECT_FALSE(scene_.say("a", "ann", "x", "k")->repeated);
  EXPECT_THAT(scene_.told("b"), ElementsAre(R"(ann says "text":"x")"));
  EXPECT_THAT(log_topics(), ElementsAre("a-0", "a-1"));
}

TEST_F(RoomMessagesTest, AMessageMayBeTooLarge) {
  const std::string text(max_message_body_bytes, 'x');
  EXPECT_EQ(scene_.say("a", "ann", text).error().reason, Reason::too_large);
  EXPECT_TRUE(scene_.say("a", "ann", text.substr(std::string(R"("text":"")").size())));
  EXPECT_EQ(scene_.texts("b").size(), 1U) << "the largest one can be read";
}

TEST_F(RoomMessagesTest, MessagesHaveAnExpiry) {
  RoomOutput out;
  ASSERT_TRUE(scene_.room("a").send("ann", {.body = R"("text":"x")"}, scene_.now(), out));
  EXPECT_EQ(out.publications.at(0).expiry, std::chrono::days(7));
  EXPECT_TRUE(out.publications.at(0).retain);
}

TEST_F(RoomMessagesTest, WhereTheBrokerCannotExpireThemTheyAreCleared) {
  scene_.settings.broker_expires = false;
  scene_.settings.history_expiry = 1h;
  scene_.start("c");
  scene_.join("c", "eve");
  scene_.say("c", "eve", "x");
  ASSERT_TRUE(log_topics().contains("c-0"));
  scene_.pass(59min);
  scene_.say("c", "eve", "y");
  scene_.pass(1min);
  EXPECT_THAT(log_topics(), ElementsAre("c-1"));
  EXPECT_THAT(scene_.texts("c"), ElementsAre("y"));
}

TEST_F(RoomMessagesTest, WithoutAHistoryMessagesAreOnlyPassedOn) {
  scene_.settings.history = 0;
  scene_.start("c");
  scene_.start("d");
  scene_.join("c", "eve");
  scene_.join("d", "dan");
  scene_.told("d");
  scene_.say("c", "eve", "x");
  const auto sent = scene_.say("c", "eve", "y");
  EXPECT_THAT(scene_.told("d"), ElementsAre(R"(eve says "text":"x")", R"(eve says "text":"y")"));
  EXPECT_THAT(scene_.texts("d"), IsEmpty());
  EXPECT_THAT(log_topics(), IsEmpty());
  EXPECT_EQ(scene_.remove("c", "eve", sent->id).error().reason, Reason::not_found);
  scene_.read("c", true);
  EXPECT_THAT(log_topics(), IsEmpty());
}

// Deleting ------------------------------------------------------------------------------------------------------------

TEST_F(RoomMessagesTest, ADeletedMessageIsGoneForAll) {
  const auto sent = scene_.say("a", "ann", "x");
  scene_.told("a");
  scene_.told("b");
  ASSERT_TRUE(scene_.remove("a", "ann", sent->id));
  EXPECT_THAT(scene_.told("a"), ElementsAre("deleted " + sent->id));
  EXPECT_THAT(scene_.told("b"), ElementsAre("deleted " + sent->id));
  EXPECT_THAT(scene_.texts("b"), IsEmpty());
  EXPECT_FALSE(scene_.retained.at("lobby/room/r/log/a-0").contains("\"x\"")) << "nothing is left of it";
  EXPECT_EQ(scene_.remove("a", "ann", sent->id).error().reason, Reason::not_found);
}

TEST_F(RoomMessagesTest, AMessageOfAnotherInstanceIsClearedThere) {
  const auto sent = scene_.say("a", "ann", "x");
  ASSERT_TRUE(scene_.remove("b", "bob", sent->id, true));
  EXPECT_THAT(scene_.texts("a"), IsEmpty());
  EXPECT_THAT(log_topics(), ElementsAre("b-0"));
}

TEST_F(RoomMessagesTest, OnlyAModeratorDeletesWhatOthersSaid) {
  const auto sent = scene_.say("a", "ann", "x");
  EXPECT_EQ(scene_.remove("b", "bob", sent->id).error().reason, Reason::forbidden);
  EXPECT_EQ(scene_.remove("b", "bob", "none", true).error().reason, Reason::not_found);
  scene_.join("b", "ann:2");
  EXPECT_TRUE(scene_.remove("b", "ann:2", sent->id)) << "it is the same player";
}

TEST_F(RoomMessagesTest, DeletionsTakeNoMessagesPlace) {
  scene_.say("b", "bob", "1");
  const auto bobs = scene_.say("b", "bob", "2");
  scene_.stop("b");
  scene_.pass(1ms);
  ASSERT_TRUE(scene_.remove("a", "ann", bobs->id, true));
  for (const char* text : {"3", "4", "5", "6", "7"}) {
    scene_.pass(1ms);
    scene_.say("a", "ann", text);
  }
  EXPECT_THAT(scene_.texts("a"), ElementsAre("4", "5", "6", "7"));
  EXPECT_TRUE(scene_.room("a").all_history().is_deleted(bobs->id)) << "the message stands in the other's ring still";
}

TEST_F(RoomMessagesTest, DeletionsThatCannotBeCarriedOutAreBounded) {
  std::vector<std::string> ids;
  for (const char* text : {"1", "2", "3"}) {
    ids.push_back(scene_.say("b", "bob", text)->id);
    scene_.pass(1ms);
  }
  scene_.stop("b");
  EXPECT_TRUE(scene_.remove("a", "ann", ids[0], true));
  EXPECT_TRUE(scene_.remove("a", "ann", ids[1], true));
  EXPECT_EQ(scene_.remove("a", "ann", ids[2], true).error().reason, Reason::too_many);
  scene_.start("b");
  EXPECT_TRUE(scene_.remove("a", "ann", ids[2], true)) << "they have been carried out";
  EXPECT_THAT(scene_.texts("b"), IsEmpty());
}

// Owning --------------------------------------------------------------------------------------------------------------

TEST_F(RoomMessagesTest, WhatOthersClearIsWrittenAgain) {
  scene_.say("a", "ann", "x");
  scene_.told("b");
  for (const char* payload : {"", "garbage"}) {
    scene_.publish("lobby/room/r/log/a-0", payload);
    EXPECT_THAT(scene_.texts("b"), ElementsAre("x"));
  }
  EXPECT_THAT(scene_.told("b"), IsEmpty()) << "nobody is told twice";
}

TEST_F(RoomMessagesTest, WhatABrokerHasForgottenIsWrittenAgain) {
  scene_.say("a", "ann", "x");
  scene_.say("b", "bob", "y");
  scene_.retained.clear();
  scene_.read("a", true);
  EXPECT_THAT(scene_.texts("a"), ElementsAre("x", "y"));
  EXPECT_THAT(log_topics(), ElementsAre("a-0"));
  scene_.read("b", true);
  EXPECT_THAT(log_topics(), ElementsAre("a-0", "b-0"));
  scene_.pass(Room::patience);
  EXPECT_THAT(scene_.texts("a"), ElementsAre("x", "y"));
}

TEST_F(RoomMessagesTest, WhatWasMissedIsToldInOrder) {
  const std::map<std::string, std::string> before = scene_.retained;
  for (const char* text : {"1", "2", "3", "4", "5"}) {
    scene_.say("a", "ann", text);
    scene_.pass(1ms);
  }
  const std::map<std::string, std::string> after = scene_.retained;
  scene_.retained = before;
  scene_.start("c");
  scene_.join("c", "eve");
  scene_.told("c");
  scene_.retained = after;
  scene_.read("c", false);
  EXPECT_THAT(scene_.told("c"), testing::IsSupersetOf({R"(ann says "text":"2")", R"(ann says "text":"5")"}));
  EXPECT_THAT(scene_.texts("c"), ElementsAre("2", "3", "4", "5"));
}

TEST_F(RoomMessagesTest, AMessageFromTheFarFutureIsNothing) {
  scene_.publish("lobby/room/r/log/z-0", write_record(LogRecord(test::message_at(61, "z"))));
  EXPECT_THAT(scene_.texts("a"), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::apps
