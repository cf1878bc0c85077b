// Start, drain and end of the process (api.md, "Command line and configuration").

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <regex>
#include <signal.h>
#include <sstream>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

TEST(StartTest, ReadyLineIsAllThatIsPrinted) {
  Broker broker;
  Daemon daemon({.broker_url = broker.url()});
  static const std::regex form(
      "lobbyd ready listen=ws://127\\.0\\.0\\.1:[0-9]+/ws admin=http://127\\.0\\.0\\.1:[0-9]+\n");
  EXPECT_TRUE(std::regex_match(daemon.printed(), form)) << daemon.printed();
  EXPECT_NE(daemon.listen().port, 0);
  EXPECT_NE(daemon.admin().port, 0);
  wait_broker_connected(daemon);
  EXPECT_EQ(daemon.terminate(), ExitStatus{});
  EXPECT_TRUE(std::regex_match(daemon.printed(), form)) << "nor later: " << daemon.printed();
  EXPECT_FALSE(daemon.log().empty()) << "logs go to standard error";
}

TEST(StartTest, ReadyMeansThatConnectionsAreTaken) {
  Broker broker;
  for (int i = 0; i < 5; ++i) {
    Daemon daemon({.broker_url = broker.url()});
    RpcClient(daemon.listen()).connect();
  }
}

TEST(StartTest, WithoutAdminListenerNoneIsNamed) {
  Broker broker;
  Daemon daemon({.broker_url = broker.url(), .admin = false});
  EXPECT_FALSE(daemon.ready_line().contains("admin=http")) << daemon.ready_line();
  EXPECT_EQ(http_get(daemon.listen(), "/healthz").status, 200);
}

TEST(StartTest, ListensOnSeveralAddresses) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no ::1";
  Broker broker;
  const Endpoint v4{"127.0.0.1", free_port()};
  const Endpoint other_v4{"127.0.0.2", free_port("127.0.0.2")};
  const Endpoint v6{"::1", free_port("::1")};
  Daemon daemon({.broker_url = broker.url(), .listen = {v4.authority(), other_v4.authority(), v6.authority()}});
  wait_broker_connected(daemon);
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (const auto& endpoint : {v4, other_v4, v6}) {
    clients.push_back(std::make_unique<RpcClient>(endpoint));
    clients.back()->connect();
    clients.back()->call("subscribe", {{"topic", "all"}, {"qos", 1}});
  }
  clients[2]->call("publish", {{"topic", "all"}, {"payload", "x"}, {"qos", 1}});
  for (auto& it : clients) EXPECT_EQ(it->next_message().at("payload"), "x");
}

TEST(StartTest, ListensOnIpv6Alone) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no ::1";
  Broker broker;
  Daemon daemon({.broker_url = broker.url(), .config = "listen = [\"[::1]:0\"]\n", .listen = {}});
  EXPECT_EQ(daemon.listen().host, "::1");
  RpcClient(daemon.listen()).connect();
}

TEST(StartTest, ListenersOfTheFileAreUsed) {
  Broker broker;
  const Endpoint first{"127.0.0.1", free_port()};
  const Endpoint second{"127.0.0.1", free_port()};
  Daemon daemon({.broker_url = broker.url(),
                 .config = "listen = [\"" + first.authority() + "\", \"" + second.authority() + "\"]\n",
                 .listen = {}});
  for (const auto& endpoint : {first, second}) RpcClient(endpoint).connect();
}

TEST(StartTest, PortInUseIsRefused) {
  Broker broker;
  Daemon first({.broker_url = broker.url()});
  TemporaryDirectory data;
  const auto second = run_daemon({"--listen", first.listen().authority(), "--no-admin", "--broker", broker.url(),
                                  "--data-dir", data.path().string()});
  EXPECT_EQ(second.status.signal, 0);
  EXPECT_NE(second.status.code, 0);
  EXPECT_FALSE(second.output.contains("ready"));
  EXPECT_TRUE(second.errors.contains(std::to_string(first.listen().port))) << second.errors;
}

TEST(StartTest, DataDirectoryInUseIsRefused) {
  Broker broker;
  TemporaryDirectory data;
  Daemon first({.broker_url = broker.url(), .data_directory = data.path()});
  const auto second = run_daemon({"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--broker", broker.url(),
                                  "--data-dir", data.path().string()});
  EXPECT_EQ(second.status.signal, 0);
  EXPECT_NE(second.status.code, 0);
  EXPECT_FALSE(second.output.contains("ready"));
  EXPECT_TRUE(second.errors.contains(data.path().string())) << second.errors;
  RpcClient(first.listen()).connect();
}

