// The period of a board ends at its midnight (api.md, "High scores"): daemons whose clock says that it is near.

#include "tests/integration/harness/clocks.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lobbyd::integration {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

class PeriodsTest : public testing::Test {
 protected:
  void SetUp() override { LOBBYD_NEEDS(retained_by_wildcard); }

  DaemonOptions at(std::chrono::sys_seconds time) const {
    return {.broker_url = broker_.url(),
            .config =
                "[[boards]]\nname = \"berlin\"\nreset = \"daily\"\ntime_zone = \"Europe/Berlin\"\n"
                "[[boards]]\nname = \"ever\"\n",
            .environment = environment_at(time)};
  }

  Broker broker_;
};

TEST_F(PeriodsTest, BeginAtTheMidnightOfTheBoardsTimeZone) {
  // Summer time: two hours before UTC's.
  Daemon daemon(at(sys_days(2026y / 7 / 14) + 21h + 59min + 54s));
  wait_broker_connected(daemon);
  RpcClient it(daemon.listen());
  it.connect({{"client_id", "a"}});
  for (const char* board : {"berlin", "ever"}) {
    it.call("score.watch", {{"board", board}});
    it.call("score.submit", {{"board", board}, {"score", 5}});
    EXPECT_EQ(it.wait_notification("score").at("total"), 1);
  }
  EXPECT_EQ(it.wait_notification("score.reset", {}, deadline_in(scaled(20s))),
            Json({{"board", "berlin"}, {"period", "2026-07-15"}}));
  EXPECT_EQ(it.wait_notification("score").at("total"), 0);
  EXPECT_EQ(it.call("score.submit", {{"board", "berlin"}, {"score", 3}}).at("previous"), nullptr);
  const Json before = it.call("score.top", {{"board", "berlin"}, {"period", "previous"}});
  EXPECT_EQ(before.at("period"), "2026-07-14");
  EXPECT_EQ(before.at("entries").at(0).at("score"), 5);
  EXPECT_EQ(it.call("score.top", {{"board", "berlin"}}).at("entries").at(0).at("score"), 3);
  EXPECT_EQ(it.call("score.get", {{"board", "ever"}}).at("score"), 5);
  EXPECT_TRUE(it.notifications_until_now("score.reset").empty());
}

TEST_F(PeriodsTest, AreCalledByTheirNames) {
  const auto noon = at(sys_days(2026y / 7 / 14) + 12h);
  Daemon first(noon);
  Daemon second(noon);
  for (Daemon* it : {&first, &second}) wait_broker_connected(*it);
  RpcClient a(first.listen());
  RpcClient b(second.listen());
  a.connect({{"client_id", "a"}});
  b.connect({{"client_id", "b"}});
  a.call("score.submit", {{"board", "berlin"}, {"score", 5}});
  const Json now = b.call("score.top", {{"board", "berlin"}});
  EXPECT_EQ(now.at("period"), "2026-07-14");
  EXPECT_EQ(now.at("entries").at(0).at("score"), 5);
  EXPECT_EQ(now.at("total"), 1);
  const auto of = [](const char* board, const char* period) { return Json({{"board", board}, {"period", period}}); };
  EXPECT_EQ(a.call("score.get", of("berlin", "2026-07-14")).at("score"), 5);
  for (const char* period : {"previous", "2026-07-13"}) {
    const Json previous = a.call("score.top", of("berlin", period));
    EXPECT_EQ(previous.at("period"), "2026-07-13");
    EXPECT_TRUE(previous.at("entries").empty());
    EXPECT_TRUE(is_error(a.refused("score.get", of("berlin", period)), 404, "not_found"));
    EXPECT_TRUE(is_error(a.refused("score.around", of("berlin", period)), 404, "not_found"));
  }
  EXPECT_TRUE(is_error(a.refused("score.top", of("berlin", "2001-01-01")), 404, "not_found"));
  for (const char* period : {"all", "2026-W06", "2026-02", "2026-02-30", "yesterday"}) {
    EXPECT_TRUE(is_error(a.refused("score.top", of("berlin", period)), 400, "bad_name")) << period;
  }
  EXPECT_TRUE(is_error(a.refused("score.top", of("ever", "previous")), 400, "bad_name"));
  EXPECT_EQ(a.call("score.top", of("ever", "all")).at("period"), "all");
}

// Who asks it first finds what was there before its start.
TEST_F(PeriodsTest, ThatAreOverAreKeptForDaemonsToCome) {
  {
    Daemon earlier(at(sys_days(2026y / 7 / 14) + 12h));
    wait_broker_connected(earlier);
    RpcClient it(earlier.listen());
    it.connect({{"client_id", "a"}});
    it.call("score.submit", {{"board", "berlin"}, {"score", 5}});
  }
  Daemon later(at(sys_days(2026y / 7 / 15) + 12h));
  wait_broker_connected(later);
  RpcClient it(later.listen());
  it.connect({{"client_id", "b"}});
  EXPECT_EQ(it.call("score.top", {{"board", "berlin"}}).at("total"), 0);
  EXPECT_EQ(it.call("score.top", {{"board", "berlin"}, {"period", "2026-07-14"}}).at("entries").at(0).at("player"),
            "a");
  EXPECT_TRUE(is_error(it.refused("score.top", {{"board", "berlin"}, {"period", "2026-06-01"}}), 404, "not_found"));
}

}  // namespace
}  // namespace lobbyd::integration
