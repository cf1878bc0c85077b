// `connect`: its params, its result, and that it comes first (api.md, "Session").

#include "tests/integration/harness/base64.hpp"
#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/stack.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <string>

namespace lobbyd::integration {
namespace {

using ConnectTest = SharedStackTest;

class ConnectUpstreamTest : public BothUpstreamsTest {};
INSTANTIATE_FOR_BOTH_UPSTREAMS(ConnectUpstreamTest);

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool is_name(const std::string& text) {
  static const std::regex pattern("[A-Za-z0-9_.:@-]{1,64}");
  return std::regex_match(text, pattern);
}

TEST_P(ConnectUpstreamTest, ResultTellsEverything) {
  const auto name = unique_name("client");
  RpcClient client(listen());
  const auto result = client.connect({{"client_id", name}});
  EXPECT_EQ(result.at("client_id"), name);
  EXPECT_EQ(result.at("user"), name) << "in open mode";
  EXPECT_FALSE(result.at("session").at("secret").get<std::string>().empty());
  EXPECT_EQ(result.at("session").at("resumed"), false);
  EXPECT_EQ(result.at("session").at("expiry"), 0);
  const auto& broker = result.at("broker");
  EXPECT_EQ(broker.at("name"), "main");
  EXPECT_EQ(broker.at("state"), "connected");
  EXPECT_EQ(broker.at("protocol"), is_mqtt_5() ? "5" : "3.1.1");
  const auto& capabilities = broker.at("capabilities");
  EXPECT_EQ(capabilities.at("maximum_qos"), 2);
  EXPECT_EQ(capabilities.at("retain"), true);
  EXPECT_EQ(capabilities.at("wildcard"), true);
  EXPECT_EQ(capabilities.at("shared"), true);
  EXPECT_GE(capabilities.at("receive_maximum").get<int>(), 1);
  EXPECT_EQ(result.at("will"), "none");
  EXPECT_FALSE(result.at("instance").get<std::string>().empty());
  EXPECT_FALSE(result.at("version").get<std::string>().empty());
  EXPECT_TRUE(result.at("limits").is_object());
  EXPECT_TRUE(result.at("time").is_number_integer());
  EXPECT_NEAR(static_cast<double>(result.at("time").get<std::int64_t>()), static_cast<double>(now_ms()), 60'000);
}

TEST_F(ConnectTest, LimitsAreThoseOfTheConfiguration) {
  RpcClient client(listen());
  const auto limits = client.connect().at("limits");
  EXPECT_EQ(limits.at("max_message_bytes"), 65536);
  EXPECT_EQ(limits.at("max_subscriptions"), 100);
  EXPECT_EQ(limits.at("max_qos"), 2);
}

TEST_F(ConnectTest, ServerMakesAClientId) {
  RpcClient first(listen());
  RpcClient second(listen());
  const auto first_id = first.connect().at("client_id").get<std::string>();
  const auto second_id = second.connect().at("client_id").get<std::string>();
  EXPECT_TRUE(is_name(first_id)) << first_id;
  EXPECT_TRUE(is_name(second_id)) << second_id;
  EXPECT_NE(first_id, second_id);
}

TEST_F(ConnectTest, SecretsDiffer) {
  RpcClient first(listen());
  RpcClient second(listen());
  EXPECT_NE(first.connect().at("session").at("secret"), second.connect().at("session").at("secret"));
}

TEST_F(ConnectTest, ClientIdsOfEveryAllowedForm) {
  for (const auto& name :
       {std::string("a"), std::string(64, 'x'), std::string("Az09_.:@-"), std::string("user:device")}) {
    RpcClient client(listen());
    EXPECT_EQ(client.connect({{"client_id", name}}).at("client_id"), name);
  }
}

TEST_F(ConnectTest, OtherClientIdsAreBadNames) {
  RpcClient client(listen());
  for (const auto& name :
       {std::string(), std::string(65, 'x'), std::string("with space"), std::string("ü"), std::string("a/b"),
        std::string("a#"), std::string("a+"), std::string("a\n"), std::string("a\0b", 3), std::string("$a")}) {
    EXPECT_TRUE(is_error(client.refused("connect", {{"client_id", name}}), 400, "bad_name")) << Json(name);
  }
  client.connect();
}

TEST_F(ConnectTest, EveryOtherRequestBeforeItIsBadState) {
  RpcClient client(listen());
  EXPECT_TRUE(is_error(client.refused("ping"), 400, "bad_state"));
  EXPECT_TRUE(is_error(client.refused("subscribe", {{"topic", topic("a")}}), 400, "bad_state"));
  EXPECT_TRUE(is_error(client.refused("unsubscribe", {{"topic", topic("a")}}), 400, "bad_state"));
  EXPECT_TRUE(is_error(client.refused("publish", {{"topic", topic("a")}, {"payload", "x"}}), 400, "bad_state"));
  EXPECT_TRUE(is_error(client.refused("retained.get", {{"topic", topic("a")}}), 400, "bad_state"));
  EXPECT_TRUE(is_error(client.refused("disconnect"), 400, "bad_state"));
  client.connect();
  client.call("ping");
}

TEST_F(ConnectTest, NothingIsDoneBeforeIt) {
  auto witness = client();
  witness->call("subscribe", {{"topic", topic("#")}});
  RpcClient early(listen());
  early.notify("publish", {{"topic", topic("early")}, {"payload", "x"}});
  early.connect();
  early.call("publish", {{"topic", topic("late")}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(witness->next_message().at("topic"), topic("late"));
}

TEST_F(ConnectTest, SecondConnectIsBadState) {
  auto it = client();
  EXPECT_TRUE(is_error(it->refused("connect"), 400, "bad_state"));
  it->call("ping");
}

TEST_F(ConnectTest, MayBeTriedAgainAfterARefusal) {
  RpcClient it(listen());
  EXPECT_TRUE(is_error(it.refused("connect", {{"broker", "other"}}), 404, "not_found"));
  EXPECT_TRUE(is_error(it.refused("ping"), 400, "bad_state")) << "the refused one did not connect";
  it.connect({{"broker", "main"}});
  it.call("ping");
}

TEST_F(ConnectTest, FireAndForgetConnectIsCarriedOutInSilence) {
  RpcClient it(listen());
  it.notify("connect");
  it.call("ping");
  EXPECT_EQ(it.received().size(), 1U) << "the ping's answer alone";
}

TEST_F(ConnectTest, NeedsNoWaiting) {
  RpcClient it(listen());
  it.send_request("connect");
  it.send_request("subscribe", {{"topic", topic("a")}});
  it.call("publish", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it.next_message().at("payload"), "x");
}

TEST_F(ConnectTest, NoNotificationComesBeforeItsResult) {
  RpcClient it(listen());
  const auto id = it.send_request("connect");
  it.send_request("subscribe", {{"topic", topic("a")}});
  it.send_request("publish", {{"topic", topic("a")}, {"payload", "x"}});
  it.next_message();
  EXPECT_EQ(Json::parse(it.received().front()).at("id"), id);
}

TEST_F(ConnectTest, ParamsMayBeAbsent) {
  RpcClient it(listen());
  it.send_text(R"({"jsonrpc":"2.0","id":1,"method":"connect"})");
  EXPECT_TRUE(it.wait_answer(1).contains("result"));
}

TEST_F(ConnectTest, OnlyTheMainBrokerExists) {
  RpcClient it(listen());
  EXPECT_TRUE(is_error(it.refused("connect", {{"broker", "second"}}), 404, "not_found"));
  EXPECT_TRUE(is_error(it.refused("connect", {{"broker", ""}}), 404, "not_found"));
  for (const auto* url : {"tcp://127.0.0.1:1883", "ssl://example.org", "ws://example.org/mqtt",
                          "wss://example.org/mqtt", "mqtt://example.org", "mqtts://example.org"}) {
    EXPECT_TRUE(is_error(it.refused("connect", {{"broker", url}}), 403, "forbidden")) << url;
  }
}

TEST_F(ConnectTest, UnknownSessionIsBegunAnew) {
  RpcClient it(listen());
  const auto session =
      it.connect({{"session", {{"expiry", 60}}}, {"resume", {{"secret", "unknown"}, {"received", 3}}}}).at("session");
  EXPECT_EQ(session.at("resumed"), false);
  EXPECT_EQ(session.at("expiry"), 60);
}

TEST_F(ConnectTest, WrongParamsAreNamed) {
  RpcClient it(listen());
  const std::vector<std::pair<Json, std::string>> wrong = {
      {{{"client_name", "x"}}, "client_name"},
      {{{"client_id", 7}}, "client_id"},
      {{{"token", Json::array()}}, "token"},
      {{{"broker", 1}}, "broker"},
      {{{"will", "gone"}}, "will"},
      {{{"will", {{"topic", "a"}, {"message", "x"}}}}, "message"},
      {{{"will", {{"payload", "x"}}}}, "topic"},
      {{{"will", {{"topic", "a"}, {"qos", 3}}}}, "qos"},
      {{{"will", {{"topic", "a"}, {"retain", 1}}}}, "retain"},
      {{{"will", {{"topic", "a"}, {"delay", -1}}}}, "delay"},
      {{{"will", {{"topic", "a"}, {"delay", "1"}}}}, "delay"},
      {{{"session", 60}}, "session"},
      {{{"session", {{"expiry", "60"}}}}, "expiry"},
      {{{"session", {{"expires", 60}}}}, "expires"},
      {{{"resume", {{"received", 1}}}}, "secret"},
      {{{"payloads", "hex"}}, "payloads"},
      {{{"payloads", 64}}, "payloads"},
      {{{"max_message_bytes", "65535"}}, "max_message_bytes"},
      {{{"max_message_bytes", -1}}, "max_message_bytes"},
      {{{"max_message_bytes", 1000.5}}, "max_message_bytes"},
      {{{"takeover", "no"}}, "takeover"},
  };
  for (const auto& [params, field] : wrong) {
    const auto error = it.refused("connect", params);
    EXPECT_TRUE(is_error(error, -32602, {})) << params;
    EXPECT_TRUE(error.message.contains(field)) << params << ": " << error.message;
  }
  it.connect();
}

TEST_F(ConnectTest, GodotsFloatsAreIntegers) {
  RpcClient it(listen());
  it.send_text(R"({"jsonrpc":"2.0","id":1.0,"method":"connect","params":{"max_message_bytes":65535.0,)"
               R"("session":{"expiry":0.0},"will":{"topic":")" +
               topic("will") + R"(","qos":1.0,"delay":0.0}}})");
  EXPECT_TRUE(it.wait_answer(1).contains("result"));
  EXPECT_TRUE(it.received().front().contains(R"("id":1,)") || it.received().front().contains(R"("id":1})"))
      << "an integral id is answered as an integer: " << it.received().front();
}

TEST(HandshakeTest, SilentClientIsClosedWith4408) {
  Stack stack("[limits]\nhandshake_seconds = 2\n");
  RpcClient connected(stack.daemon.listen());
  connected.connect();
  WebSocketClient silent(stack.daemon.listen());
  RpcClient talkative(stack.daemon.listen());
  EXPECT_TRUE(is_error(talkative.refused("ping"), 400, "bad_state")) << "which is no connect, and helps nothing";
  EXPECT_TRUE(is_closing(silent.wait_closed(), 4408));
  EXPECT_TRUE(is_closing(talkative.wait_closed(), 4408));
  connected.call("ping");
}

// Who opens a TCP connection and never finishes the HTTP request holds nothing for long, either.
TEST(HandshakeTest, UnfinishedHttpRequestIsDropped) {
  Stack stack("[limits]\nhandshake_seconds = 1\n");
  TcpSocket socket(stack.daemon.listen());
  socket.send("GET /ws HTTP/1.1\r\nHost:");
  for (auto part = socket.receive(); !part.empty(); part = socket.receive()) continue;
}

TEST(ClientLimitsTest, MaxClientsBoundsAll) {
  Stack stack("[limits]\nmax_clients = 2\n");
  auto first = std::make_unique<RpcClient>(stack.daemon.listen());
  RpcClient second(stack.daemon.listen());
  first->connect();
  second.connect();
  const auto is_refused = [&] {
    try {
      RpcClient third(stack.daemon.listen());
      third.connect();
      return false;
    } catch (const DeadlineExceeded&) {
      throw;
    } catch (const std::runtime_error&) {
      return true;
    }
  };
  EXPECT_TRUE(is_refused());
  second.call("ping");
  first.reset();
  EXPECT_TRUE(eventually([&] { return !is_refused(); })) << "the place is free again";
}

TEST(ClientLimitsTest, MaxClientsPerAddressBoundsOneAddress) {
  Stack stack("[limits]\nmax_clients_per_ip = 1\n");
  RpcClient first(stack.daemon.listen());
  first.connect();
  EXPECT_THROW(RpcClient(stack.daemon.listen()).connect(), std::runtime_error);
  first.call("ping");
}

}  // namespace
}  // namespace lobbyd::integration