TEST(StartTest, DataDirectoryOfTheDeadIsTaken) {
  Broker broker;
  TemporaryDirectory data;
  for (int i = 0; i < 2; ++i) {
    Daemon daemon({.broker_url = broker.url(), .data_directory = data.path()});
    daemon.kill();
  }
  Daemon daemon({.broker_url = broker.url(), .data_directory = data.path()});
}

TEST(StartTest, InstanceNameIsMadeOnceAndKept) {
  Broker broker;
  TemporaryDirectory data;
  const auto instance = [&](const std::string& config, const std::filesystem::path& folder) {
    Daemon daemon({.broker_url = broker.url(), .config = config, .data_directory = folder});
    RpcClient it(daemon.listen());
    return it.connect().at("instance").get<std::string>();
  };
  const auto first = instance("", data.path());
  EXPECT_EQ(instance("", data.path()), first);
  EXPECT_NE(instance("", {}), first) << "another folder, another name";
  EXPECT_EQ(instance("[instance]\nname = \"east-1\"\n", {}), "east-1");
}

TEST(StartTest, OneThreadAndSeveralWork) {
  Broker broker;
  for (const auto* threads : {"1", "4"}) {
    Daemon daemon({.broker_url = broker.url(), .arguments = {"--threads", threads}});
    wait_broker_connected(daemon);
    std::vector<std::unique_ptr<RpcClient>> clients;
    for (int i = 0; i < 10; ++i) {
      clients.push_back(std::make_unique<RpcClient>(daemon.listen()));
      clients.back()->connect();
      clients.back()->call("subscribe", {{"topic", "all"}, {"qos", 1}});
    }
    for (auto& it : clients) it->send_request("publish", {{"topic", "all"}, {"payload", "x"}, {"qos", 1}});
    for (auto& it : clients) EXPECT_EQ(it->next_messages(10).size(), 10U);
  }
}

TEST(LogTest, JsonFormatIsJsonLines) {
  Broker broker;
  Daemon daemon({.broker_url = broker.url(), .arguments = {"--log-format", "json", "--log-level", "debug"}});
  wait_broker_connected(daemon);
  auto it = std::make_unique<RpcClient>(daemon.listen());
  it->connect({{"client_id", "quote@home"}});
  it->socket().reset();
  EXPECT_EQ(daemon.terminate(), ExitStatus{});
  std::istringstream lines(daemon.log());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(Json::accept(line) && Json::parse(line).is_object()) << line;
  }
  EXPECT_GT(count, 0);
}

TEST(LogTest, ErrorLevelIsQuiet) {
  LOBBYD_NEEDS(retained_by_wildcard);
  Broker broker;
  Daemon daemon({.broker_url = broker.url(), .arguments = {"--log-level", "error"}});
  wait_broker_connected(daemon);
  RpcClient(daemon.listen()).connect();
  EXPECT_EQ(daemon.terminate(), ExitStatus{});
  EXPECT_EQ(daemon.log(), "");
}

class DrainTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(, DrainTest, testing::Values(SIGTERM, SIGINT), [](const testing::TestParamInfo<int>& signal) {
  return signal.param == SIGTERM ? "SIGTERM" : "SIGINT";
});

TEST_P(DrainTest, ClientsAreToldAndClosedAndTheExitIs0) {
  Stack stack;
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RpcClient>(stack.daemon.listen()));
    clients.back()->connect();
  }
  WebSocketClient unconnected(stack.daemon.listen());
  stack.daemon.signal(GetParam());
  for (auto& it : clients) {
    const auto notice = it->wait_notification("drain");
    EXPECT_GE(notice.at("deadline_ms").get<int>(), 0);
    EXPECT_GE(notice.at("reconnect_after_ms").get<int>(), 0);
    EXPECT_TRUE(is_closing(it->wait_closed(deadline_in(scaled(std::chrono::seconds(20)))), 1012));
  }
  unconnected.wait_closed();
  EXPECT_EQ(stack.daemon.wait(), ExitStatus{});
}

TEST_P(DrainTest, WithoutClientsItEndsAtOnce) {
  Stack stack;
  stack.daemon.signal(GetParam());
  EXPECT_EQ(stack.daemon.wait(deadline_in(scaled(std::chrono::seconds(3)))), ExitStatus{});
}

