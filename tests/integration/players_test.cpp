// Messages to players, wherever they are (api.md, "Presence and players").

#include "tests/integration/harness/pair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

using testing::IsEmpty;

class PlayersTest : public SharedPairTest {
 protected:
  Json to(const std::string& name, const Json& data) const { return {{"player", own(name)}, {"data", data}}; }
  Json message(const std::string& from, const Json& data) const { return {{"from", own(from)}, {"data", data}}; }
  static Json next(RpcClient& it) { return it.wait_notification("player.message"); }
};

TEST_F(PlayersTest, GetMessagesOnEveryInstance) {
  const auto a = here("a");
  const auto near = here("near");
  const auto far = there("far");
  const Json data = {{"invite", {1, "two", nullptr}}};
  for (const auto& [name, receiver] : {std::pair("near", near.get()), std::pair("far", far.get())}) {
    EXPECT_EQ(a->call("player.send", to(name, data)), Json::object()) << name;
    EXPECT_EQ(next(*receiver), message("a", data)) << name;
    EXPECT_EQ(receiver->call("player.send", to("a", "thanks")), Json::object()) << name;
    EXPECT_EQ(next(*a), message(name, "thanks")) << name;
  }
  EXPECT_EQ(a->call("player.send", {{"player", own("a")}}), Json::object());
  EXPECT_EQ(next(*a), message("a", nullptr));
  for (RpcClient* it : {a.get(), near.get(), far.get()}) {
    EXPECT_THAT(it->notifications_until_now("player.message"), IsEmpty());
  }
}

TEST_F(PlayersTest, GetMessagesInTheOrderOfTheirSender) {
  const auto a = here("a");
  const auto b = there("b");
  for (int i = 0; i < 50; ++i) a->notify("player.send", to("b", i));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(next(*b), message("a", i));
}

// The daemon listens to answers from the first question on.
TEST(FirstMessagesToPlayersTest, AreInOrderToo) {
  const Pair pair;
  RpcClient a(pair.first.listen());
  RpcClient b(pair.second.listen());
  a.connect({{"client_id", "a"}});
  b.connect({{"client_id", "b"}});
  constexpr int count = 500;
  for (int i = 0; i < count; ++i) a.notify("player.send", {{"player", "b"}, {"data", i}});
  for (int i = 0; i < count; ++i) ASSERT_EQ(b.wait_notification("player.message").at("data"), i);
}

// Each client may have requests of 1 MiB under way, so it takes some of them.
TEST(FirstMessagesToPlayersTest, AreBoundedInBytesWhileTheBrokerDoesNotAnswer) {
  Stack stack;
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RpcClient>(stack.daemon.listen()));
    clients.back()->connect({{"client_id", "c" + std::to_string(i)}});
  }
  stack.broker.freeze();
  const Json message = {{"player", "nobody"}, {"data", std::string(32'000, 'x')}};
  std::vector<std::int64_t> last;
  for (const auto& it : clients) {
    for (int i = 0; i < 30; ++i) last.push_back(it->send_request("player.send", message));
    it->notifications_until_now("player.message");
  }
  const Json refused = clients.back()->wait_answer(last.back());
  EXPECT_EQ(refused.at("error").at("data").at("reason"), "broker_unavailable");
  stack.broker.thaw();
  EXPECT_EQ(clients.front()->wait_answer(last.front()).at("error").at("data").at("reason"), "not_found");
}

TEST_F(PlayersTest, ThatAreNotThereAreNotFound) {
  const auto a = here("a");
  there("gone")->call("disconnect");
  const Json never = a->send_request("player.send", to("never", 1));
  const Json gone = a->send_request("player.send", to("gone", 1));
  for (const Json& id : {never, gone}) {
    const Json error = a->wait_answer(id).at("error");
    EXPECT_EQ(error.at("code"), 404);
    EXPECT_EQ(error.at("data").at("reason"), "not_found");
  }
}

TEST_F(PlayersTest, GetWhatCameMeanwhileWhenTheyResumeTheirSession) {
  const auto a = there("a");
  auto b = here("b", {{"session", {{"expiry", 60}}}});
  const Json session = connected_;
  a->call("player.send", to("b", 1));
  EXPECT_EQ(next(*b), message("a", 1));
  b->socket().reset();
  a->call("player.send", to("b", 2));
  b = resume(first(), "b", session, 1);
  EXPECT_EQ(connected_.at("session").at("resumed"), true);
  a->call("player.send", to("b", 3));
  EXPECT_EQ(next(*b), message("a", 2));
  EXPECT_EQ(next(*b), message("a", 3));
}

TEST_F(PlayersTest, AreToldOfMessagesThatAreTooLargeForThem) {
  const auto a = here("a");
  const auto b = there("b", {{"max_message_bytes", 1024}});
  a->call("player.send", to("b", std::string(2000, 'x')));
  const Json notice = b->wait_notification("too_large");
  EXPECT_EQ(notice.at("method"), "player.message");
  EXPECT_GT(notice.at("bytes").get<std::int64_t>(), 2000);
  EXPECT_THAT(b->notifications_until_now("player.message"), IsEmpty());
}

TEST_F(PlayersTest, HaveTheirErrors) {
  const auto a = here("a");
  EXPECT_TRUE(is_error(a->refused("player.send", {{"player", "a/b"}}), 400, "bad_name"));
  EXPECT_TRUE(is_error(a->refused("player.send", {{"data", 1}}), -32602, "invalid_params"));
  EXPECT_TRUE(is_error(a->refused("player.send", to("a", std::string(32767, 'x'))), 413, "too_large"));
  a->call("player.send", to("a", std::string(32766, 'x')));
  EXPECT_EQ(next(*a).at("data").get<std::string>().size(), 32766U);
}

}  // namespace
}  // namespace lobbyd::integration
