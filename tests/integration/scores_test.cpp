// High scores (api.md, "High scores"), on one instance and between two.

#include "tests/integration/harness/pair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ScoresTest : public SharedPairTest {
 protected:
  // The rules of the board are by the end of its name.
  Json on(const std::string& board, Json params = Json::object()) const {
    params["board"] = own(board);
    return params;
  }
  Json submit(RpcClient& it, const std::string& board, const Json& score, Json params = Json::object()) const {
    params["score"] = score;
    return it.call("score.submit", on(board, std::move(params)));
  }
  static Json outcome(bool accepted, const Json& score, const Json& rank, const Json& previous) {
    return {{"accepted", accepted}, {"score", score}, {"rank", rank}, {"previous", previous}};
  }
  // A row of {player, score}.
  Json row(const std::string& name, const Json& score) const { return {own(name), score}; }
  static std::vector<Json> rows(const Json& entries) {
    std::vector<Json> rows;
    for (const Json& entry : entries) rows.push_back({entry.at("player"), entry.at("score")});
    return rows;
  }
  std::vector<Json> top(RpcClient& it, const std::string& board, Json params = Json::object()) const {
    return rows(it.call("score.top", on(board, std::move(params))).at("entries"));
  }
  // Other instances hear of it by and by.
  void expect_top(RpcClient& it, const std::string& board, const std::vector<Json>& expected) const {
    EXPECT_TRUE(eventually([&] { return top(it, board) == expected; })) << Json(top(it, board));
  }
  // Players p0, p1, … of the scores 0, -1, …
  std::vector<Client> fill(const std::string& board, int count) {
    std::vector<Client> players;
    for (int i = 0; i < count; ++i) {
      players.push_back(here("p" + std::to_string(i)));
      submit(*players.back(), board, -i);
    }
    return players;
  }
};

TEST_F(ScoresTest, OfABoardAreTheSameOnEveryInstance) {
  const auto a = here("a");
  const auto b = there("b");
  EXPECT_THAT(top(*b, "board"), IsEmpty());
  const std::int64_t before = a->call("ping").at("time");
  EXPECT_EQ(submit(*a, "board", 10, {{"data", {{"car", "red"}}}}), outcome(true, 10, 1, nullptr));
  EXPECT_EQ(submit(*b, "board", 12.5), outcome(true, 12.5, 1, nullptr));
  for (RpcClient* it : {a.get(), b.get()}) {
    expect_top(*it, "board", {row("b", 12.5), row("a", 10)});
    const Json whole = it->call("score.top", on("board"));
    EXPECT_EQ(whole.at("board"), own("board"));
    EXPECT_EQ(whole.at("period"), "all");
    EXPECT_EQ(whole.at("total"), 2);
    EXPECT_FALSE(whole.contains("next"));
    const Json entry = whole.at("entries").at(1);
    EXPECT_EQ(entry.at("rank"), 2);
    EXPECT_EQ(entry.at("data"), Json({{"car", "red"}}));
    EXPECT_GE(entry.at("time").get<std::int64_t>(), before);
    Json got = it->call("score.get", on("board", {{"player", own("a")}}));
    EXPECT_EQ(got.at("board"), own("board"));
    EXPECT_EQ(got.at("period"), "all");
    got.erase("board");
    got.erase("period");
    EXPECT_EQ(got, entry);
  }
  EXPECT_EQ(a->call("score.get", on("board")).at("player"), own("a")) << "by default one's own";
}

TEST_F(ScoresTest, CountByTheBoardsOperator) {
  const auto a = here("a");
  const auto far = there("far");
  submit(*a, "best", 10);
  EXPECT_EQ(submit(*a, "best", 5), outcome(false, 10, 1, 10));
  EXPECT_EQ(submit(*a, "best", 11), outcome(true, 11, 1, 10));
  submit(*a, "b.asc", 10);
  EXPECT_EQ(submit(*a, "b.asc", 15), outcome(false, 10, 1, 10));
  EXPECT_EQ(submit(*a, "b.asc", 5), outcome(true, 5, 1, 10));
  EXPECT_EQ(submit(*far, "b.asc", 7), outcome(true, 7, 2, nullptr));
  submit(*a, "b.last", 10);
  EXPECT_EQ(submit(*a, "b.last", 5), outcome(true, 5, 1, 10));
  submit(*a, "b.sum", 10);
  EXPECT_EQ(submit(*a, "b.sum", -3), outcome(true, 7, 1, 10));
  for (const auto& [board, score] : {std::pair("best", 11), std::pair("b.last", 5), std::pair("b.sum", 7)}) {
    expect_top(*far, board, {row("a", score)});
  }
}

