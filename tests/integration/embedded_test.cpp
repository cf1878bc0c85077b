// The embedded broker: a Mosquitto that the daemon starts, watches and stops itself (api.md, "Command line and
// configuration").

#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <signal.h>
#include <string>
#include <thread>
#include <vector>

namespace lobbyd::integration {
namespace {

constexpr auto save_seconds = std::chrono::seconds(1);
const std::string config = "[embedded]\nsave_seconds = 1\n";

// The broker's process, once it runs.
pid_t embedded_broker(Daemon& daemon) {
  pid_t result = 0;
  const auto found = [&] {
    const auto children = children_of(daemon.id());
    if (children.size() == 1) result = children.front();
    return children.size() == 1;
  };
  if (!eventually(found)) throw DeadlineExceeded("the daemon has no child");
  return result;
}

std::unique_ptr<RpcClient> connected(Daemon& daemon) {
  wait_broker_connected(daemon);
  auto it = std::make_unique<RpcClient>(daemon.listen());
  it->connect();
  return it;
}

void keep(Daemon& daemon, const std::string& name, const std::string& payload) {
  connected(daemon)->call("publish", {{"topic", name}, {"payload", payload}, {"qos", 1}, {"retain", true}});
}

Json kept(Daemon& daemon, const std::string& filter) {
  return connected(daemon)->call("retained.get", {{"topic", filter}}).at("messages");
}

void wait_broker(RpcClient& it, const std::string& state) {
  it.wait_notification(
      "broker", [&](const Json& params) { return params.at("state") == state; },
      deadline_in(scaled(std::chrono::seconds(30))));
}

TEST(EmbeddedTest, CanBeUsedWhenTheDaemonSaysThatItIsReady) {
  Daemon daemon({});
  RpcClient it(daemon.listen());
  EXPECT_EQ(it.connect().at("broker").at("state"), "connected");
  it.call("publish", {{"topic", "a"}, {"qos", 0}});
  EXPECT_EQ(daemon.log().find("cannot connect"), std::string::npos) << daemon.log();
}

TEST(EmbeddedTest, IsTheDefault) {
  Daemon daemon({});
  wait_broker_connected(daemon);
  RpcClient it(daemon.listen());
  EXPECT_EQ(it.connect().at("broker").at("name"), "main");
  it.call("subscribe", {{"topic", "a"}, {"qos", 2}});
  it.call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 2}});
  EXPECT_EQ(it.next_message().at("payload"), "x");
}

TEST(EmbeddedTest, MayBeNamed) {
  Daemon daemon({.broker_url = "embedded:"});
  wait_broker_connected(daemon);
}

TEST(EmbeddedTest, EndsWithTheDaemon) {
  Daemon daemon({});
  wait_broker_connected(daemon);
  const auto broker = embedded_broker(daemon);
  EXPECT_EQ(daemon.terminate(), ExitStatus{});
  EXPECT_TRUE(wait_gone(broker, deadline_in(scaled(std::chrono::milliseconds(100))))) << "before the daemon itself";
}

TEST(EmbeddedTest, KeepsRetainedMessagesOverARestart) {
  TemporaryDirectory data;
  {
    Daemon daemon({.data_directory = data.path()});
    keep(daemon, "kept", "state");
    EXPECT_EQ(daemon.terminate(), ExitStatus{});
  }
  Daemon daemon({.data_directory = data.path()});
  const auto messages = kept(daemon, "#");
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages.at(0).at("payload"), "state");
}

TEST(EmbeddedTest, DiesWithAKilledDaemon) {
  TemporaryDirectory data;
  pid_t broker = 0;
  {
    Daemon daemon({.data_directory = data.path()});
    wait_broker_connected(daemon);
    broker = embedded_broker(daemon);
    daemon.kill();
    EXPECT_TRUE(wait_gone(broker)) << "an orphan is left";
  }
  Daemon daemon({.data_directory = data.path()});
  wait_broker_connected(daemon);
  EXPECT_NE(embedded_broker(daemon), broker);
}

