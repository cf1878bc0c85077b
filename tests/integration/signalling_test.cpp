// WebRTC signalling (api.md, "WebRTC signalling"), on one instance and between two.

#include "tests/integration/harness/mqtt_client.hpp"
#include "tests/integration/harness/pair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SignallingTest : public SharedPairTest {
 protected:
  Json in_room(Json params = Json::object()) const {
    params["room"] = own("room");
    return params;
  }
  Json mesh(Json params = Json::object()) const {
    params["mode"] = "mesh";
    return in_room(params);
  }
  Json host(Json params = Json::object()) const {
    params["mode"] = "host";
    return in_room(params);
  }
  static Json join(RpcClient& it, const Json& params) { return it.call("signal.join", params); }
  Json send(RpcClient& it, const Json& to, const std::string& type, const Json& data) const {
    return it.call("signal.send", in_room({{"to", to}, {"type", type}, {"data", data}}));
  }
  static Json next(RpcClient& it, const std::string& event = "message") {
    return it.wait_notification("signal." + event);
  }
  Json peer(const Json& id, const char* event, const Json& data) const {
    return in_room({{"peer_id", id}, {"event", event}, {"data", data}});
  }
  static void expect_quiet(RpcClient& it) {
    for (const char* event : {"message", "peer", "sealed"}) {
      EXPECT_THAT(it.notifications_until_now("signal." + std::string(event)), IsEmpty()) << event;
    }
  }
  static bool is_random_id(const Json& id) {
    return id.is_number_integer() && id >= 2 && id <= std::numeric_limits<std::int32_t>::max();
  }
};

TEST_F(SignallingTest, BringsThePeersOfAMeshTogether) {
  const auto a = here("a");
  const auto b = there("b");
  const auto c = here("c");
  const Json first = join(*a, mesh({{"data", "A"}}));
  const Json a_id = first.at("peer_id");
  EXPECT_TRUE(is_random_id(a_id)) << a_id;
  EXPECT_EQ(first.at("host"), a_id);
  EXPECT_THAT(first.at("peers"), IsEmpty());
  EXPECT_EQ(first.at("sealed"), false);
  const Json second = join(*b, mesh({{"data", {{"name", "B"}}}}));
  const Json b_id = second.at("peer_id");
  EXPECT_TRUE(is_random_id(b_id)) << b_id;
  EXPECT_NE(b_id, a_id);
  EXPECT_EQ(second.at("host"), a_id);
  EXPECT_THAT(second.at("peers"), ElementsAre(Json({{"peer_id", a_id}, {"data", "A"}})));
  EXPECT_EQ(next(*a, "peer"), peer(b_id, "joined", {{"name", "B"}}));
  const Json third = join(*c, mesh());
  EXPECT_THAT(field_of(third.at("peers"), "peer_id"), ElementsAre(a_id, b_id));
  for (RpcClient* it : {a.get(), b.get()}) EXPECT_EQ(next(*it, "peer"), peer(third.at("peer_id"), "joined", nullptr));
  EXPECT_EQ(c->call("signal.leave", in_room()), Json::object());
  for (RpcClient* it : {a.get(), b.get()}) EXPECT_EQ(next(*it, "peer"), peer(third.at("peer_id"), "left", nullptr));
  for (RpcClient* it : {a.get(), b.get(), c.get()}) expect_quiet(*it);
}

TEST_F(SignallingTest, PassesMessagesToTheOnePeer) {
  const auto a = here("a");
  const auto near = here("near");
  const auto far = there("far");
  const Json a_id = join(*a, mesh()).at("peer_id");
  for (RpcClient* it : {near.get(), far.get()}) {
    const Json id = join(*it, mesh()).at("peer_id");
    next(*a, "peer");
    const Json sdp = {{"sdp", "v=0\r\n"}, {"n", {1, nullptr}}};
    EXPECT_EQ(send(*a, id, "offer", sdp), Json::object());
    EXPECT_EQ(next(*it), in_room({{"from", a_id}, {"type", "offer"}, {"data", sdp}}));
    send(*it, a_id, "answer", "yes");
    EXPECT_EQ(next(*a), in_room({{"from", id}, {"type", "answer"}, {"data", "yes"}}));
    for (int i = 0; i < 20; ++i) {
      a->notify("signal.send", in_room({{"to", id}, {"type", "candidate"}, {"data", i}}));
    }
    for (int i = 0; i < 20; ++i) EXPECT_EQ(next(*it).at("data"), i);
  }
  next(*near, "peer");
  for (RpcClient* it : {a.get(), near.get(), far.get()}) expect_quiet(*it);
}

