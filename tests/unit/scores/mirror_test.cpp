#include "service/apps/scores/board.hpp"
#include "tests/unit/scores/board_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

// Boards that are mirrored in plain numbers.

namespace lobbyd::scores {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class MirrorTest : public BoardScene {
 protected:
  Sight see_number(Board& scores, const std::string& player, const std::string& payload) {
    return scores.see_number(player, payload, now());
  }
};

TEST_F(MirrorTest, ASubmissionIsWrittenAsANumberFirst) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50);
  EXPECT_THAT(said(sent_), ElementsAre("number ann 50", R"(record ann {"score":50,"time":1770000000000})"));
  echo(scores, sent_);
  EXPECT_EQ(scores.next_due(now()), std::nullopt);
}

TEST_F(MirrorTest, ANumberIsAScoreWithoutATime) {
  Board scores = board(Operator::best, mirrored());
  EXPECT_EQ(see_number(scores, "zoe", "50\n"), Sight::taken);
  see_number(scores, "bob", " 50");
  submit(scores, "ann", 50);
  EXPECT_EQ(shown(scores), "1. ann 50, 2. bob 50, 3. zoe 50") << "behind equals with a time, then by name";
  EXPECT_EQ(scores.get("bob")->time, HybridTime{});
  EXPECT_EQ(scores.get("bob")->data, "");
}

TEST_F(MirrorTest, OfTheBestTheBetterOfNumberAndRecordCounts) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50, "[1]");
  echo(scores, sent_);
  see_number(scores, "ann", "60");
  EXPECT_EQ(shown(scores), "1. ann 60");
  EXPECT_EQ(scores.get("ann")->time, HybridTime{});
  EXPECT_EQ(scores.get("ann")->data, "");
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
  see_number(scores, "ann", "40");
  EXPECT_EQ(shown(scores), "1. ann 50");
  EXPECT_EQ(scores.get("ann")->data, "[1]");
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre("number ann 50"));
}

TEST_F(MirrorTest, OfTheLastTheNumberCounts) {
  Board scores = board(Operator::last, mirrored());
  submit(scores, "ann", 50, "[1]");
  echo(scores, sent_);
  see_number(scores, "ann", "40");
  EXPECT_EQ(shown(scores), "1. ann 40");
  EXPECT_EQ(scores.get("ann")->data, "");
  see_number(scores, "ann", "50");
  EXPECT_EQ(scores.get("ann")->data, "[1]");
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
}

TEST_F(MirrorTest, AnEqualSubmissionGivesANumberItsTime) {
  Board scores = board(Operator::best, mirrored());
  see_number(scores, "ann", "50");
  EXPECT_EQ(submit(scores, "ann", 50), (Outcome{.accepted = true, .score = 50, .rank = 1, .previous = 50}));
  EXPECT_THAT(said(sent_), ElementsAre(R"(record ann {"score":50,"time":1770000000000})"));
  EXPECT_FALSE(submit(scores, "ann", 50).accepted);
}

TEST_F(MirrorTest, AnEmptyPayloadRemoves) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50);
  echo(scores, sent_);
  see_number(scores, "bob", "40");
  see_number(scores, "ann", "");
  see_number(scores, "bob", "");
  EXPECT_EQ(scores.total(), 0U);
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"removed":[1770000000000,1]})"));
}

TEST_F(MirrorTest, AndANumberBringsBack) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50);
  echo(scores, sent_);
  see_number(scores, "ann", "");
  see_number(scores, "ann", "10");
  EXPECT_EQ(shown(scores), "1. ann 10");
}

TEST_F(MirrorTest, ARemovalIsWrittenBeforeTheNumberIsCleared) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50);
  const auto submitted = sent_;
  const auto removed = scores.remove("ann", now());
  EXPECT_THAT(said(removed), ElementsAre(R"(record ann {"removed":[1770000000000,1]})", "number ann "));
  echo(scores, submitted);
  EXPECT_EQ(scores.total(), 0U) << "what was under way is not a number of somebody else";
  echo(scores, removed);
  EXPECT_THAT(said_within(scores, return_time), IsEmpty());
}

// The clearing of the number comes back when the player has a score again.
TEST_F(MirrorTest, TheOwnRemovalIsNotTakenForAnother) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50);
  echo(scores, sent_);
  const auto removed = scores.remove("ann", now());
  submit(scores, "ann", 10);
  const auto submitted = sent_;
  echo(scores, removed);
  EXPECT_EQ(shown(scores), "1. ann 10");
  echo(scores, submitted);
  EXPECT_THAT(said_within(scores, return_time), IsEmpty());
}

TEST_F(MirrorTest, NorIsThatOfAnotherInstance) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50);
  echo(scores, sent_);
  scores.see_record("ann", removal(5), now());
  see_number(scores, "ann", "");
  EXPECT_EQ(scores.total(), 0U);
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
}

TEST_F(MirrorTest, WhatIsNoNumberChangesNothingAndIsWrittenOver) {
  Board scores = board(Operator::last, mirrored());
  see_number(scores, "ann", "50");
  for (const char* payload : {"fifty", "NaN", "inf", "9007199254740992", "1,5", "{}", " "}) {
    EXPECT_EQ(see_number(scores, "ann", payload), Sight::unreadable) << payload;
    EXPECT_EQ(see_number(scores, "bob", payload), Sight::unreadable) << payload;
  }
  EXPECT_EQ(shown(scores), "1. ann 50");
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre("number ann 50"));
}

TEST_F(MirrorTest, WhereANumberIsMissingItIsWritten) {
  Board scores = board(Operator::best, mirrored());
  scores.begin_reading();
  scores.see_record("ann", record(50, 0), now());
  scores.end_reading(now());
  EXPECT_EQ(shown(scores), "1. ann 50") << "the board got its template later";
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre("number ann 50"));
}

TEST_F(MirrorTest, ANumberThatWentDuringABreakWasRemoved) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50);
  echo(scores, sent_);
  const std::string payload = sent_.back().payload;
  see_number(scores, "bob", "40");
  scores.begin_reading();
  scores.see_record("ann", payload, now());
  scores.end_reading(now());
  EXPECT_EQ(scores.total(), 0U);
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"removed":[1770000000000,1]})"));
}

TEST_F(MirrorTest, ButWhereTheRecordIsMissingTooTheBrokerHasLostIt) {
  Board scores = board(Operator::best, mirrored());
  submit(scores, "ann", 50);
  echo(scores, sent_);
  scores.begin_reading();
  scores.end_reading(now());
  EXPECT_EQ(shown(scores), "1. ann 50");
  EXPECT_EQ(said_within(scores, repair_time), said(sent_));
}

}  // namespace
}  // namespace lobbyd::scores
