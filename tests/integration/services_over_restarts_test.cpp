// What the services keep when instances are killed, stopped and started again, and when the broker is.

#include "tests/integration/harness/pair.hpp"
#include "tests/integration/harness/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::integration {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// That others have to find out about a death, and take their turns.
Deadline death_deadline() {
  return deadline_in(scaled(std::chrono::seconds(20)));
}

// An instance that can be ended and started again with what it has stored.
class Instance {
 public:
  Instance(const Broker& broker, Upstream upstream)
      : options_{.broker_url = broker.url(),
                 .config = broker_section(upstream) + "keepalive = 5\n",
                 .data_directory = data_.path()} {
    start();
  }
  void start() {
    daemon_ = std::make_unique<Daemon>(options_);
    wait_broker_connected(*daemon_);
  }
  void kill() { daemon_->kill(); }
  void stop() { daemon_->terminate(); }
  Daemon& daemon() { return *daemon_; }

  std::unique_ptr<RpcClient> client(const std::string& name) {
    auto it = std::make_unique<RpcClient>(daemon_->listen());
    it->connect({{"client_id", name}});
    return it;
  }

 private:
  TemporaryDirectory data_;
  DaemonOptions options_;
  std::unique_ptr<Daemon> daemon_;
};

class ServicesOverRestartsTest : public testing::TestWithParam<Upstream> {
 protected:
  using Client = std::unique_ptr<RpcClient>;

  void SetUp() override { LOBBYD_NEEDS(retained_by_wildcard); }

