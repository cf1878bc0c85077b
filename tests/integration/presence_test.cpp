// Who is there, and how (api.md, "Presence and players"), on one instance and between two.

#include "tests/integration/harness/pair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;

class PresenceTest : public SharedPairTest {
 protected:
  Json state_of(RpcClient& asker, const std::string& name) {
    return asker.call("presence.get", {{"players", {own(name)}}}).at("players").at(0);
  }
  Json offline(const std::string& name) const {
    return {{"player", own(name)}, {"status", "offline"}, {"data", nullptr}, {"since", nullptr}};
  }
  // The next that is told of the player.
  Json next_of(RpcClient& watcher, const std::string& name) {
    return watcher.wait_notification("presence", [&](const Json& params) { return params.at("player") == own(name); });
  }
  static std::vector<Json> told(RpcClient& watcher) { return watcher.notifications_until_now("presence"); }
};

TEST_F(PresenceTest, IsSeenOnEveryInstance) {
  const auto p = here("p");
  const auto other = there("other");
  const std::int64_t before = p->call("ping").at("time");
  EXPECT_EQ(p->call("presence.set", {{"status", "in game"}, {"data", {{"level", 3}}}}), Json::object());
  for (RpcClient* asker : {p.get(), other.get()}) {
    const Json state = state_of(*asker, "p");
    EXPECT_EQ(state.at("player"), own("p"));
    EXPECT_EQ(state.at("status"), "in game");
    EXPECT_EQ(state.at("data"), Json({{"level", 3}}));
    EXPECT_GE(state.at("since").get<std::int64_t>(), before);
    EXPECT_LE(state.at("since").get<std::int64_t>(), asker->call("ping").at("time").get<std::int64_t>());
  }
}

TEST_F(PresenceTest, OfWhoHasNeverBeenThereIsOffline) {
  const auto asker = here("asker");
  EXPECT_EQ(state_of(*asker, "nobody"), offline("nobody"));
  EXPECT_EQ(state_of(*asker, "asker"), offline("asker")) << "one that has set nothing";
}

TEST_F(PresenceTest, HasItsTimeFromTheChangeOfTheStatus) {
  const auto p = here("p");
  p->call("presence.set", {{"status", "away"}, {"data", 1}});
  const Json first = state_of(*p, "p");
  p->call("presence.set", {{"status", "away"}, {"data", 2}});
  const Json second = state_of(*p, "p");
  EXPECT_EQ(second.at("data"), 2);
  EXPECT_EQ(second.at("since"), first.at("since"));
  p->call("presence.set", {{"status", "back"}});
  const Json third = state_of(*p, "p");
  EXPECT_EQ(third.at("data"), nullptr);
  EXPECT_GE(third.at("since").get<std::int64_t>(), first.at("since").get<std::int64_t>());
}

TEST_F(PresenceTest, IsToldToThoseThatWatch) {
  const auto near = here("near");
  const auto far = there("far");
  for (RpcClient* watcher : {near.get(), far.get()}) {
    EXPECT_THAT(watcher->call("presence.watch", {{"players", {own("p")}}}).at("players"), ElementsAre(offline("p")));
  }
  const auto p = here("p");
  for (const char* status : {"in game", "in menu"}) {
    p->call("presence.set", {{"status", status}, {"data", status}});
    for (RpcClient* watcher : {near.get(), far.get()}) {
      const Json state = next_of(*watcher, "p");
      EXPECT_EQ(state.at("status"), status);
      EXPECT_EQ(state.at("data"), status);
    }
  }
  p->call("disconnect");
  for (RpcClient* watcher : {near.get(), far.get()}) {
    const Json state = next_of(*watcher, "p");
    EXPECT_EQ(state.at("status"), "offline");
    EXPECT_EQ(state.at("data"), nullptr);
    EXPECT_TRUE(state.at("since").is_number());
    EXPECT_THAT(told(*watcher), IsEmpty());
    EXPECT_EQ(state_of(*watcher, "p"), state);
  }
}

TEST_F(PresenceTest, OfWhoIsThereComesWithTheWatch) {
  const auto p = here("p");
  p->call("presence.set", {{"status", "here"}});
  for (const auto& watcher : {here("near"), there("far")}) {
    const Json watched = watcher->call("presence.watch", {{"players", {own("p"), own("nobody")}}});
    EXPECT_THAT(field_of(watched.at("players"), "status"), ElementsAre("offline", "here"));
    EXPECT_FALSE(watched.contains("next"));
    EXPECT_THAT(told(*watcher), IsEmpty());
  }
}

TEST_F(PresenceTest, IsNotToldAnyMoreAfterUnwatch) {
  const auto watcher = there("watcher");
  watcher->call("presence.watch", {{"players", {own("a"), own("b"), own("c")}}});
  const auto a = here("a");
  const auto b = here("b");
  const auto c = here("c");
  const auto set_all = [&](const char* status) {
    for (RpcClient* it : {a.get(), b.get(), c.get()}) it->call("presence.set", {{"status", status}});
  };
  EXPECT_EQ(watcher->call("presence.unwatch", {{"players", {own("a"), own("b")}}}), Json::object());
  set_all("one");
  EXPECT_EQ(next_of(*watcher, "c").at("status"), "one");
  EXPECT_THAT(told(*watcher), IsEmpty());
  EXPECT_EQ(watcher->call("presence.unwatch"), Json::object());
  watcher->call("presence.watch", {{"players", {own("d")}}});
  set_all("two");
  here("d")->call("presence.set", {{"status", "last"}});
  EXPECT_EQ(next_of(*watcher, "d").at("status"), "last");
  EXPECT_THAT(field_of(told(*watcher), "player"), testing::Each(own("d")));
}

