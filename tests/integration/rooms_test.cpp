// Rooms: members, messages and history (api.md, "Rooms"), on one instance and between two.

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/mqtt_client.hpp"
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
using testing::SizeIs;

class RoomsTest : public SharedPairTest {
 protected:
  Json in_room(Json params = Json::object()) const {
    params["room"] = own("room");
    return params;
  }
  Json join(RpcClient& it, const Json& params = Json::object()) const { return it.call("room.join", in_room(params)); }
  std::string say(RpcClient& it, const std::string& text) const {
    return it.call("room.send", in_room({{"text", text}})).at("id");
  }
  static Json next(RpcClient& it, const std::string& event = "message") {
    return it.wait_notification("room." + event);
  }
  static std::vector<std::string> texts(RpcClient& it, std::size_t count) {
    std::vector<std::string> texts;
    while (texts.size() < count) texts.push_back(next(it).at("text"));
    return texts;
  }
  std::vector<Json> history(RpcClient& it, const Json& params = Json::object()) const {
    return field_of(it.call("room.history", in_room(params)).at("messages"), "text");
  }
  std::vector<Json> members(RpcClient& it) const {
    return field_of(it.call("room.members", in_room()).at("members"), "client_id");
  }
  // Nothing of the room comes any more. `by` is a member on any instance, and leaves.
  void expect_quiet(RpcClient& it, RpcClient& by) const {
    by.call("room.leave", in_room());
    const Json left = next(it, "left");
    EXPECT_EQ(left.at("reason"), "left");
    for (const char* event : {"message", "joined", "left", "deleted"}) {
      EXPECT_THAT(it.notifications_until_now("room." + std::string(event)), IsEmpty()) << event;
    }
  }
};