TEST_F(SignallingTest, BringsMessagesBehindTheAnswerToJoin) {
  const auto a = here("a");
  join(*a, mesh());
  const auto b = there("b");
  const Json asked = b->send_request("signal.join", mesh());
  const Json b_id = next(*a, "peer").at("peer_id");
  for (int i = 0; i < 5; ++i) {
    a->notify("signal.send", in_room({{"to", b_id}, {"type", "candidate"}, {"data", i}}));
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(next(*b).at("data"), i);
  EXPECT_EQ(b->wait_answer(asked).at("result").at("peer_id"), b_id);
  const auto& received = b->received();
  const auto first = std::ranges::find_if(received, [](const auto& text) { return text.contains("signal."); });
  const auto answer = std::ranges::find_if(received, [](const auto& text) { return text.contains("\"peer_id\""); });
  EXPECT_LT(answer, first);
}

TEST_F(SignallingTest, HasAHostThatEndsTheRoom) {
  const auto boss = there("boss");
  const auto a = here("a");
  const auto b = there("b");
  const Json first = join(*boss, host());
  EXPECT_EQ(first.at("peer_id"), 1);
  EXPECT_EQ(first.at("host"), 1);
  const Json a_joined = join(*a, host({{"data", "A"}}));
  EXPECT_EQ(a_joined.at("host"), 1);
  EXPECT_THAT(field_of(a_joined.at("peers"), "peer_id"), ElementsAre(1));
  const Json a_id = a_joined.at("peer_id");
  EXPECT_TRUE(is_random_id(a_id)) << a_id;
  EXPECT_EQ(next(*boss, "peer"), peer(a_id, "joined", "A"));
  const Json b_joined = join(*b, host());
  EXPECT_THAT(field_of(b_joined.at("peers"), "peer_id"), ElementsAre(1)) << "clients know nobody but the host";
  EXPECT_EQ(next(*boss, "peer").at("peer_id"), b_joined.at("peer_id"));
  send(*a, 1, "offer", 1);
  EXPECT_EQ(next(*boss).at("from"), a_id);
  expect_quiet(*a);
  boss->call("signal.leave", in_room());
  for (RpcClient* it : {a.get(), b.get()}) {
    EXPECT_EQ(next(*it, "peer"), peer(1, "left", nullptr));
    EXPECT_TRUE(eventually(
        [&] { return is_error(it->refused("signal.send", in_room({{"to", 1}, {"type", "t"}})), 400, "bad_state"); }));
  }
  EXPECT_TRUE(eventually([&] { return join(*a, host()).at("peer_id") == 1; })) << "a new room of the same name";
}

TEST_F(SignallingTest, GivesEachIdToOnePeer) {
  const auto a = here("a");
  EXPECT_EQ(join(*a, mesh({{"peer_id", 77}})).at("peer_id"), 77);
  for (const auto& it : {here("near"), there("far")}) {
    EXPECT_TRUE(is_error(it->refused("signal.join", mesh({{"peer_id", 77}})), 409, "conflict"));
    EXPECT_EQ(join(*it, mesh()).at("host"), 77);
  }
  for (int id = 100; id < 110; ++id) {
    std::vector<Client> rivals;
    rivals.push_back(here("rival1"));
    rivals.push_back(there("rival2"));
    rivals.push_back(there("rival3"));
    std::vector<Json> asked;
    for (const auto& it : rivals) asked.emplace_back(it->send_request("signal.join", mesh({{"peer_id", id}})));
    int winners = 0;
    for (std::size_t i = 0; i < rivals.size(); ++i) {
      const Json answer = rivals[i]->wait_answer(asked[i]);
      winners += answer.contains("result") ? 1 : 0;
      if (answer.contains("error")) {
        EXPECT_EQ(answer.at("error").at("data").at("reason"), "conflict");
      }
    }
    EXPECT_EQ(winners, 1) << id;
    for (const auto& it : rivals) it->call("disconnect");
  }
}

TEST_F(SignallingTest, LetsNobodyIntoASealedRoom) {
  const auto a = here("a");
  const auto b = there("b");
  join(*a, mesh());
  join(*b, mesh());
  EXPECT_TRUE(is_error(b->refused("signal.seal", in_room()), 403, "forbidden"));
  EXPECT_EQ(a->call("signal.seal", in_room()), Json::object());
  for (RpcClient* it : {a.get(), b.get()}) EXPECT_EQ(next(*it, "sealed"), in_room());
  for (const auto& it : {here("near"), there("far")}) {
    EXPECT_TRUE(is_error(it->refused("signal.join", mesh()), 409, "conflict"));
  }
  EXPECT_EQ(a->call("signal.seal", in_room()), Json::object()) << "again";
  a->call("signal.leave", in_room());
  b->call("signal.leave", in_room());
  const auto next_one = here("next");
  EXPECT_TRUE(eventually([&] {
    const Json answer = next_one->wait_answer(next_one->send_request("signal.join", mesh()));
    return answer.contains("result") && answer.at("result").at("sealed") == false;
  }));
}

TEST_F(SignallingTest, LosesPeersWithTheirSocketsEvenIfSessionsAreKept) {
  const auto a = there("a");
  join(*a, mesh());
  for (const int expiry : {0, 60}) {
    auto b = here("b", {{"session", {{"expiry", expiry}}}});
    const Json session = connected_;
    const Json id = join(*b, mesh({{"data", "B"}})).at("peer_id");
    EXPECT_EQ(next(*a, "peer"), peer(id, "joined", "B"));
    b->socket().reset();
    EXPECT_EQ(next(*a, "peer"), peer(id, "left", "B"));
    EXPECT_TRUE(is_error(a->refused("signal.send", in_room({{"to", id}, {"type", "t"}})), 404, "not_found"));
    b = resume(first(), "b", session, 0);
    EXPECT_EQ(connected_.at("session").at("resumed"), expiry > 0);
    EXPECT_TRUE(is_error(b->refused("signal.send", in_room({{"to", id}, {"type", "t"}})), 400, "bad_state"));
    join(*b, mesh());
    EXPECT_EQ(next(*a, "peer").at("event"), "joined");
    b->call("disconnect");
    EXPECT_EQ(next(*a, "peer").at("event"), "left");
  }
}

// Whoever has the id next would lose its record with the session.
TEST_F(SignallingTest, LeavesNoPeerInTheWillOfALostConnection) {
  const auto names_a_peer = [](const MqttMessage& it) { return it.payload.contains("/peer/"); };
  const auto a = here("a");
  join(*a, mesh());
  auto b = here("b", {{"session", {{"expiry", 60}}}});
  MqttClient outside(broker());
  outside.subscribe("lobby/will/" + own("b"));
  join(*b, mesh());
  EXPECT_EQ(next(*a, "peer").at("event"), "joined");
  outside.wait_message(names_a_peer);
  outside.messages_until_now();
  b->socket().reset();
  EXPECT_EQ(next(*a, "peer").at("event"), "left");
  outside.wait_message(std::not_fn(names_a_peer));
}

TEST_F(SignallingTest, TellsOfIceServersWithCredentialsForATime) {
  const auto a = here("a");
  const Json servers = join(*a, mesh()).at("ice_servers");
  ASSERT_THAT(servers, SizeIs(2));
  EXPECT_EQ(servers.at(0), Json::parse(R"({"urls":["stun:stun.example.org"]})"));
  EXPECT_EQ(servers.at(1).at("urls"), Json::array({"turn:turn.example.org:3478"}));
  const std::string username = servers.at(1).at("username");
  const auto colon = username.find(':');
  EXPECT_EQ(username.substr(colon + 1), own("a"));
  const std::int64_t expiry = std::stoll(username.substr(0, colon));
  const std::int64_t now = a->call("ping").at("time").get<std::int64_t>() / 1000;
  EXPECT_LE(expiry, now + 3600);
  EXPECT_GT(expiry, now + 3540);
  const std::string credential = servers.at(1).at("credential");
  EXPECT_EQ(credential.size(), 28U) << "the base64 of 20 bytes";
  EXPECT_EQ(credential.back(), '=');
}

TEST_F(SignallingTest, HasItsErrors) {
  const auto a = here("a");
  const auto b = there("b");
  for (const char* method : {"signal.leave", "signal.seal"}) {
    EXPECT_TRUE(is_error(a->refused(method, in_room()), 400, "bad_state")) << method;
  }
  EXPECT_TRUE(is_error(a->refused("signal.send", in_room({{"to", 2}, {"type", "t"}})), 400, "bad_state"));
  EXPECT_TRUE(is_error(a->refused("signal.join", {{"room", "a/b"}, {"mode", "mesh"}}), 400, "bad_name"));
  EXPECT_TRUE(is_error(a->refused("signal.join", in_room()), -32602, "invalid_params"));
  EXPECT_TRUE(is_error(a->refused("signal.join", mesh({{"data", std::string(4095, 'd')}})), 413, "too_large"));
  const Json id = join(*a, mesh()).at("peer_id");
  EXPECT_TRUE(is_error(a->refused("signal.join", mesh()), 400, "bad_state")) << "again";
  EXPECT_TRUE(is_error(b->refused("signal.join", host()), 409, "conflict")) << "another mode";
  const auto sent = [&](const Json& to, const std::string& type, std::size_t bytes) {
    return a->refused("signal.send", in_room({{"to", to}, {"type", type}, {"data", std::string(bytes - 2, 'd')}}));
  };
  EXPECT_TRUE(is_error(sent(12345, "offer", 10), 404, "not_found"));
  EXPECT_TRUE(is_error(sent(id, "offer", 10), 404, "not_found")) << "oneself";
  EXPECT_TRUE(is_error(sent(12345, "offer", 32'769), 413, "too_large"));
  EXPECT_TRUE(is_error(sent(12345, "two words", 10), -32602, "invalid_params"));
  EXPECT_TRUE(is_error(sent(12345, std::string(33, 't'), 10), -32602, "invalid_params"));
  EXPECT_EQ(join(*b, mesh()).at("host"), id);
}

}  // namespace
}  // namespace lobbyd::integration
