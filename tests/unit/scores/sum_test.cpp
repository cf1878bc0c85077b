#include "service/apps/scores/board.hpp"
#include "tests/unit/scores/board_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace lobbyd::scores {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SumTest : public BoardScene {
 protected:
  Sight see_part(Board& scores, const std::string& instance, const std::string& payload) {
    return scores.see_part("ann", instance, payload, now());
  }
};

TEST_F(SumTest, EachSubmissionIsAdded) {
  Board scores = board(Operator::sum);
  EXPECT_EQ(submit(scores, "ann", 5), (Outcome{.accepted = true, .score = 5, .rank = 1}));
  EXPECT_THAT(said(sent_), ElementsAre(R"(part ann/here {"score":5,"time":1770000000000,"since":1770000000000})"));
  pass(10ms);
  EXPECT_EQ(submit(scores, "ann", -2, "[1]"), (Outcome{.accepted = true, .score = 3, .rank = 1, .previous = 5}));
  EXPECT_THAT(said(sent_),
              ElementsAre(R"(part ann/here {"score":3,"data":[1],"time":1770000000010,"since":1770000000000})"));
}

TEST_F(SumTest, TheTotalIsOfAllInstancesAndOnlyTheOwnPartIsWritten) {
  Board scores = board(Operator::sum);
  see_part(scores, "there", record(100, 5, since(0) + R"(,"data":"there")"));
  submit(scores, "ann", 5, R"("here")");
  EXPECT_THAT(
      said(sent_),
      ElementsAre(R"(part ann/here {"score":5,"data":"here","time":[1770000000005,1],"since":[1770000000005,1]})"));
  EXPECT_EQ(shown(scores), "1. ann 105");
  EXPECT_EQ(scores.get("ann")->data, R"("here")") << "of the last submission";
  see_part(scores, "there", record(70, 6, since(0)));
  EXPECT_EQ(shown(scores), "1. ann 75") << "its owner is right";
  see_part(scores, "there", "");
  EXPECT_EQ(shown(scores), "1. ann 5");
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
}

// Floating-point sums depend on the order.
TEST_F(SumTest, TheTotalIsTheSameInWhateverOrderThePartsCome) {
  const auto total = [&](const std::vector<std::pair<std::string, double>>& parts) {
    Board scores = board(Operator::sum);
    for (const auto& [instance, score] : parts) {
      see_part(scores, instance, record(score, 5, since(0)));
    }
    return scores.get("ann")->score;
  };
  EXPECT_EQ(total({{"a", 0.1}, {"b", 0.2}, {"c", 0.3}}), total({{"c", 0.3}, {"b", 0.2}, {"a", 0.1}}));
  EXPECT_NE(0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1);
}

TEST_F(SumTest, AfterARestartTheOwnPartGoesOn) {
  Board scores = board(Operator::sum);
  see_part(scores, "here", record(50, 5, since(0)));
  EXPECT_EQ(submit(scores, "ann", 1).score, 51);
  EXPECT_THAT(said(sent_), ElementsAre(R"(part ann/here {"score":51,"time":[1770000000005,1],"since":1770000000000})"));
}

TEST_F(SumTest, TheOwnPartIsWrittenAgainWhereItIsNotThere) {
  Board scores = board(Operator::sum);
  submit(scores, "ann", 5);
  echo(scores, sent_);
  for (const std::string& other : {std::string(), record(999, -5, since(-5)), std::string("nonsense")}) {
    see_part(scores, "here", other);
    EXPECT_EQ(shown(scores), "1. ann 5");
    EXPECT_EQ(said_within(scores, repair_time), said(sent_)) << other;
    echo(scores, sent_);
  }
}

TEST_F(SumTest, APartOfAnotherInstanceIsNotWrittenAgain) {
  Board scores = board(Operator::sum);
  see_part(scores, "there", record(5, 5, since(0)));
  EXPECT_EQ(see_part(scores, "there", "nonsense"), Sight::unreadable);
  EXPECT_EQ(shown(scores), "1. ann 5");
  scores.begin_reading();
  scores.end_reading(now());
  EXPECT_EQ(scores.total(), 0U);
  EXPECT_THAT(said_within(scores, repair_time), testing::Each("part ann/there "));
}

TEST_F(SumTest, ARemovalTakesAllPartsWithIt) {
  Board scores = board(Operator::sum);
  submit(scores, "ann", 5);
  see_part(scores, "there", record(100, 5, since(0)));
  EXPECT_THAT(said(scores.remove("ann", now())),
              ElementsAre(R"(record ann {"removed":[1770000000005,1]})", "part ann/here ", "part ann/there "));
  EXPECT_EQ(scores.total(), 0U);
  EXPECT_EQ(submit(scores, "ann", 7), (Outcome{.accepted = true, .score = 7, .rank = 1}));
}

// It was counted from before the removal on, by an instance that had not heard of it.
TEST_F(SumTest, APartFromBeforeARemovalDoesNotCountAndIsCleared) {
  for (const bool removal_first : {true, false}) {
    Board scores = board(Operator::sum);
    const auto see = [&](bool is_removal) {
      is_removal ? scores.see_record("ann", removal(6), now()) : see_part(scores, "there", record(100, 9, since(5)));
    };
    see(removal_first);
    see(!removal_first);
    EXPECT_EQ(scores.total(), 0U);
    EXPECT_THAT(said_within(scores, repair_time), ElementsAre("part ann/there "));
    EXPECT_THAT(said_within(scores, return_time), IsEmpty());
  }
}

TEST_F(SumTest, APartFromAfterARemovalCounts) {
  Board scores = board(Operator::sum);
  scores.see_record("ann", removal(6), now());
  see_part(scores, "there", record(100, 9, since(7)));
  EXPECT_EQ(shown(scores), "1. ann 100");
  EXPECT_THAT(said_within(scores, repair_time), IsEmpty());
}

TEST_F(SumTest, ARemovalIsWrittenBack) {
  Board scores = board(Operator::sum);
  scores.see_record("ann", removal(6), now());
  scores.see_record("ann", removal(4), now());
  EXPECT_THAT(said_within(scores, repair_time), ElementsAre(R"(record ann {"removed":1770000000006})"));
}

TEST_F(SumTest, NeverLeavesTheRangeOfScores) {
  Board scores = board(Operator::sum);
  submit(scores, "ann", max_score - 1);
  const auto refused = scores.submit({.player = "ann", .score = 2}, now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, api::Reason::bad_score);
  EXPECT_EQ(submit(scores, "ann", 1).score, max_score);
  see_part(scores, "there", record(max_score, 5, since(0)));
  EXPECT_EQ(scores.get("ann")->score, max_score);
}

TEST_F(SumTest, NorDoesTheOwnPart) {
  Board scores = board(Operator::sum);
  see_part(scores, "there", record(-max_score, 5, since(0)));
  submit(scores, "ann", max_score);
  EXPECT_EQ(shown(scores), "1. ann 0");
  EXPECT_FALSE(scores.submit({.player = "ann", .score = 1}, now()));
}

TEST_F(SumTest, RecordsOfOtherOperatorsAreNone) {
  Board scores = board(Operator::sum);
  EXPECT_EQ(scores.see_record("ann", record(50, 0), now()), Sight::unreadable);
  EXPECT_EQ(see_part(scores, "there", record(50, 0)), Sight::unreadable) << "it does not say since when";
  EXPECT_EQ(see_part(scores, "there", removal(0)), Sight::unreadable);
  EXPECT_EQ(scores.total(), 0U);
}

}  // namespace
}  // namespace lobbyd::scores
