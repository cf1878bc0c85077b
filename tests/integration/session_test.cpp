// A session's life after `connect`: ping, takeover, disconnect, keep alive (api.md, "Session").

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace lobbyd::integration {
namespace {

using SessionTest = SharedStackTest;

TEST_F(SessionTest, PingTellsTheTime) {
  auto it = client();
  const auto before = std::chrono::system_clock::now();
  const auto time = it->call("ping").at("time");
  ASSERT_TRUE(time.is_number_integer());
  const std::chrono::system_clock::time_point told{std::chrono::milliseconds(time.get<std::int64_t>())};
  EXPECT_LE(before - std::chrono::seconds(1), told);
  EXPECT_LE(told, std::chrono::system_clock::now() + std::chrono::seconds(1));
}

TEST_F(SessionTest, NewerConnectionTakesTheClientIdOver) {
  const auto name = unique_name("client");
  auto older = client({{"client_id", name}});
  older->call("subscribe", {{"topic", topic("#")}});
  auto newer = client({{"client_id", name}});
  EXPECT_TRUE(is_closing(older->wait_closed(), 4409));
  newer->call("ping");
  // The subscriptions went with the older connection: no session was asked for.
  EXPECT_TRUE(is_error(newer->refused("unsubscribe", {{"topic", topic("#")}}), 404, "not_found"));
}

TEST_F(SessionTest, TakeoverMayBeForgone) {
  const auto name = unique_name("client");
  auto older = client({{"client_id", name}});
  RpcClient newer(listen());
  EXPECT_TRUE(is_error(newer.refused("connect", {{"client_id", name}, {"takeover", false}}), 409, "conflict"));
  older->call("ping");
  newer.connect({{"client_id", unique_name("client")}, {"takeover", false}});
  newer.call("ping");
}

TEST_F(SessionTest, ClientIdIsFreeAfterDisconnect) {
  const auto name = unique_name("client");
  auto first = client({{"client_id", name}});
  first->call("disconnect");
  first->wait_closed();
  client({{"client_id", name}, {"takeover", false}});
}

// Still more would have to wait, see service/gateway/rivals.hpp.
TEST_F(SessionTest, SomeTakeoversInARowLeaveTheLast) {
  const auto name = unique_name("client");
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(client({{"client_id", name}}));
  clients.back()->call("ping");
  for (std::size_t i = 0; i + 1 < clients.size(); ++i) EXPECT_TRUE(is_closing(clients[i]->wait_closed(), 4409));
}

TEST_F(SessionTest, DisconnectAnswersThenCloses) {
  auto it = client();
  EXPECT_EQ(it->call("disconnect"), Json::object());
  EXPECT_TRUE(is_closing(it->wait_closed(), 1000));
}

TEST_F(SessionTest, DisconnectWithoutIdCloses) {
  auto it = client();
  it->notify("disconnect");
  EXPECT_TRUE(is_closing(it->wait_closed(), 1000));
}

TEST_F(SessionTest, DisconnectComesAfterWhatWasSentBefore) {
  auto witness = client();
  witness->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto it = client();
  std::vector<std::int64_t> requests;
  for (int i = 0; i < 50; ++i) {
    requests.push_back(it->send_request("publish", {{"topic", topic("a")}, {"payload", i}, {"qos", 1}}));
  }
  it->call("disconnect");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(witness->next_message().at("payload"), std::to_string(i));
}

TEST_F(SessionTest, SubscriptionsEndWithTheConnection) {
  const auto name = unique_name("client");
  auto first = client({{"client_id", name}});
  first->call("subscribe", {{"topic", topic("#")}});
  first->socket().reset();
  auto second = client({{"client_id", name}});
  EXPECT_TRUE(second->messages_until_now().empty());
  second->call("publish", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 1}});
  EXPECT_TRUE(second->messages_until_now().empty());
}

TEST(KeepAliveTest, ServerSendsPings) {
  Stack stack("[limits]\nkeepalive_seconds = 1\n");
  RpcClient it(stack.daemon.listen());
  it.connect();
  it.socket().wait_pings(2);
  it.call("ping");
  EXPECT_FALSE(it.socket().closed()) << "who answers pings stays";
}

TEST(KeepAliveTest, ClientThatAnswersNoPingIsClosedWith4408) {
  Stack stack("[limits]\nkeepalive_seconds = 1\n");
  RpcClient witness(stack.daemon.listen());
  witness.connect();
  witness.call("subscribe", {{"topic", "status"}});
  RawWebSocket dead(stack.daemon.listen());
  dead.send_text(
      R"({"jsonrpc":"2.0","id":1,"method":"connect","params":{"will":{"topic":"status","payload":"lost"}}})");
  EXPECT_TRUE(is_closing(dead.wait_closed(), 4408));
  EXPECT_EQ(witness.next_message().at("payload"), "lost");
}

}  // namespace
}  // namespace lobbyd::integration
