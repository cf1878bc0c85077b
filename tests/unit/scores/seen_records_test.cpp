#include "service/apps/scores/board.hpp"
#include "tests/unit/scores/board_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

// What one instance makes of what it sees others write.

namespace lobbyd::scores {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class SeenRecordsTest : public BoardScene {};

TEST_F(SeenRecordsTest, ARecordOfAnotherInstanceCounts) {
  Board scores = board(Operator::best);
  EXPECT_EQ(scores.see_record("ann", record(50, 0, R"(,"data":[1])"), now()), Sight::taken);
  EXPECT_EQ(shown(scores), "1. ann 50");
  EXPECT_EQ(scores.get("ann")->data, "[1]");
  EXPECT_EQ(scores.next_due(now()), std::nullopt);
}

TEST_F(SeenRecordsTest, OfTheBestTheBetterCountsWhateverTheOrder) {
  for (const bool better_first : {true, false}) {
    Board scores = board(Operator::best);
    scores.see_record("ann", record(better_first ? 50 : 40, 0), now());
    scores.see_record("ann", record(better_first ? 40 : 50, 5), now());
    EXPECT_EQ(shown(scores), "1. ann 50");
  }
}

TEST_F(SeenRecordsTest, OfTheLastTheNewerCountsWhateverTheOrder) {
  for (const bool newer_first : {true, false}) {
    Board scores = board(Operator::last);
    scores.see_record("ann", record(newer_first ? 40 : 50, newer_first ? 5 : 0), now());
    scores.see_record("ann", record(newer_first ? 50 : 40, newer_first ? 0 : 5), now());
    EXPECT_EQ(shown(scores), "1. ann 40");
  }
}

TEST_F(SeenRecordsTest, OfTheSameMomentTheBetterScoreCountsThenTheData) {
  for (const Operator scoring : {Operator::best, Operator::last}) {
    Board scores = board(scoring);
    scores.see_record("ann", record(50, 0, R"(,"data":2)"), now());
    scores.see_record("ann", record(60, 0, R"(,"data":2)"), now());
    scores.see_record("ann", record(60, 0, R"(,"data":1)"), now());
    scores.see_record("ann", record(55, 0), now());
    EXPECT_EQ(shown(scores), "1. ann 60");
    EXPECT_EQ(scores.get("ann")->data, "1");
  }
}

TEST_F(SeenRecordsTest, TheBetterOneIsWrittenBackALittleLater) {
  Board scores = board(Operator::best);
  scores.see_record("ann", record(50, 0), now());
  scores.see_record("ann", record(40, 5), now());
  EXPECT_THAT(said_within(scores, 100ms), IsEmpty());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"score":50,"time":1770000000000})"));
}

TEST_F(SeenRecordsTest, UnlessAnotherInstanceHasDoneSo) {
  Board scores = board(Operator::best);
  scores.see_record("ann", record(50, 0), now());
  scores.see_record("ann", record(40, 5), now());
  scores.see_record("ann", record(50, 0), now());
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
}

TEST_F(SeenRecordsTest, InstancesWriteBackAtDifferentTimes) {
  BoardSettings there;
  there.rules.instance = "there";
  Board here = board(Operator::best);
  Board other(there, clock_, reader_);
  for (Board* scores : {&here, &other}) {
    scores->see_record("ann", record(50, 0), now());
    scores->see_record("ann", record(40, 5), now());
  }
  EXPECT_NE(here.next_due(now()), other.next_due(now()));
}

TEST_F(SeenRecordsTest, WhatIsUnderWayIsNotWrittenAgain) {
  Board scores = board(Operator::best);
  submit(scores, "ann", 50);
  const auto first = sent_;
  submit(scores, "ann", 60);
  const auto second = sent_;
  echo(scores, first);
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty()) << "the second will come behind it";
  echo(scores, second);
  EXPECT_THAT(said_within(scores, return_time), IsEmpty());
}

TEST_F(SeenRecordsTest, WhatDoesNotComeBackIsSentAgain) {
  Board scores = board(Operator::best);
  submit(scores, "ann", 50);
  EXPECT_THAT(said_within(scores, return_time - 1ms), IsEmpty());
  EXPECT_THAT(said_within(scores, 1ms), ElementsAre(R"(record ann {"score":50,"time":1770000000000})"));
  EXPECT_THAT(said_within(scores, return_time), ElementsAre(R"(record ann {"score":50,"time":1770000000000})"));
  scores.see_record("ann", record(50, 0), now());
  EXPECT_EQ(scores.next_due(now()), std::nullopt);
}