  // A client that is everywhere: in a room, where it says its name, on a board, with a presence, and a peer.
  static Client everywhere(Instance& instance, const std::string& name, int score) {
    auto it = instance.client(name);
    it->call("presence.set", {{"status", "here"}});
    it->call("room.join", {{"room", "room"}});
    it->call("room.send", {{"room", "room"}, {"text", name}});
    it->call("score.submit", {{"board", "board"}, {"score", score}});
    it->call("signal.join", {{"room", "peers"}, {"mode", "mesh"}, {"data", name}});
    return it;
  }
  static void wait_seen(RpcClient& by, const std::string& name) {
    by.wait_notification("room.message", [&](const Json& params) { return params.at("from") == name; });
    by.wait_notification("signal.peer", [&](const Json& params) { return params.at("data") == name; });
  }
  static Json status_of(RpcClient& asker, const std::string& name) {
    return asker.call("presence.get", {{"players", {name}}}).at("players").at(0).at("status");
  }
  static std::vector<Json> members(RpcClient& it) {
    return field_of(it.call("room.members", {{"room", "room"}}).at("members"), "client_id");
  }
  static std::vector<Json> history(RpcClient& it) {
    return field_of(it.call("room.history", {{"room", "room"}}).at("messages"), "text");
  }
  static std::vector<Json> top(RpcClient& it) {
    return field_of(it.call("score.top", {{"board", "board"}}).at("entries"), "player");
  }
  // All that a client that comes finds of those that have gone: what they said and scored, and nothing else.
  static void expect_remains(RpcClient& it, const std::vector<Json>& gone, const std::vector<Json>& here) {
    const Json joined = it.call("room.join", {{"room", "room"}});
    EXPECT_EQ(field_of(joined.at("history"), "text"), gone);
    std::vector<Json> all = here;
    EXPECT_TRUE(eventually([&] { return members(it) == all; }, death_deadline())) << Json(members(it));
    for (const Json& name : gone) {
      EXPECT_TRUE(eventually([&] { return status_of(it, name) == "offline"; }, death_deadline())) << name;
    }
    EXPECT_EQ(top(it), gone);
  }
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(ServicesOverRestartsTest);

TEST_P(ServicesOverRestartsTest, TheClientsOfAKilledInstanceGoEverywhere) {
  Broker broker;
  Instance first(broker, GetParam());
  Instance second(broker, GetParam());
  const auto b = everywhere(second, "b", 1);
  const auto a = everywhere(first, "a", 2);
  wait_seen(*b, "a");
  b->call("presence.watch", {{"players", {"a"}}});
  first.kill();
  EXPECT_EQ(b->wait_notification("room.left", {}, death_deadline()),
            Json({{"room", "room"}, {"client_id", "a"}, {"reason", "lost"}}));
  const Json offline = b->wait_notification("presence", {}, death_deadline());
  EXPECT_EQ(offline.at("status"), "offline");
  EXPECT_TRUE(offline.at("since").is_number());
  const Json left = b->wait_notification("signal.peer", {}, death_deadline());
  EXPECT_EQ(left.at("event"), "left");
  EXPECT_EQ(left.at("data"), "a");
  EXPECT_THAT(history(*b), ElementsAre("b", "a"));
  EXPECT_THAT(top(*b), ElementsAre("a", "b"));

  first.start();
  const auto again = first.client("c");
  const Json joined = again->call("room.join", {{"room", "room"}});
  EXPECT_THAT(field_of(joined.at("history"), "text"), ElementsAre("b", "a"));
  EXPECT_THAT(field_of(joined.at("members"), "client_id"), ElementsAre("b", "c"));
  EXPECT_THAT(top(*again), ElementsAre("a", "b"));
  const Json peers = again->call("signal.join", {{"room", "peers"}, {"mode", "mesh"}}).at("peers");
  EXPECT_THAT(field_of(peers, "data"), ElementsAre("b"));
  again->call("room.send", {{"room", "room"}, {"text", "back"}});
  EXPECT_EQ(b->wait_notification("room.message", [](const Json& it) { return it.at("from") == "c"; }).at("text"),
            "back");
  b->call("room.send", {{"room", "room"}, {"text", "welcome"}});
  EXPECT_EQ(again->wait_notification("room.message", [](const Json& it) { return it.at("from") == "b"; }).at("text"),
            "welcome");
  EXPECT_EQ(history(*b), history(*again));
  EXPECT_EQ(again->call("score.submit", {{"board", "board"}, {"score", 3}}).at("rank"), 1);
  EXPECT_TRUE(eventually([&] { return top(*b) == std::vector<Json>{"c", "a", "b"}; }));
}

TEST_P(ServicesOverRestartsTest, TheOnlyInstanceIsKilled) {
  Broker broker;
  Instance only(broker, GetParam());
  const auto a = everywhere(only, "a", 2);
  const auto b = everywhere(only, "b", 1);
  only.kill();
  only.start();
  const auto c = only.client("c");
  expect_remains(*c, {"a", "b"}, {"c"});
  EXPECT_THAT(c->call("signal.join", {{"room", "peers"}, {"mode", "mesh"}}).at("peers"), IsEmpty());
}

TEST_P(ServicesOverRestartsTest, ClientsOfAKilledInstanceComeToAnotherAtOnce) {
  Broker broker;
  Instance first(broker, GetParam());
  Instance second(broker, GetParam());
  const auto b = everywhere(second, "b", 1);
  const auto before = everywhere(first, "a", 2);
  const auto idle_before = everywhere(first, "idle", 3);
  for (const char* name : {"a", "idle"}) wait_seen(*b, name);
  first.kill();
  // One takes up again what it did, the other nothing.
  const auto after = second.client("a");
  after->call("presence.set", {{"status", "back"}});
  after->call("room.join", {{"room", "room"}});
  const auto idle_after = second.client("idle");
  const auto of_idle = [](const Json& it) { return it.at("client_id") == "idle"; };
  EXPECT_EQ(b->wait_notification("room.left", of_idle).at("reason"), "lost");
  EXPECT_TRUE(eventually([&] { return status_of(*b, "idle") == "offline"; }));
  // What is cleared of the killed instance may come behind what has been written anew, which is written again then.
  EXPECT_TRUE(eventually([&] { return status_of(*b, "a") == "back"; }));
  EXPECT_TRUE(eventually([&] { return members(*b) == std::vector<Json>{"a", "b"}; })) << Json(members(*b));
  for (int peer = 0; peer < 2; ++peer) {
    EXPECT_EQ(b->wait_notification("signal.peer").at("event"), "left");
  }
  after->call("room.send", {{"room", "room"}, {"text", "still here"}});
  b->wait_notification("room.message", [](const Json& it) { return it.at("text") == "still here"; });
}

TEST_P(ServicesOverRestartsTest, AllInstancesAreStopped) {
  Broker broker;
  Instance first(broker, GetParam());
  Instance second(broker, GetParam());
  {
    const auto b = everywhere(second, "b", 1);
    const auto a = everywhere(first, "a", 2);
    wait_seen(*b, "a");
    second.stop();
    first.stop();
  }
  first.start();
  second.start();
  const auto c = second.client("c");
  const Json joined = c->call("room.join", {{"room", "room"}});
  EXPECT_THAT(field_of(joined.at("history"), "text"), ElementsAre("b", "a"));
  EXPECT_TRUE(eventually([&] { return members(*c) == std::vector<Json>{"c"}; }, death_deadline()));
  EXPECT_TRUE(eventually([&] { return status_of(*c, "a") == "offline"; }, death_deadline()));
  EXPECT_THAT(top(*c), ElementsAre("a", "b"));
  const auto d = first.client("d");
  EXPECT_EQ(field_of(d->call("room.join", {{"room", "room"}}).at("history"), "text"),
            field_of(joined.at("history"), "text"));
}

TEST_P(ServicesOverRestartsTest, TheBrokerForgetsAndHearsItAgain) {
  Broker broker;
  Instance first(broker, GetParam());
  Instance second(broker, GetParam());
  const auto b = everywhere(second, "b", 1);
  const auto a = everywhere(first, "a", 2);
  wait_seen(*b, "a");
  broker.kill();
  broker.start();
  for (Instance* it : {&first, &second}) wait_broker_connected(it->daemon());
  a->wait_notification("broker", [](const Json& it) { return it.at("state") == "connected"; });
  // By a third one, which knows nothing but what the broker holds.
  Instance third(broker, GetParam());
  const auto c = third.client("c");
  c->call("room.join", {{"room", "room"}});
  EXPECT_TRUE(eventually([&] { return members(*c) == std::vector<Json>{"a", "b", "c"}; })) << Json(members(*c));
  EXPECT_TRUE(eventually([&] { return history(*c) == std::vector<Json>{"b", "a"}; })) << Json(history(*c));
  EXPECT_TRUE(eventually([&] { return status_of(*c, "a") == "here"; }));
  EXPECT_TRUE(eventually([&] { return top(*c) == std::vector<Json>{"a", "b"}; })) << Json(top(*c));
  for (RpcClient* it : {a.get(), b.get()}) {
    EXPECT_THAT(it->notifications_until_now("room.left"), IsEmpty());
    EXPECT_EQ(members(*it), members(*c));
  }
}

// What a client does that uses all methods, with another one that does the same.
class Tour {
 public:
  Tour(RpcClient& own, std::string own_name, RpcClient& other, std::string other_name)
      : own_(own), name_(std::move(own_name)), other_(other), other_name_(std::move(other_name)) {}