// Both die at once; what was written save_seconds earlier is there at the next start, and nothing is left running.
TEST(EmbeddedTest, KilledWithTheDaemonItLosesAtMostSaveSeconds) {
  TemporaryDirectory data;
  {
    Daemon daemon({.config = config, .data_directory = data.path()});
    wait_broker_connected(daemon);
    const auto broker = embedded_broker(daemon);
    for (int i = 0; i < 100; ++i) keep(daemon, "kept/" + std::to_string(i), std::to_string(i));
    // The duration itself is what is promised, hence the sleep; half as long again for the saving.
    std::this_thread::sleep_for(save_seconds + scaled(std::chrono::milliseconds(500)));
    ::kill(broker, SIGKILL);
    daemon.kill();
    EXPECT_TRUE(wait_gone(broker));
    EXPECT_TRUE(children_of(daemon.id()).empty());
  }
  Daemon daemon({.config = config, .data_directory = data.path()});
  EXPECT_EQ(kept(daemon, "kept/#").size(), 100U);
}

TEST(EmbeddedTest, IsStartedAgainWhenItDies) {
  Daemon daemon({.config = config});
  auto it = connected(daemon);
  it->call("subscribe", {{"topic", "a"}, {"qos", 1}});
  const auto before = embedded_broker(daemon);
  ::kill(before, SIGKILL);
  wait_broker(*it, "disconnected");
  it->call("ping");
  wait_broker(*it, "connected");
  EXPECT_NE(embedded_broker(daemon), before);
  it->call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it->next_message().at("payload"), "x");
}

TEST(EmbeddedTest, BrokerThatKeepsDyingIsNotStartedWithoutPause) {
  Daemon daemon({.config = config});
  auto it = connected(daemon);
  for (int i = 0; i < 3; ++i) {
    ::kill(embedded_broker(daemon), SIGKILL);
    wait_broker(*it, "disconnected");
    wait_broker(*it, "connected");
  }
  it->call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}});
}

TEST(EmbeddedTest, SeveralLiveSideBySide) {
  Daemon first({});
  Daemon second({});
  keep(first, "kept", "first");
  keep(second, "kept", "second");
  EXPECT_EQ(kept(first, "kept").at(0).at("payload"), "first");
  EXPECT_EQ(kept(second, "kept").at(0).at("payload"), "second");
}

TEST(EmbeddedTest, MayBeOpenedToMqttClients) {
  const Endpoint endpoint{"127.0.0.1", free_port()};
  Daemon daemon({.config = "[embedded]\nlisten = \"" + endpoint.authority() + "\"\n"});
  auto it = connected(daemon);
  it->call("subscribe", {{"topic", "a"}, {"qos", 1}});
  for (const auto version : {MqttVersion::v5, MqttVersion::v3_1_1}) {
    MqttClient direct(endpoint, {.version = version});
    direct.publish("a", "direct", 1);
    EXPECT_EQ(it->next_message().at("payload"), "direct");
  }
}

TEST(EmbeddedTest, TakesManyRetainedMessages) {
  Daemon daemon({.config = config});
  auto it = connected(daemon);
  std::vector<std::int64_t> requests;
  for (int i = 0; i < 2'000; ++i) {
    requests.push_back(it->send_request(
        "publish", {{"topic", "kept/" + std::to_string(i)}, {"payload", i}, {"qos", 1}, {"retain", true}}));
    if (i < 200) continue;
    EXPECT_TRUE(it->wait_answer(requests[static_cast<std::size_t>(i - 200)]).contains("result"));
  }
  it->wait_answer(requests.back());
  const auto result = it->call("subscribe", {{"topic", "kept/+"}});
  EXPECT_EQ(result.at("retained"), Json({{"count", 2'000}, {"complete", "exact"}}));
}

TEST(EmbeddedTest, DataDirectoryWithStrangeNamesWorks) {
  TemporaryDirectory data;
  Daemon daemon({.data_directory = data.path() / "with space and \"quotes\" and ü"});
  keep(daemon, "kept", "x");
}

}  // namespace
}  // namespace lobbyd::integration