TEST_F(SeenRecordsTest, WhatWasClearedByAnotherIsWrittenBack) {
  Board scores = board(Operator::best);
  scores.see_record("ann", record(50, 0), now());
  scores.see_record("ann", "", now());
  EXPECT_EQ(shown(scores), "1. ann 50");
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"score":50,"time":1770000000000})"));
}

TEST_F(SeenRecordsTest, ARemovalBeatsWhatIsNotNewer) {
  for (const bool removal_first : {true, false}) {
    Board scores = board(Operator::best);
    const auto older = record(50, 5);
    scores.see_record("ann", removal_first ? removal(5) : older, now());
    scores.see_record("ann", removal_first ? older : removal(5), now());
    EXPECT_EQ(scores.total(), 0U);
    EXPECT_THAT(said_within(scores, repair_time), removal_first
                                                      ? ElementsAre(R"(record ann {"removed":1770000000005})")
                                                      : testing::Matcher<const std::vector<std::string>&>(IsEmpty()));
  }
}

TEST_F(SeenRecordsTest, ANewerScoreSurvivesARemovalAndSaysSo) {
  for (const bool removal_first : {true, false}) {
    Board scores = board(Operator::best);
    const auto newer = record(50, 6);
    scores.see_record("ann", removal_first ? removal(5) : newer, now());
    scores.see_record("ann", removal_first ? newer : removal(5), now());
    EXPECT_EQ(shown(scores), "1. ann 50");
    EXPECT_THAT(said_within(scores, repair_time),
                ElementsAre(R"(record ann {"score":50,"time":1770000000006,"removed":1770000000005})"));
  }
}

// Else an instance that was cut off during the removal would bring its own back for ever, against all others.
TEST_F(SeenRecordsTest, WhoSeesOnlyWhatCameAfterARemovalKnowsOfIt) {
  Board scores = board(Operator::best);
  scores.see_record("ann", record(50, 0), now());
  scores.see_record("ann", record(10, 6, removed(5)), now());
  EXPECT_EQ(shown(scores), "1. ann 10");
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
}

TEST_F(SeenRecordsTest, OfTwoRemovalsTheLaterCounts) {
  Board scores = board(Operator::best);
  scores.see_record("ann", removal(5), now());
  scores.see_record("ann", removal(3), now());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"removed":1770000000005})"));
  scores.see_record("ann", removal(9), now());
  EXPECT_THAT(said_within(scores, return_time), IsEmpty());
}

TEST_F(SeenRecordsTest, ARemovalIsRememberedForSevenDays) {
  Board scores = board(Operator::best);
  scores.see_record("ann", removal(0), now());
  EXPECT_THAT(said_within(scores, 7 * 24h), IsEmpty());
  scores.see_record("ann", "", now());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"removed":1770000000000})"));
}

TEST_F(SeenRecordsTest, ThenItIsClearedAway) {
  Board scores = board(Operator::best);
  scores.see_record("ann", removal(0), now());
  const auto due = scores.next_due(now());
  ASSERT_TRUE(due);
  EXPECT_EQ(*due - now().steady, 7 * 24h + 1h + 1ms);
  EXPECT_THAT(said_within(scores, 7 * 24h + 1h + 1ms), IsEmpty());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre("record ann "));
  EXPECT_EQ(scores.next_due(now()), std::nullopt);
}

// Whose clock is a little behind must not write it again.
TEST_F(SeenRecordsTest, InBetweenNobodyInsistsOnIt) {
  Board scores = board(Operator::best);
  scores.see_record("ann", removal(0), now());
  pass(7 * 24h + 1ms);
  scores.see_record("ann", "", now());
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
  EXPECT_EQ(scores.next_due(now()), std::nullopt);
}

TEST_F(SeenRecordsTest, AnOldRemovalThatIsReadIsClearedAway) {
  Board scores = board(Operator::best);
  pass(7 * 24h + 1h + 1ms);
  scores.see_record("ann", removal(0), now());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre("record ann "));
}