TEST_F(RoomsTest, HaveMembersOfEveryInstance) {
  const auto a = here("a");
  const Json alone = join(*a, {{"name", "Anna"}, {"data", {{"team", 1}}}});
  EXPECT_EQ(alone.at("room"), own("room"));
  EXPECT_THAT(alone.at("history"), IsEmpty());
  ASSERT_THAT(alone.at("members"), SizeIs(1));
  const Json anna = alone.at("members").at(0);
  EXPECT_EQ(anna.at("client_id"), own("a"));
  EXPECT_EQ(anna.at("player"), own("a"));
  EXPECT_EQ(anna.at("name"), "Anna");
  EXPECT_EQ(anna.at("data"), Json({{"team", 1}}));
  EXPECT_GT(anna.at("since").get<std::int64_t>(), a->call("ping").at("time").get<std::int64_t>() - 60'000);
  const auto b = there("b");
  const Json both = join(*b);
  EXPECT_EQ(both.at("members").at(0), anna);
  EXPECT_EQ(both.at("members").at(1).at("name"), own("b"));
  const Json joined = next(*a, "joined");
  EXPECT_EQ(joined.at("room"), own("room"));
  EXPECT_EQ(joined.at("client_id"), own("b"));
  EXPECT_EQ(joined.at("player"), own("b"));
  EXPECT_EQ(joined.at("name"), own("b"));
  EXPECT_EQ(joined.at("data"), nullptr);
  for (RpcClient* it : {a.get(), b.get()})
    EXPECT_EQ(it->call("room.members", in_room()).at("members"), both.at("members"));
  EXPECT_EQ(b->call("room.leave", in_room()), Json::object());
  EXPECT_EQ(next(*a, "left"), in_room({{"client_id", own("b")}, {"reason", "left"}}));
  EXPECT_THAT(members(*a), ElementsAre(own("a")));
  EXPECT_THAT(b->notifications_until_now("room.left"), IsEmpty());
  EXPECT_THAT(b->notifications_until_now("room.joined"), IsEmpty());
}

TEST_F(RoomsTest, LetAMemberJoinAgainAsAnother) {
  const auto a = here("a");
  const auto b = there("b");
  join(*a);
  const Json since = join(*b).at("members").at(1).at("since");
  EXPECT_EQ(next(*a, "joined").at("name"), own("b"));
  const Json again = join(*b, {{"name", "Bert"}, {"data", 2}}).at("members");
  EXPECT_THAT(again, SizeIs(2));
  EXPECT_EQ(again.at(1).at("name"), "Bert");
  EXPECT_EQ(again.at(1).at("since"), since);
  const Json joined = next(*a, "joined");
  EXPECT_EQ(joined.at("name"), "Bert");
  EXPECT_EQ(joined.at("data"), 2);
}

TEST_F(RoomsTest, PassMessagesToAllMembersAndTheirSender) {
  const auto a = here("a");
  const auto b = there("b");
  const auto outsider = there("outsider");
  join(*a, {{"name", "Anna"}});
  join(*b);
  next(*a, "joined");
  const Json text = a->call("room.send", in_room({{"text", "h\u00e9llo"}}));
  const Json data = a->call("room.send", in_room({{"data", {{"move", "e4"}}}}));
  EXPECT_LT(text.at("id").get<std::string>(), data.at("id").get<std::string>());
  for (RpcClient* it : {a.get(), b.get()}) {
    EXPECT_EQ(next(*it), in_room({{"id", text.at("id")},
                                  {"time", text.at("time")},
                                  {"from", own("a")},
                                  {"player", own("a")},
                                  {"name", "Anna"},
                                  {"text", "h\u00e9llo"}}));
    const Json second = next(*it);
    EXPECT_EQ(second.at("id"), data.at("id"));
    EXPECT_EQ(second.at("data"), Json({{"move", "e4"}}));
    EXPECT_FALSE(second.contains("text"));
  }
  EXPECT_THAT(outsider->notifications_until_now("room.message"), IsEmpty());
  expect_quiet(*a, *b);
}

TEST_F(RoomsTest, HaveOneOrderOnAllInstances) {
  const auto a = here("a");
  const auto b = there("b");
  join(*a);
  join(*b);
  for (int i = 0; i < 30; ++i) {
    a->notify("room.send", in_room({{"text", "a" + std::to_string(i)}}));
    b->notify("room.send", in_room({{"text", "b" + std::to_string(i)}}));
  }
  const auto seen = texts(*a, 60);
  EXPECT_EQ(texts(*b, 60), seen);
  std::vector<std::string> of_a;
  std::ranges::copy_if(seen, std::back_inserter(of_a), [](const std::string& text) { return text[0] == 'a'; });
  for (int i = 0; i < 30; ++i) EXPECT_EQ(of_a.at(static_cast<std::size_t>(i)), "a" + std::to_string(i));
  EXPECT_EQ(history(*a, {{"limit", 100}}), history(*b, {{"limit", 100}}));
  EXPECT_THAT(history(*a, {{"limit", 100}}), SizeIs(60));
}

TEST_F(RoomsTest, HaveAHistoryOnAllInstances) {
  const auto a = here("a");
  join(*a);
  std::vector<std::string> ids;
  for (const char* text : {"1", "2", "3", "4", "5"}) ids.push_back(say(*a, text));
  texts(*a, 5);
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  const auto b = there("b");
  const Json joined = join(*b, {{"history", 3}}).at("history");
  EXPECT_THAT(field_of(joined, "text"), ElementsAre("3", "4", "5"));
  EXPECT_THAT(field_of(joined, "id"), ElementsAre(ids[2], ids[3], ids[4]));
  EXPECT_THAT(join(*b, {{"history", 0}}).at("history"), IsEmpty());
  for (RpcClient* it : {a.get(), b.get()}) {
    EXPECT_THAT(history(*it), ElementsAre("1", "2", "3", "4", "5"));
    EXPECT_THAT(history(*it, {{"limit", 2}}), ElementsAre("4", "5"));
    EXPECT_THAT(history(*it, {{"after", ids[2]}}), ElementsAre("4", "5"));
    EXPECT_THAT(history(*it, {{"after", ids[4]}}), IsEmpty());
    EXPECT_THAT(history(*it, {{"before", ids[2]}}), ElementsAre("1", "2"));
    EXPECT_THAT(history(*it, {{"before", ids[4]}, {"limit", 1}}), ElementsAre("4"));
    const Json forwards = it->call("room.history", in_room({{"after", ids[0]}, {"limit", 3}}));
    EXPECT_THAT(field_of(forwards.at("messages"), "text"), ElementsAre("2", "3", "4"));
    EXPECT_THAT(history(*it, {{"cursor", forwards.at("next")}}), ElementsAre("5"));
    const auto backwards = all_pages(*it, "room.history", in_room({{"limit", 2}}), "messages");
    EXPECT_THAT(field_of(backwards, "text"), ElementsAre("4", "5", "2", "3", "1"));
  }
}

TEST_F(RoomsTest, TakeWhatIsSentBehindTheJoiningAfterIt) {
  const auto a = here("a");
  const std::vector<std::int64_t> ids = {
      a->send_request("room.join", in_room()), a->send_request("room.send", in_room({{"text", "first"}})),
      a->send_request("room.members", in_room()), a->send_request("room.leave", in_room()),
      a->send_request("room.send", in_room({{"text", "too late"}}))};
  EXPECT_THAT(a->wait_answer(ids[0]).at("result").at("history"), IsEmpty());
  EXPECT_TRUE(a->wait_answer(ids[1]).contains("result"));
  EXPECT_THAT(a->wait_answer(ids[2]).at("result").at("members"), SizeIs(1));
  EXPECT_TRUE(a->wait_answer(ids[3]).contains("result"));
  EXPECT_EQ(a->wait_answer(ids[4]).at("error").at("data").at("reason"), "bad_state");
  join(*a);
  EXPECT_THAT(history(*a), ElementsAre("first"));
}

TEST_F(RoomsTest, SendARetryOnce) {
  const auto witness = there("witness");
  join(*witness);
  const auto a = here("a");
  join(*a);
  const Json params = in_room({{"text", "once"}, {"key", "k"}});
  const Json id = a->call("room.send", params).at("id");
  EXPECT_EQ(a->call("room.send", params).at("id"), id);
  // The same client's retry, by another instance.
  EXPECT_EQ(next(*witness).at("id"), id);
  const auto moved = there("a");
  join(*moved);
  EXPECT_EQ(moved->call("room.send", params).at("id"), id);
  // Another's key is another.
  const Json other = witness->call("room.send", params).at("id");
  EXPECT_NE(other, id);
  EXPECT_EQ(next(*witness).at("id"), other);
  EXPECT_THAT(history(*witness), ElementsAre("once", "once"));
}

TEST_F(RoomsTest, TakeAMessageBack) {
  const auto a = here("a");
  const auto b = there("b");
  join(*a);
  join(*b);
  const std::string first = say(*a, "first");
  const std::string second = say(*a, "second");
  texts(*a, 2);
  texts(*b, 2);
  EXPECT_TRUE(is_error(b->refused("room.delete", in_room({{"id", first}})), 403, "forbidden"));
  EXPECT_EQ(a->call("room.delete", in_room({{"id", first}})), Json::object());
  for (RpcClient* it : {a.get(), b.get()}) {
    EXPECT_EQ(next(*it, "deleted"), in_room({{"id", first}}));
    EXPECT_THAT(history(*it), ElementsAre("second"));
  }
  EXPECT_TRUE(is_error(a->refused("room.delete", in_room({{"id", first}})), 404, "not_found"));
  EXPECT_TRUE(is_error(a->refused("room.delete", in_room({{"id", "none"}})), 404, "not_found"));
  const auto later = there("later");
  EXPECT_THAT(field_of(join(*later).at("history"), "id"), ElementsAre(second));
  // By the same player, who is on another instance now.
  const auto moved = there("a");
  join(*moved);
  EXPECT_EQ(moved->call("room.delete", in_room({{"id", second}})), Json::object());
  EXPECT_EQ(next(*later, "deleted").at("id"), second);
  EXPECT_THAT(history(*later), IsEmpty());
}

TEST_F(RoomsTest, AreListed) {
  const auto a = here("a");
  const auto b = there("b");
  for (const char* room : {"x1", "x2", "x3", "y"}) a->call("room.join", {{"room", own(room)}});
  b->call("room.join", {{"room", own("x2")}});
  const auto entry = [&](const char* room, int count) { return Json({{"room", own(room)}, {"members", count}}); };
  for (RpcClient* it : {a.get(), b.get()}) {
    const auto list = [&](Json params) { return all_pages(*it, "room.list", std::move(params), "rooms"); };
    const auto with_x = std::vector<Json>{entry("x1", 1), entry("x2", 2), entry("x3", 1)};
    EXPECT_TRUE(eventually([&] { return list({{"prefix", own("x")}}) == with_x; }));
    EXPECT_EQ(list({{"prefix", own("x")}, {"limit", 2}}), with_x);
    const Json page = it->call("room.list", {{"prefix", own("x")}, {"limit", 2}});
    EXPECT_THAT(page.at("rooms"), ElementsAre(entry("x1", 1), entry("x2", 2)));
    EXPECT_TRUE(page.contains("next"));
    EXPECT_THAT(list({{"prefix", own("none")}}), IsEmpty());
  }
  a->call("room.leave", {{"room", own("x1")}});
  EXPECT_TRUE(eventually([&] { return all_pages(*b, "room.list", {{"prefix", own("x1")}}, "rooms").empty(); }));
}

TEST_F(RoomsTest, LoseThoseThatAreLost) {
  const auto a = here("a");
  join(*a);
  for (const auto& it : {here("near"), there("far")}) {
    join(*it);
    const Json who = next(*a, "joined").at("client_id");
    it->socket().reset();
    EXPECT_EQ(next(*a, "left"), in_room({{"client_id", who}, {"reason", "lost"}}));
  }
  const auto left = there("left");
  join(*left);
  left->call("disconnect");
  EXPECT_EQ(next(*a, "left").at("client_id"), own("left"));
  EXPECT_THAT(members(*a), ElementsAre(own("a")));
}

TEST_F(RoomsTest, KeepTheMembersOfKeptSessions) {
  const auto a = there("a");
  join(*a);
  auto b = here("b", {{"session", {{"expiry", 60}}}});
  const Json session = connected_;
  join(*b);
  say(*a, "1");
  EXPECT_EQ(texts(*b, 1), std::vector<std::string>{"1"});
  b->socket().reset();
  for (const char* text : {"2", "3"}) say(*a, text);
  texts(*a, 3);
  EXPECT_THAT(members(*a), ElementsAre(own("a"), own("b")));
  b = resume(first(), "b", session, 1);
  EXPECT_EQ(connected_.at("session").at("resumed"), true);
  EXPECT_EQ(connected_.at("rooms"), Json::array({own("room")}));
  EXPECT_EQ(texts(*b, 2), (std::vector<std::string>{"2", "3"}));
  say(*b, "4");
  EXPECT_EQ(texts(*a, 1), std::vector<std::string>{"4"});
  EXPECT_THAT(a->notifications_until_now("room.left"), IsEmpty());
  b->call("disconnect");
  EXPECT_EQ(next(*a, "left").at("client_id"), own("b"));
}

TEST_F(RoomsTest, FollowAClientToAnotherInstance) {
  const auto witness = here("witness");
  join(*witness);
  const auto before = here("a");
  join(*before, {{"name", "before"}});
  const auto after = there("a");
  join(*after, {{"name", "after"}});
  EXPECT_TRUE(is_closing(before->wait_closed(), 4409));
  say(*after, "still here");
  EXPECT_EQ(next(*witness).at("name"), "after");
  EXPECT_TRUE(eventually([&] { return members(*witness) == std::vector<Json>{own("a"), own("witness")}; }));
}

TEST_F(RoomsTest, HaveTheirErrors) {
  const auto a = here("a");
  const auto b = there("b");
  join(*b);
  for (const char* method : {"room.leave", "room.history", "room.members"}) {
    EXPECT_TRUE(is_error(a->refused(method, in_room()), 400, "bad_state")) << method;
  }
  EXPECT_TRUE(is_error(a->refused("room.send", in_room({{"text", "t"}})), 400, "bad_state"));
  EXPECT_TRUE(is_error(a->refused("room.delete", in_room({{"id", "i"}})), 400, "bad_state"));
  EXPECT_TRUE(is_error(a->refused("room.kick", in_room({{"client_id", own("b")}})), 403, "forbidden"));
  EXPECT_TRUE(is_error(b->refused("room.kick", in_room({{"client_id", own("b")}})), 403, "forbidden"));
  for (const char* name : {"", "a/b", "#", "a b"}) {
    EXPECT_TRUE(is_error(a->refused("room.join", {{"room", name}}), 400, "bad_name")) << name;
  }
  const Json large = std::string(4095, 'd');
  EXPECT_TRUE(is_error(a->refused("room.join", in_room({{"data", large}})), 413, "too_large"));
  EXPECT_TRUE(is_error(b->refused("room.send", in_room({{"text", std::string(33'000, 't')}})), 413, "too_large"));
  EXPECT_TRUE(is_error(b->refused("room.history", in_room({{"after", "no id"}})), -32602, "invalid_params"));
  EXPECT_TRUE(is_error(b->refused("room.history", in_room({{"cursor", "x"}})), -32602, "invalid_params"));
  EXPECT_THAT(members(*b), ElementsAre(own("b")));
}

TEST_F(RoomsTest, ForgetMessagesThatAreOld) {
  for (const Upstream upstream : upstreams()) {
    const Stack stack(broker_section(upstream) + "[rooms]\nhistory_expiry = \"1s\"\n");
    const std::string log = "lobby/room/" + own("room") + "/log/#";
    MqttClient outside(stack.broker.endpoint());
    outside.subscribe(log);
    const auto a = client(stack.daemon.listen(), "a");
    join(*a);
    say(*a, "hello");
    EXPECT_EQ(next(*a).at("text"), "hello");
    outside.wait_message([](const MqttMessage& it) { return it.payload.contains("hello"); });
    EXPECT_TRUE(eventually([&] { return history(*a).empty(); }));
    const auto later = client(stack.daemon.listen(), "later");
    EXPECT_THAT(join(*later).at("history"), IsEmpty());
    if (upstream == Upstream::mqtt_5) {
      MqttClient afterwards(stack.broker.endpoint());
      afterwards.subscribe(log);
      EXPECT_THAT(afterwards.messages_until_now(), IsEmpty()) << "the broker forgets it by itself";
    }
  }
}

TEST_F(RoomsTest, AreFullAtTheirLimit) {
  const Stack stack("[rooms]\nmax_members = 2\nhistory = 3\n");
  std::vector<Client> clients;
  for (const char* name : {"a", "b", "c"}) clients.push_back(client(stack.daemon.listen(), name));
  join(*clients[0]);
  join(*clients[1]);
  const RpcError error = clients[2]->refused("room.join", in_room());
  EXPECT_TRUE(is_error(error, 429, "too_many"));
  EXPECT_EQ(error.data.at("limit"), 2);
  join(*clients[0]);
  for (const char* text : {"1", "2", "3", "4", "5"}) say(*clients[0], text);
  texts(*clients[0], 5);
  EXPECT_THAT(history(*clients[0]), ElementsAre("3", "4", "5"));
  clients[1]->call("room.leave", in_room());
  EXPECT_EQ(next(*clients[0], "left").at("reason"), "left");
  EXPECT_THAT(field_of(join(*clients[2]).at("history"), "text"), ElementsAre("3", "4", "5"));
}

}  // namespace
}  // namespace lobbyd::integration
