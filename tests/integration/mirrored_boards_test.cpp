// Boards that are mirrored as plain numbers, for programs that speak MQTT to the broker themselves (api.md, "High
// scores").

#include "tests/integration/harness/pair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

using testing::IsEmpty;

class MirroredBoardsTest : public SharedPairTest {
 protected:
  Json on_board(Json params = Json::object()) const {
    params["board"] = own("b.mirrored");
    return params;
  }
  std::string topic(const std::string& player) const { return "mirrored/" + own("b.mirrored") + '/' + own(player); }
  Json top(RpcClient& it) const { return it.call("score.top", on_board()).at("entries"); }
  // What the player has, as the board says; null where it is not on it.
  Json score_of(RpcClient& it, const std::string& player) const {
    for (const Json& entry : top(it)) {
      if (entry.at("player") == own(player)) return entry.at("score");
    }
    return nullptr;
  }
  void write(MqttClient& outside, const std::string& player, const std::string& payload) const {
    outside.publish(topic(player), payload, 1, true);
  }
};

TEST_F(MirroredBoardsTest, TakeNumbersThatOthersWrite) {
  MqttClient outside(broker());
  const auto a = here("a");
  const auto b = there("b");
  write(outside, "early", "100");
  for (RpcClient* it : {a.get(), b.get()}) EXPECT_EQ(score_of(*it, "early"), 100);
  write(outside, "late", "50.5");
  for (RpcClient* it : {a.get(), b.get()}) {
    EXPECT_TRUE(eventually([&] { return score_of(*it, "late") == 50.5; }));
    for (const Json& entry : top(*it)) {
      EXPECT_EQ(entry.at("time"), nullptr);
      EXPECT_EQ(entry.at("data"), nullptr);
    }
  }
  write(outside, "early", "");
  for (RpcClient* it : {a.get(), b.get()}) EXPECT_TRUE(eventually([&] { return score_of(*it, "early") == nullptr; }));
}

TEST_F(MirroredBoardsTest, ShowScoresAsRetainedNumbers) {
  MqttClient outside(broker());
  outside.subscribe(topic("a"), 1);
  auto a = here("a");
  a->call("score.submit", on_board({{"score", 12}, {"data", "d"}}));
  EXPECT_EQ(outside.wait_message().payload, "12");
  a->call("score.submit", on_board({{"score", 12.25}}));
  outside.wait_message([](const MqttMessage& message) { return message.payload == "12.25"; });
  MqttClient later(broker());
  later.subscribe(topic("a"), 1);
  const MqttMessage retained = later.wait_message();
  EXPECT_TRUE(retained.retain);
  EXPECT_EQ(retained.payload, "12.25");
  a->call("score.remove", on_board());
  outside.wait_message([](const MqttMessage& message) { return message.payload.empty(); });
}

TEST_F(MirroredBoardsTest, RankNumbersBehindScoresThatHaveATime) {
  MqttClient outside(broker());
  const auto a = here("m");
  for (const char* player : {"z", "b"}) write(outside, player, "10");
  a->call("score.submit", on_board({{"score", 10}}));
  const auto far = there("far");
  for (RpcClient* it : {a.get(), far.get()}) {
    EXPECT_TRUE(eventually([&] {
      return field_of(top(*it), "player") == std::vector<Json>{own("m"), own("b"), own("z")};
    })) << top(*it);
  }
}

TEST_F(MirroredBoardsTest, IgnoreWhatIsNoScore) {
  MqttClient outside(broker());
  const auto a = here("a");
  EXPECT_THAT(top(*a), IsEmpty());
  for (const char* payload : {"ten", "NaN", "1e300", "{\"score\":1}", "9007199254740992"}) {
    write(outside, "odd", payload);
  }
  write(outside, "last", "1");
  EXPECT_TRUE(eventually([&] { return score_of(*a, "last") == 1; }));
  EXPECT_EQ(score_of(*a, "odd"), nullptr);
}

TEST_F(MirroredBoardsTest, AreClosedToClients) {
  const auto a = here("a");
  const auto closed = topic("a");
  EXPECT_TRUE(
      is_error(a->refused("publish", {{"topic", closed}, {"payload", "1"}, {"retain", true}}), 403, "forbidden"));
  for (const std::string& filter : {closed, std::string("mirrored/+/+")}) {
    EXPECT_TRUE(is_error(a->refused("subscribe", {{"topic", filter}}), 403, "forbidden")) << filter;
  }
  EXPECT_TRUE(is_error(a->refused("retained.get", {{"topic", closed}}), 403, "forbidden"));
  RpcClient mortal(first());
  const Json will = {{"topic", closed}, {"payload", "1"}, {"retain", true}};
  EXPECT_TRUE(is_error(mortal.refused("connect", {{"will", will}}), 403, "forbidden"));
}

// The example of the contract, by itself: whoever subscribes to everything gets nothing of it, nor of the services'.
TEST_F(MirroredBoardsTest, OfOneNameMayHaveItInTheirTopic) {
  Stack stack("[[boards]]\nname = \"GAME\"\ntopic = \"GAME/{player}/score\"\n");
  MqttClient outside(stack.broker.endpoint());
  outside.publish("GAME/direct/score", "70", 1, true);
  const auto all = client(stack.daemon.listen(), "all");
  all->call("subscribe", {{"topic", "#"}, {"qos", 1}});
  const auto a = client(stack.daemon.listen(), "a");
  a->call("score.submit", {{"board", "GAME"}, {"score", 80}});
  a->call("presence.set", {{"status", "here"}});
  a->call("room.join", {{"room", "room"}});
  a->call("room.send", {{"room", "room"}, {"text", "t"}});
  const Json entries = a->call("score.top", {{"board", "GAME"}}).at("entries");
  EXPECT_EQ(field_of(entries, "player"), (std::vector<Json>{own("a"), "direct"}));
  EXPECT_EQ(entries.at(1).at("time"), nullptr);
  outside.subscribe("GAME/+/score", 1);
  outside.wait_message([&](const MqttMessage& message) {
    return message.topic == "GAME/" + own("a") + "/score" && message.payload == "80" && message.retain;
  });
  EXPECT_THAT(all->messages_until_now(), IsEmpty());
  EXPECT_TRUE(is_error(a->refused("publish", {{"topic", "GAME/x/score"}, {"payload", "1"}}), 403, "forbidden"));
  EXPECT_TRUE(is_error(a->refused("subscribe", {{"topic", "GAME/+/score"}}), 403, "forbidden"));
  a->call("publish", {{"topic", "GAME/x/other"}, {"payload", "open"}, {"qos", 1}});
  EXPECT_EQ(all->next_message().at("topic"), "GAME/x/other");
}

}  // namespace
}  // namespace lobbyd::integration