TEST_F(SeenRecordsTest, AScoreIsNotWrittenAnewBecauseItsRemovalIsOld) {
  Board scores = board(Operator::best);
  scores.see_record("ann", record(10, 6, removed(5)), now());
  pass(8 * 24h);
  scores.see_record("ann", record(10, 6, removed(5)), now());
  EXPECT_EQ(shown(scores), "1. ann 10");
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
}

TEST_F(SeenRecordsTest, WhatIsNoRecordChangesNothingAndIsWrittenOver) {
  Board scores = board(Operator::best);
  scores.see_record("ann", record(50, 0), now());
  for (const char* payload : {"{}", "nonsense", "50", R"({"score":60})"}) {
    EXPECT_EQ(scores.see_record("ann", payload, now()), Sight::unreadable);
  }
  EXPECT_EQ(shown(scores), "1. ann 50");
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"score":50,"time":1770000000000})"));
}

TEST_F(SeenRecordsTest, WhereNothingIsKnownWhatIsNoRecordIsLeftAlone) {
  Board scores = board(Operator::best);
  EXPECT_EQ(scores.see_record("ann", "nonsense", now()), Sight::unreadable);
  EXPECT_EQ(scores.total(), 0U);
  EXPECT_EQ(scores.next_due(now()), std::nullopt);
}

TEST_F(SeenRecordsTest, ATimeFarAheadIsIgnored) {
  Board scores = board(Operator::last);
  scores.see_record("ann", record(50, 0), now());
  EXPECT_EQ(scores.see_record("ann", record(60, 60'001), now()), Sight::ahead);
  EXPECT_EQ(scores.see_record("ann", removal(60'001), now()), Sight::ahead);
  EXPECT_EQ(shown(scores), "1. ann 50");
  EXPECT_EQ(scores.next_due(now()), std::nullopt) << "it may be this clock that is wrong";
  EXPECT_EQ(scores.see_record("ann", record(60, 60'000), now()), Sight::taken);
  EXPECT_EQ(shown(scores), "1. ann 60");
}

TEST_F(SeenRecordsTest, WhatIsSubmittedAfterAnotherWasSeenIsLater) {
  Board scores = board(Operator::last);
  scores.see_record("ann", record(50, 30'000), now());
  EXPECT_EQ(submit(scores, "ann", 40).score, 40);
  EXPECT_THAT(said(sent_), ElementsAre(R"(record ann {"score":40,"time":[1770000030000,1]})"));
}

class ReadingTest : public BoardScene {};

TEST_F(ReadingTest, NothingIsSaidMeanwhile) {
  Board scores = board(Operator::best);
  scores.begin_reading();
  EXPECT_TRUE(scores.is_reading());
  scores.see_record("ann", record(50, 0), now());
  scores.see_record("ann", record(40, 0), now());
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
  EXPECT_EQ(scores.next_due(now()), std::nullopt);
  scores.end_reading(now());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"score":50,"time":1770000000000})"));
}

// A broker without persistence has been started again.
TEST_F(ReadingTest, WhatIsMissingIsWrittenAgain) {
  Board scores = board(Operator::best);
  scores.see_record("ann", record(50, 0), now());
  scores.see_record("bob", removal(0), now());
  scores.see_record("eve", record(40, 0), now());
  scores.begin_reading();
  scores.see_record("eve", record(40, 0), now());
  scores.end_reading(now());
  EXPECT_THAT(said_within(scores, repair_time),
              testing::UnorderedElementsAre(R"(record ann {"score":50,"time":1770000000000})",
                                            R"(record bob {"removed":1770000000000})"));
}

TEST_F(ReadingTest, WhatWasUnderWayBeforeIsLookedAtAnew) {
  Board scores = board(Operator::best);
  submit(scores, "ann", 50);
  scores.begin_reading();
  scores.see_record("ann", record(40, 0), now());
  scores.end_reading(now());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"score":50,"time":1770000000000})"));
}

TEST_F(ReadingTest, WhatIsSubmittedMeanwhileIsNotMissing) {
  Board scores = board(Operator::best);
  scores.begin_reading();
  submit(scores, "ann", 50);
  scores.end_reading(now());
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::scores
