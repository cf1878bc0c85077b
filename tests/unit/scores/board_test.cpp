#include "service/apps/scores/board.hpp"

#include "tests/unit/scores/board_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace lobbyd::scores {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class BoardTest : public BoardScene {};

TEST_F(BoardTest, IsEmptyAtFirst) {
  const Board empty = board(Operator::best);
  EXPECT_EQ(empty.total(), 0U);
  EXPECT_THAT(empty.top(10), IsEmpty());
  EXPECT_THAT(empty.around("ann", 5), IsEmpty());
  EXPECT_EQ(empty.get("ann"), std::nullopt);
  EXPECT_EQ(empty.next_due(now()), std::nullopt);
}

TEST_F(BoardTest, AFirstScoreIsAccepted) {
  Board scores = board(Operator::best);
  EXPECT_EQ(submit(scores, "ann", 50, R"({"level":3})"), (Outcome{.accepted = true, .score = 50, .rank = 1}));
  EXPECT_THAT(said(sent_), ElementsAre(R"(record ann {"score":50,"data":{"level":3},"time":1770000000000})"));
  const auto entry = scores.get("ann");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->data, R"({"level":3})");
  EXPECT_EQ(entry->time, HybridTime(start_ms));
}

TEST_F(BoardTest, OfTheBestABetterOneCounts) {
  Board scores = board(Operator::best);
  submit(scores, "ann", 50);
  EXPECT_EQ(submit(scores, "ann", 60), (Outcome{.accepted = true, .score = 60, .rank = 1, .previous = 50}));
  EXPECT_EQ(submit(scores, "ann", 59), (Outcome{.accepted = false, .score = 60, .rank = 1, .previous = 60}));
  EXPECT_THAT(sent_, IsEmpty());
  EXPECT_EQ(submit(scores, "ann", 60), (Outcome{.accepted = false, .score = 60, .rank = 1, .previous = 60}))
      << "the earlier of two equal ones stays";
}

TEST_F(BoardTest, OfTheLastTheNewestCounts) {
  Board scores = board(Operator::last);
  submit(scores, "ann", 50);
  EXPECT_EQ(submit(scores, "ann", 40), (Outcome{.accepted = true, .score = 40, .rank = 1, .previous = 50}));
  EXPECT_EQ(submit(scores, "ann", 40), (Outcome{.accepted = true, .score = 40, .rank = 1, .previous = 40}));
}

TEST_F(BoardTest, LowerScoresMayBeBetter) {
  Board scores = board(Operator::best, ascending());
  submit(scores, "ann", 50);
  submit(scores, "bob", 40);
  EXPECT_FALSE(submit(scores, "ann", 60).accepted);
  EXPECT_TRUE(submit(scores, "ann", 45).accepted);
  EXPECT_EQ(shown(scores), "1. bob 40, 2. ann 45");
}

TEST_F(BoardTest, OfEqualScoresTheEarlierRanksFirst) {
  Board scores = board(Operator::best);
  for (const char* player : {"zoe", "bob", "ann"}) {
    submit(scores, player, 50);
  }
  EXPECT_EQ(shown(scores), "1. zoe 50, 2. bob 50, 3. ann 50");
}

TEST_F(BoardTest, ScoresMayHaveFractionsAndBeNegative) {
  Board scores = board(Operator::best);
  submit(scores, "ann", -0.5);
  submit(scores, "bob", 1e-9);
  submit(scores, "eve", -max_score);
  submit(scores, "joe", max_score);
  EXPECT_EQ(shown(scores), "1. joe 9007199254740991, 2. bob 1e-09, 3. ann -0.5, 4. eve -9007199254740991");
}

TEST_F(BoardTest, PagesThroughTheTop) {
  Board scores = board(Operator::best);
  for (int number = 1; number <= 5; ++number) {
    submit(scores, "p" + std::to_string(number), number);
  }
  EXPECT_EQ(shown(scores.top(2)), "1. p5 5, 2. p4 4");
  EXPECT_EQ(shown(scores.top(2, 3)), "4. p2 2, 5. p1 1");
  EXPECT_EQ(shown(scores.top(2, 4)), "5. p1 1");
  EXPECT_THAT(scores.top(2, 5), IsEmpty());
  EXPECT_THAT(scores.top(2, std::numeric_limits<std::size_t>::max()), IsEmpty());
  EXPECT_EQ(scores.top(std::numeric_limits<std::size_t>::max(), 1).size(), 4U);
}