  void presence_and_players() {
    own_.call("presence.watch", {{"players", {other_name_}}});
    other_.call("presence.set", {{"status", "here"}});
    EXPECT_EQ(own_.wait_notification("presence").at("status"), "here");
    EXPECT_EQ(own_.call("presence.get", {{"players", {other_name_}}}).at("players").at(0).at("status"), "here");
    own_.call("presence.unwatch", {{"players", {other_name_}}});
    own_.call("player.send", {{"player", other_name_}, {"data", 1}});
    EXPECT_EQ(other_.wait_notification("player.message").at("from"), name_);
  }

  void rooms() {
    const auto in_room = [](Json params) { return params["room"] = "tour", params; };
    for (RpcClient* it : {&own_, &other_}) it->call("room.join", in_room({}));
    const Json id = own_.call("room.send", in_room({{"text", "hello"}})).at("id");
    EXPECT_EQ(other_.wait_notification("room.message", is("id", id)).at("text"), "hello");
    EXPECT_THAT(field_of(other_.call("room.history", in_room({})).at("messages"), "id"), Contains(id));
    EXPECT_THAT(field_of(own_.call("room.members", in_room({})).at("members"), "client_id"),
                UnorderedElementsAre(name_, other_name_));
    EXPECT_TRUE(eventually([&] {
      const Json rooms = own_.call("room.list", {{"prefix", "tour"}}).at("rooms");
      return rooms == Json::array({Json({{"room", "tour"}, {"members", 2}})});
    }));
    own_.call("room.delete", in_room({{"id", id}}));
    other_.wait_notification("room.deleted", is("id", id));
    EXPECT_TRUE(is_error(own_.refused("room.kick", in_room({{"client_id", other_name_}})), 403, "forbidden"));
    own_.call("room.leave", in_room({}));
    EXPECT_EQ(other_.wait_notification("room.left", is("client_id", name_)).at("reason"), "left");
    other_.call("room.leave", in_room({}));
  }