TEST_P(DrainTest, SecondSignalEndsAtOnce) {
  Stack stack("[drain]\nseconds = 60\n");
  // A client that takes part in no closing handshake would be waited for.
  RawWebSocket mute(stack.daemon.listen());
  mute.send_text(R"({"jsonrpc":"2.0","id":1,"method":"connect"})");
  ASSERT_TRUE(mute.receive());
  stack.daemon.signal(GetParam());
  ASSERT_TRUE(mute.receive()) << "the drain has begun";
  stack.daemon.signal(GetParam());
  EXPECT_TRUE(stack.daemon.wait(deadline_in(scaled(std::chrono::seconds(3)))));
}

TEST(DrainDetailsTest, TakesNoNewClients) {
  Stack stack("[drain]\nseconds = 3\n");
  RawWebSocket mute(stack.daemon.listen());
  mute.send_text(R"({"jsonrpc":"2.0","id":1,"method":"connect"})");
  ASSERT_TRUE(mute.receive());
  stack.daemon.signal(SIGTERM);
  ASSERT_TRUE(mute.receive());
  try {
    EXPECT_NE(http(stack.daemon.listen(), upgrade_request()).status, 101);
  } catch (const std::runtime_error&) {
    SUCCEED() << "the connection is refused or cut";
  }
  EXPECT_EQ(stack.daemon.wait(), ExitStatus{});
}

TEST(DrainDetailsTest, EndsWhenAllHaveLeft) {
  Stack stack("[drain]\nseconds = 60\n");
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 400; ++i) {
    clients.push_back(std::make_unique<RpcClient>(stack.daemon.listen()));
    clients.back()->connect();
  }
  stack.daemon.signal(SIGTERM);
  for (auto& it : clients) it->wait_notification("drain");
  clients.clear();
  EXPECT_EQ(stack.daemon.wait(), ExitStatus{});
}

TEST(DrainDetailsTest, DeadlineHoldsForClientsThatDoNotReact) {
  Stack stack("[drain]\nseconds = 1\n");
  RawWebSocket mute(stack.daemon.listen(), upgrade_request(), 4096);
  mute.send_text(R"({"jsonrpc":"2.0","id":1,"method":"connect"})");
  ASSERT_TRUE(mute.receive());
  stack.daemon.signal(SIGTERM);
  EXPECT_EQ(stack.daemon.wait(deadline_in(scaled(std::chrono::seconds(5)))), ExitStatus{});
}

TEST(DrainDetailsTest, PublishesUnderWayAreFinished) {
  Stack stack;
  MqttClient outside(stack.broker.endpoint());
  outside.subscribe("work/#", 1);
  RpcClient it(stack.daemon.listen());
  it.connect();
  std::vector<std::int64_t> requests;
  for (int i = 0; i < 200; ++i) {
    requests.push_back(it.send_request("publish", {{"topic", "work/a"}, {"payload", i}, {"qos", 1}}));
  }
  it.wait_answer(requests.front());
  stack.daemon.signal(SIGTERM);
  EXPECT_EQ(stack.daemon.wait(deadline_in(scaled(std::chrono::seconds(20)))), ExitStatus{});
  std::size_t acknowledged = 0;
  try {
    for (const auto request : requests) {
      if (it.wait_answer(request).contains("result")) ++acknowledged;
    }
  } catch (const std::runtime_error&) {
    SUCCEED() << "closed before the rest was answered";
  }
  EXPECT_GE(outside.messages_until_now().size(), acknowledged) << "what was answered was published";
}

TEST(SignalTest, HangupDoesNotEndTheDaemon) {
  Stack stack;
  RpcClient it(stack.daemon.listen());
  it.connect();
  stack.daemon.signal(SIGHUP);
  it.call("ping");
  it.call("subscribe", {{"topic", "a"}, {"qos", 1}});
  it.call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it.next_message().at("payload"), "x");
  EXPECT_TRUE(stack.daemon.running());
}

TEST(SignalTest, EndIsPossibleWhileTheBrokerIsDown) {
  Broker broker({}, false);
  Daemon daemon({.broker_url = broker.url()});
  RpcClient it(daemon.listen());
  it.connect();
  EXPECT_EQ(daemon.terminate(), ExitStatus{});
}

}  // namespace
}  // namespace lobbyd::integration