TEST_F(ScoresTest, OfAPlayerAreSummedUpOverInstances) {
  const auto before = here("a");
  submit(*before, "b.sum", 10);
  const auto after = there("a");
  EXPECT_EQ(submit(*after, "b.sum", 5), outcome(true, 15, 1, 10));
  const auto again = here("a");
  expect_top(*again, "b.sum", {row("a", 15)});
  EXPECT_EQ(submit(*again, "b.sum", 1), outcome(true, 16, 1, 15));
  expect_top(*there("b"), "b.sum", {row("a", 16)});
}

TEST_F(ScoresTest, ThatAreEqualRankByTime) {
  const auto a = here("a");
  const auto b = there("b");
  const auto c = here("c");
  for (RpcClient* it : {b.get(), c.get(), a.get()}) submit(*it, "board", 10);
  for (RpcClient* it : {a.get(), b.get()}) expect_top(*it, "board", {row("b", 10), row("c", 10), row("a", 10)});
}

TEST_F(ScoresTest, AreShownAroundAPlayer) {
  const auto players = fill("board", 9);
  const auto around = [&](RpcClient& it, Json params) {
    return field_of(it.call("score.around", on("board", std::move(params))).at("entries"), "rank");
  };
  EXPECT_THAT(around(*players[4], {}), ElementsAre(3, 4, 5, 6, 7));
  EXPECT_THAT(around(*players[0], {{"player", own("p4")}, {"limit", 3}}), ElementsAre(4, 5, 6));
  EXPECT_THAT(around(*players[0], {}), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(around(*players[8], {}), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_THAT(around(*players[8], {{"limit", 100}}), SizeIs(9));
  const auto other = there("other");
  EXPECT_THAT(around(*other, {{"player", own("p4")}, {"limit", 1}}), ElementsAre(5));
  EXPECT_TRUE(is_error(other->refused("score.around", on("board")), 404, "not_found"));
}

TEST_F(ScoresTest, ComeInPages) {
  const auto players = fill("board", 7);
  const auto asker = there("asker", {{"max_message_bytes", 1024}});
  const auto ranks = [&](const Json& params) {
    return field_of(asker->call("score.top", on("board", params)).at("entries"), "rank");
  };
  EXPECT_THAT(ranks({{"limit", 2}}), ElementsAre(1, 2));
  EXPECT_THAT(ranks({{"limit", 2}, {"offset", 5}}), ElementsAre(6, 7));
  EXPECT_THAT(ranks({{"offset", 7}}), IsEmpty());
  for (const int limit : {3, 1000}) {
    const auto all = all_pages(*asker, "score.top", on("board", {{"limit", limit}}), "entries");
    EXPECT_THAT(field_of(all, "rank"), ElementsAre(1, 2, 3, 4, 5, 6, 7)) << limit;
  }
  EXPECT_TRUE(is_error(asker->refused("score.top", on("board", {{"cursor", "x"}})), -32602, "invalid_params"));
}

TEST_F(ScoresTest, AreToldToThoseThatWatch) {
  const auto a = here("a");
  const auto b = here("b");
  const auto near = here("near");
  const auto far = there("far");
  submit(*a, "board", 0);
  for (RpcClient* it : {near.get(), far.get()}) {
    const Json watched = it->call("score.watch", on("board", {{"limit", 1}}));
    EXPECT_THAT(rows(watched.at("entries")), ElementsAre(row("a", 0)));
    EXPECT_EQ(watched.at("total"), 1);
  }
  for (int score = 1; score <= 100; ++score) submit(*a, "board", score);
  for (RpcClient* it : {near.get(), far.get()}) {
    std::size_t told = 0;
    for (Json score = 0; score < 100; ++told) {
      const Json params = it->wait_notification("score");
      EXPECT_EQ(params.at("board"), own("board"));
      EXPECT_EQ(params.at("period"), "all");
      EXPECT_EQ(params.at("total"), 1);
      EXPECT_GT(params.at("entries").at(0).at("score"), score);
      score = params.at("entries").at(0).at("score");
    }
    EXPECT_LT(told, 100U) << "changes that come quickly are told together";
  }
  // Below what is visible.
  submit(*b, "board", 1);
  EXPECT_EQ(far->call("score.unwatch", on("board")), Json::object());
  submit(*a, "board", 101);
  EXPECT_EQ(near->wait_notification("score").at("entries").at(0).at("score"), 101);
  EXPECT_THAT(near->notifications_until_now("score"), IsEmpty());
  expect_top(*far, "board", {row("a", 101), row("b", 1)});
  EXPECT_THAT(far->notifications_until_now("score"), IsEmpty());
  EXPECT_TRUE(is_error(far->refused("score.unwatch", on("board")), 404, "not_found"));
}

TEST_F(ScoresTest, AreWatchedOnWhereASessionIsKept) {
  const auto a = there("a");
  auto b = here("b", {{"session", {{"expiry", 60}}}});
  const Json session = connected_;
  b->call("score.watch", on("board"));
  b->socket().reset();
  submit(*a, "board", 1);
  b = resume(first(), "b", session, 0);
  EXPECT_EQ(connected_.at("session").at("resumed"), true);
  EXPECT_THAT(rows(b->wait_notification("score").at("entries")), ElementsAre(row("a", 1)));
}

TEST_F(ScoresTest, BeyondTheLimitAreNotKept) {
  const auto a = here("a");
  const auto b = there("b");
  const auto c = here("c");
  submit(*a, "b.small", 10);
  submit(*b, "b.small", 5);
  expect_top(*a, "b.small", {row("a", 10), row("b", 5)});
  EXPECT_EQ(submit(*c, "b.small", 1), outcome(false, nullptr, nullptr, nullptr));
  EXPECT_EQ(submit(*c, "b.small", 7), outcome(true, 7, 2, nullptr));
  for (RpcClient* it : {a.get(), b.get()}) {
    expect_top(*it, "b.small", {row("a", 10), row("c", 7)});
    EXPECT_EQ(it->call("score.top", on("b.small")).at("total"), 2);
    EXPECT_TRUE(is_error(it->refused("score.get", on("b.small", {{"player", own("b")}})), 404, "not_found"));
  }
}

TEST_F(ScoresTest, AreRemoved) {
  const auto a = here("a");
  const auto far = there("far");
  submit(*a, "board", 10);
  expect_top(*far, "board", {row("a", 10)});
  EXPECT_EQ(a->call("score.remove", on("board")), Json::object());
  for (RpcClient* it : {a.get(), far.get()}) expect_top(*it, "board", {});
  EXPECT_TRUE(is_error(a->refused("score.remove", on("board")), 404, "not_found"));
  EXPECT_EQ(submit(*a, "board", 3), outcome(true, 3, 1, nullptr));
  expect_top(*far, "board", {row("a", 3)});
}

TEST_F(ScoresTest, OfARetryCountOnce) {
  const auto a = here("a");
  const Json first = submit(*a, "b.sum", 10, {{"key", "k"}});
  EXPECT_EQ(submit(*a, "b.sum", 10, {{"key", "k"}}), first);
  EXPECT_EQ(submit(*a, "b.sum", 10, {{"key", "other"}}), outcome(true, 20, 1, 10));
  EXPECT_THAT(top(*a, "b.sum"), ElementsAre(row("a", 20)));
}

TEST_F(ScoresTest, HaveTheirErrors) {
  const auto a = here("a");
  const Json bad[] = {"10", nullptr, true, 9007199254740992.0, -1e300, Json::array({1})};
  for (const Json& score : bad) {
    EXPECT_TRUE(is_error(a->refused("score.submit", on("board", {{"score", score}})), 400, "bad_score")) << score;
  }
  // JSON knows neither NaN nor infinity, and no number is so large: such frames are none.
  for (const std::string score : {"NaN", "Infinity", "1e999"}) {
    a->send_text(R"({"jsonrpc":"2.0","id":1,"method":"score.submit","params":{"board":"b","score":)" + score + "}}");
    EXPECT_EQ(a->wait_unmatched().at("error").at("code"), -32700) << score;
  }
  EXPECT_TRUE(is_error(a->refused("score.submit", {{"board", "a/b"}, {"score", 1}}), 400, "bad_name"));
  EXPECT_TRUE(is_error(a->refused("score.top", {{"board", ""}}), 400, "bad_name"));
  const Json large = {{"score", 1}, {"data", std::string(4095, 'd')}};
  EXPECT_TRUE(is_error(a->refused("score.submit", on("board", large)), 413, "too_large"));
  const Json foreign = on("board", {{"score", 1}, {"player", own("b")}});
  EXPECT_TRUE(is_error(a->refused("score.submit", foreign), 403, "forbidden"));
  EXPECT_TRUE(is_error(a->refused("score.remove", on("board", {{"player", own("b")}})), 403, "forbidden"));
  EXPECT_TRUE(is_error(a->refused("score.submit", on("b.right", {{"score", 1}})), 403, "forbidden"));
  EXPECT_TRUE(is_error(a->refused("score.get", on("board")), 404, "not_found"));
  EXPECT_EQ(submit(*a, "b.sum", 9007199254740991), outcome(true, 9007199254740991, 1, nullptr));
  EXPECT_TRUE(is_error(a->refused("score.submit", on("b.sum", {{"score", 1}})), 400, "bad_score"));
  EXPECT_THAT(top(*a, "board"), IsEmpty());
}

TEST_F(ScoresTest, AreOfTheBoardsThatThereAre) {
  const Stack stack("[[boards]]\nname = \"race-*\"\n");
  const auto a = client(stack.daemon.listen(), "a");
  EXPECT_EQ(a->call("score.submit", {{"board", "race-1"}, {"score", 1}}).at("rank"), 1);
  for (const char* method : {"score.top", "score.get", "score.around", "score.watch", "score.remove"}) {
    EXPECT_TRUE(is_error(a->refused(method, {{"board", "other"}}), 404, "not_found")) << method;
  }
}

}  // namespace
}  // namespace lobbyd::integration