TEST_F(PresenceTest, OfEverybodyCanBeWatched) {
  const auto p = here("p");
  p->call("presence.set", {{"status", "here"}});
  const auto watcher = there("watcher");
  const auto everybody = all_pages(*watcher, "presence.watch", {{"players", "*"}}, "players");
  EXPECT_THAT(field_of(everybody, "player"), testing::Contains(own("p")));
  const auto newcomer = here("newcomer");
  newcomer->call("presence.set", {{"status", "new"}});
  EXPECT_EQ(next_of(*watcher, "newcomer").at("status"), "new");
  watcher->call("presence.watch", {{"players", {own("p")}}});
  watcher->call("presence.unwatch", {{"players", "*"}});
  newcomer->call("presence.set", {{"status", "newer"}});
  p->call("presence.set", {{"status", "last"}});
  EXPECT_EQ(next_of(*watcher, "p").at("status"), "last");
  EXPECT_THAT(told(*watcher), IsEmpty());
}

TEST_F(PresenceTest, ComesInPagesOfTheClientsFrames) {
  const auto asker = here("asker", {{"max_message_bytes", 1024}});
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back(own("player" + std::to_string(100 + i)));
  const auto p = there("player107");
  p->call("presence.set", {{"status", "here"}});
  std::ranges::reverse(names);
  for (const char* method : {"presence.get", "presence.watch"}) {
    const Json first = asker->call(method, {{"players", names}});
    EXPECT_TRUE(first.contains("next")) << method;
    const auto all = all_pages(*asker, method, {{"players", names}}, "players");
    EXPECT_EQ(field_of(all, "player"), std::vector<Json>(names.rbegin(), names.rend())) << method;
    EXPECT_EQ(all.at(7).at("status"), "here") << method;
  }
}

TEST_F(PresenceTest, GoesWithALostConnection) {
  const auto watcher = there("watcher");
  watcher->call("presence.watch", {{"players", {own("p")}}});
  const auto p = here("p");
  p->call("presence.set", {{"status", "here"}});
  EXPECT_EQ(next_of(*watcher, "p").at("status"), "here");
  p->socket().reset();
  EXPECT_EQ(next_of(*watcher, "p").at("status"), "offline");
}

TEST_F(PresenceTest, AndWhatIsWatchedOutliveALostConnectionOfAKeptSession) {
  const auto far = there("far");
  far->call("presence.watch", {{"players", {own("p")}}});
  auto p = here("p", {{"session", {{"expiry", 60}}}});
  const Json session = connected_;
  p->call("presence.set", {{"status", "here"}});
  p->call("presence.watch", {{"players", {own("q")}}});
  EXPECT_EQ(next_of(*far, "p").at("status"), "here");
  p->socket().reset();
  const auto q = there("q");
  q->call("presence.set", {{"status", "meanwhile"}});
  p = resume(first(), "p", session, 0);
  EXPECT_EQ(connected_.at("session").at("resumed"), true);
  EXPECT_EQ(next_of(*p, "q").at("status"), "meanwhile");
  q->call("presence.set", {{"status", "later"}});
  EXPECT_EQ(next_of(*p, "q").at("status"), "later");
  EXPECT_EQ(state_of(*far, "p").at("status"), "here");
  EXPECT_THAT(told(*far), IsEmpty());
  p->call("disconnect");
  EXPECT_EQ(next_of(*far, "p").at("status"), "offline");
}

TEST_F(PresenceTest, FollowsAClientToAnotherInstance) {
  const auto watcher = there("watcher");
  watcher->call("presence.watch", {{"players", {own("p")}}});
  const auto before = here("p");
  before->call("presence.set", {{"status", "before"}});
  const auto after = there("p");
  after->call("presence.set", {{"status", "after"}});
  before->wait_closed();
  EXPECT_TRUE(eventually([&] { return state_of(*watcher, "p").at("status") == "after"; }));
  after->call("presence.set", {{"status", "last"}});
  watcher->wait_notification("presence", [](const Json& params) { return params.at("status") == "last"; });
  EXPECT_EQ(state_of(*watcher, "p").at("status"), "last");
}

TEST_F(PresenceTest, IsGoneWhereTheClientSetsNothingOnAnotherInstance) {
  const auto watcher = here("watcher");
  const auto before = here("p");
  before->call("presence.set", {{"status", "before"}});
  const auto after = there("p");
  EXPECT_TRUE(eventually([&] { return state_of(*watcher, "p").at("status") == "offline"; }));
}

TEST_F(PresenceTest, HasItsErrors) {
  const auto p = here("p");
  EXPECT_TRUE(is_error(p->refused("presence.get", {{"players", {"a/b"}}}), 400, "bad_name"));
  EXPECT_TRUE(is_error(p->refused("presence.watch", {{"players", {"+"}}}), 400, "bad_name"));
  EXPECT_TRUE(is_error(p->refused("presence.unwatch", {{"players", {""}}}), 400, "bad_name"));
  EXPECT_TRUE(is_error(p->refused("presence.get", {{"players", {"a"}}, {"cursor", "/"}}), -32602, "invalid_params"));
  EXPECT_TRUE(is_error(p->refused("presence.set", {{"status", ""}}), -32602, "invalid_params"));
  const Json large = std::string(4095, 'd');
  EXPECT_TRUE(is_error(p->refused("presence.set", {{"status", "s"}, {"data", large}}), 413, "too_large"));
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back(own(std::to_string(i)));
  p->call("presence.watch", {{"players", many}});
  const RpcError error = p->refused("presence.watch", {{"players", {own("more")}}});
  EXPECT_TRUE(is_error(error, 429, "too_many"));
  EXPECT_EQ(error.data.at("limit"), 1000);
}

}  // namespace
}  // namespace lobbyd::integration