  void scores() {
    const auto on_board = [](Json params) { return params["board"] = "tour", params; };
    other_.call("score.watch", on_board({}));
    EXPECT_EQ(own_.call("score.submit", on_board({{"score", 5}})).at("accepted"), true);
    other_.wait_notification("score", [&](const Json& it) { return top_of(it) == name_; });
    for (const char* method : {"score.top", "score.around"}) {
      EXPECT_EQ(top_of(own_.call(method, on_board({}))), name_) << method;
    }
    EXPECT_EQ(other_.call("score.get", on_board({{"player", name_}})).at("score"), 5);
    own_.call("score.remove", on_board({}));
    other_.wait_notification("score", [](const Json& it) { return it.at("total") == 0; });
    other_.call("score.unwatch", on_board({}));
  }

  void signalling() {
    const auto in_room = [](Json params) { return params["room"] = "tour", params; };
    own_.call("signal.join", in_room({{"mode", "host"}}));
    const Json id = other_.call("signal.join", in_room({{"mode", "host"}})).at("peer_id");
    EXPECT_EQ(own_.wait_notification("signal.peer", is("event", "joined")).at("peer_id"), id);
    own_.call("signal.send", in_room({{"to", id}, {"type", "offer"}, {"data", "sdp"}}));
    EXPECT_EQ(other_.wait_notification("signal.message").at("data"), "sdp");
    own_.call("signal.seal", in_room({}));
    other_.wait_notification("signal.sealed");
    own_.call("signal.leave", in_room({}));
    EXPECT_EQ(other_.wait_notification("signal.peer", is("event", "left")).at("peer_id"), 1);
  }

 private:
  static RpcClient::Predicate is(const char* field, Json value) {
    return [field, value = std::move(value)](const Json& params) { return params.at(field) == value; };
  }
  static Json top_of(const Json& board) {
    return board.at("entries").empty() ? Json() : board.at("entries").at(0).at("player");
  }

  RpcClient& own_;
  std::string name_;
  RpcClient& other_;
  std::string other_name_;
};

TEST_P(ServicesOverRestartsTest, EveryMethodWorksOnARestartedInstanceAndWithIt) {
  Broker broker;
  Instance first(broker, GetParam());
  Instance second(broker, GetParam());
  for (int round = 0; round < 2; ++round) {
    const auto a = first.client("a");
    const auto b = second.client("b");
    for (Tour tour : {Tour(*a, "a", *b, "b"), Tour(*b, "b", *a, "a")}) {
      tour.presence_and_players();
      tour.rooms();
      tour.scores();
      tour.signalling();
    }
    a->call("disconnect");
    b->call("disconnect");
    first.kill();
    first.start();
  }
}

}  // namespace
}  // namespace lobbyd::integration
