#include "service/apps/scores/board.hpp"
#include "tests/unit/scores/board_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace lobbyd::scores {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class MaxEntriesTest : public BoardScene {};

TEST_F(MaxEntriesTest, TheWorstIsNotShown) {
  Board scores = board(Operator::best, limited(2));
  submit(scores, "ann", 10);
  submit(scores, "bob", 20);
  EXPECT_EQ(submit(scores, "eve", 30).rank, 1U);
  EXPECT_EQ(shown(scores), "1. eve 30, 2. bob 20");
  EXPECT_EQ(scores.total(), 2U);
  EXPECT_EQ(scores.get("ann"), std::nullopt);
  EXPECT_THAT(scores.around("ann", 3), IsEmpty());
}

TEST_F(MaxEntriesTest, ThenItIsDropped) {
  Board scores = board(Operator::best, limited(2));
  for (const auto& [player, score] : {std::pair("ann", 10), {"bob", 20}, {"eve", 30}}) {
    submit(scores, player, score);
    echo(scores, sent_);
  }
  EXPECT_THAT(said_within(scores, 5s), IsEmpty());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre("record ann "));
  EXPECT_THAT(said_within(scores, return_time), IsEmpty());
}

TEST_F(MaxEntriesTest, WithoutAWordWhereAnotherInstanceHasDoneSo) {
  Board scores = board(Operator::best, limited(2));
  for (const auto& [player, score] : {std::pair("ann", 10), {"bob", 20}, {"eve", 30}}) {
    submit(scores, player, score);
    echo(scores, sent_);
  }
  scores.see_record("ann", "", now());
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty()) << "it is not written back either";
  EXPECT_THAT(said_within(scores, drop_time), testing::Each("record ann "));
  scores.remove("bob", now());
  EXPECT_EQ(shown(scores), "1. eve 30");
}

TEST_F(MaxEntriesTest, AWorseNewcomerIsNotTaken) {
  Board scores = board(Operator::best, limited(2));
  submit(scores, "ann", 10);
  submit(scores, "bob", 20);
  EXPECT_EQ(submit(scores, "eve", 5), Outcome{});
  EXPECT_THAT(sent_, IsEmpty());
  EXPECT_EQ(submit(scores, "eve", 10), Outcome{}) << "the earlier of two equal ones ranks first";
  EXPECT_EQ(submit(scores, "ann", 11).rank, 2U);
}

TEST_F(MaxEntriesTest, WhoIsDroppedLaterMayRiseAgainMeanwhile) {
  Board scores = board(Operator::best, limited(2));
  for (const auto& [player, score] : {std::pair("ann", 10), {"bob", 20}, {"eve", 30}}) {
    submit(scores, player, score);
    echo(scores, sent_);
  }
  echo(scores, scores.remove("eve", now()));
  EXPECT_EQ(shown(scores), "1. bob 20, 2. ann 10");
  EXPECT_THAT(said_within(scores, drop_time), IsEmpty());
}

// While it was to be dropped somebody cleared its topic.
TEST_F(MaxEntriesTest, WhoHasRisenAgainIsWrittenBack) {
  Board scores = board(Operator::best, limited(1));
  submit(scores, "ann", 10);
  echo(scores, sent_);
  scores.see_record("bob", record(20, 0), now());
  scores.see_record("ann", "", now());
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
  scores.see_record("bob", removal(0), now());
  EXPECT_EQ(shown(scores), "1. ann 10");
  EXPECT_THAT(said_within(scores, drop_time), ElementsAre(R"(record ann {"score":10,"time":1770000000000})"));
}

// Of a sum the parts come one after the other, and only together are they enough.
TEST_F(MaxEntriesTest, ThePartsOfASumAreWaitedFor) {
  Board scores = board(Operator::sum, limited(1));
  scores.see_part("bob", "there", record(10, 0, since(0)), now());
  scores.see_part("ann", "there", record(6, 1, since(0)), now());
  EXPECT_EQ(shown(scores), "1. bob 10");
  scores.see_part("ann", "elsewhere", record(6, 2, since(0)), now());
  EXPECT_EQ(shown(scores), "1. ann 12");
  EXPECT_THAT(said_within(scores, drop_time), ElementsAre("part bob/there "));
}

TEST_F(MaxEntriesTest, ADroppedPlayersRemovalIsRemembered) {
  Board scores = board(Operator::best, limited(1));
  scores.see_record("ann", record(10, 5, removed(4)), now());
  scores.see_record("bob", record(20, 0), now());
  EXPECT_THAT(said_within(scores, drop_time), ElementsAre(R"(record ann {"removed":1770000000004})"));
}

TEST_F(MaxEntriesTest, TheNumberOfADroppedPlayerIsClearedAndThatIsNoRemoval) {
  BoardSettings settings = mirrored();
  settings.max_entries = 1;
  Board dropping = board(Operator::best, settings);
  Board watching = board(Operator::best, settings);
  for (Board* scores : {&dropping, &watching}) {
    scores->see_number("ann", "10", now());
    scores->see_record("ann", record(10, 0), now());
    scores->see_number("bob", "20", now());
  }
  pass(drop_time);
  const auto cleared = dropping.take_due(now(), 10);
  EXPECT_THAT(said(cleared), ElementsAre("record ann ", "number ann "));
  echo(watching, cleared);
  EXPECT_THAT(said(watching.take_due(now(), 10)), testing::Not(testing::Contains(testing::HasSubstr("removed"))));
}

TEST_F(MaxEntriesTest, TellsOnlyOfChangesThatAreShown) {
  Board scores = board(Operator::best, limited(2));
  submit(scores, "ann", 10);
  submit(scores, "bob", 20);
  scores.take_changed_rank();
  scores.see_record("eve", record(5, 0), now());
  EXPECT_EQ(scores.take_changed_rank(), std::nullopt);
}

// A topic that anybody has filled, or a board whose limit was made smaller.
TEST_F(MaxEntriesTest, MemoryIsBoundedHoweverMuchTheBrokerHolds) {
  constexpr int players = 2'500;
  Board scores = board(Operator::best, limited(10));
  scores.begin_reading();
  for (int number = 0; number < players; ++number) {
    scores.see_record("p" + std::to_string(number), record(number % 2 == 0 ? number : -number, 0), now());
    scores.see_record("r" + std::to_string(number), removal(number), now());
  }
  scores.end_reading(now());
  EXPECT_EQ(scores.total(), 10U);
  EXPECT_EQ(scores.get("p2498")->rank, 1U);
  pass(drop_time);
  EXPECT_EQ(scores.take_due(now(), players).size(), 1000U) << "the rest was forgotten";
}

TEST_F(MaxEntriesTest, GivesWhatIsDueInPortions) {
  Board scores = board(Operator::best);
  for (int number = 0; number < 10; ++number) {
    scores.see_record("p" + std::to_string(number), record(number, 0), now());
  }
  scores.begin_reading();
  scores.end_reading(now());
  pass(repair_time);
  EXPECT_EQ(scores.take_due(now(), 4).size(), 4U);
  EXPECT_LE(scores.next_due(now()), now().steady);
  EXPECT_EQ(scores.take_due(now(), 100).size(), 6U);
}

}  // namespace
}  // namespace lobbyd::scores