TEST_F(BoardTest, ShowsAPlayerInTheMiddleWherePossible) {
  Board scores = board(Operator::best);
  for (int number = 1; number <= 7; ++number) {
    submit(scores, "p" + std::to_string(number), 8 - number);
  }
  const auto ranks = [&](const char* player, std::size_t limit) {
    std::string text;
    for (const Entry& entry : scores.around(player, limit)) {
      text += std::to_string(entry.rank);
    }
    return text;
  };
  EXPECT_EQ(ranks("p4", 3), "345");
  EXPECT_EQ(ranks("p4", 1), "4");
  EXPECT_EQ(ranks("p4", 4), "2345");
  EXPECT_EQ(ranks("p1", 3), "123");
  EXPECT_EQ(ranks("p2", 5), "12345");
  EXPECT_EQ(ranks("p7", 3), "567");
  EXPECT_EQ(ranks("p6", 5), "34567");
  EXPECT_EQ(ranks("p4", 100), "1234567");
  EXPECT_EQ(ranks("p8", 3), "");
}

TEST_F(BoardTest, APlayerCanBeRemoved) {
  Board scores = board(Operator::best);
  submit(scores, "ann", 50);
  submit(scores, "bob", 40);
  EXPECT_THAT(said(scores.remove("ann", now())), ElementsAre(R"(record ann {"removed":[1770000000000,2]})"));
  EXPECT_EQ(shown(scores), "1. bob 40");
  EXPECT_THAT(scores.remove("ann", now()), IsEmpty());
  EXPECT_THAT(scores.remove("eve", now()), IsEmpty());
}

TEST_F(BoardTest, WhoComesBackAfterARemovalBeginsAnew) {
  Board scores = board(Operator::best);
  submit(scores, "ann", 50);
  scores.remove("ann", now());
  EXPECT_EQ(submit(scores, "ann", 10), (Outcome{.accepted = true, .score = 10, .rank = 1}));
  EXPECT_THAT(said(sent_),
              ElementsAre(R"(record ann {"score":10,"time":[1770000000000,2],"removed":[1770000000000,1]})"));
}

TEST_F(BoardTest, ARetryWithTheSameKeyIsNotCountedTwice) {
  Board scores = board(Operator::sum);
  const Submission submission{.player = "ann", .score = 5, .key = "k"};
  const auto first = scores.submit(submission, now());
  pass(59s);
  auto retry = scores.submit(submission, now());
  EXPECT_EQ(retry->outcome, first->outcome);
  EXPECT_EQ(retry->publications, first->publications) << "it may have been lost";
  echo(scores, first->publications);
  retry = scores.submit(submission, now());
  EXPECT_EQ(retry->outcome, first->outcome);
  EXPECT_THAT(retry->publications, IsEmpty());
  EXPECT_EQ(shown(scores), "1. ann 5");

  EXPECT_TRUE(scores.submit({.player = "bob", .score = 5, .key = "k"}, now())->outcome.accepted);
  pass(1s);
  EXPECT_EQ(scores.submit(submission, now())->outcome.score, 10);
}

TEST_F(BoardTest, TellsFromWhichRankOnItHasChanged) {
  Board scores = board(Operator::best);
  EXPECT_EQ(scores.take_changed_rank(), std::nullopt);
  for (int number = 1; number <= 5; ++number) {
    submit(scores, "p" + std::to_string(number), 10 - number);
  }
  EXPECT_EQ(scores.take_changed_rank(), 0U);
  EXPECT_EQ(scores.take_changed_rank(), std::nullopt);
  submit(scores, "p5", 7.5);
  EXPECT_EQ(scores.take_changed_rank(), 2U) << "from the fifth to the third";
  submit(scores, "p4", 6.5);
  submit(scores, "p2", 8.5);
  EXPECT_EQ(scores.take_changed_rank(), 1U) << "the best of several changes";
  scores.remove("p3", now());
  EXPECT_EQ(scores.take_changed_rank(), 3U);
  submit(scores, "p1", 1);
  EXPECT_EQ(scores.take_changed_rank(), std::nullopt) << "it was not accepted";
  scores.see_record("p9", removal(0), now());
  EXPECT_EQ(scores.take_changed_rank(), std::nullopt) << "it was not there";
}

TEST_F(BoardTest, RanksAreRightInRandomUse) {
  Board scores = board(Operator::last);
  std::map<std::string, std::tuple<double, int>> expected;  // the negative score and when
  std::mt19937 engine(7);
  for (int turn = 0; turn < 3000; ++turn) {
    const std::string player = "p" + std::to_string(engine() % 200);
    const double score = static_cast<double>(engine() % 50);
    if (engine() % 5 == 0) {
      scores.remove(player, now());
      expected.erase(player);
    } else {
      submit(scores, player, score);
      expected[player] = {-score, turn};
    }
    std::size_t before = 0;
    for (const auto& [name, place] : expected) {
      before += expected.contains(player) && place < expected.at(player) ? 1 : 0;
    }
    const auto entry = scores.get(player);
    ASSERT_EQ(entry ? std::optional(entry->rank) : std::nullopt,
              expected.contains(player) ? std::optional(before + 1) : std::nullopt);
    ASSERT_EQ(scores.total(), expected.size());
  }
}

}  // namespace
}  // namespace lobbyd::scores
