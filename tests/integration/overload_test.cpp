// When there is more of everything than the daemon may take: descriptors, memory, clients that come at once
// (docs/limits.md).

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/descriptor_limit.hpp"
#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <signal.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

namespace lobbyd::integration {
namespace {

std::size_t open_descriptors(pid_t process) {
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(process) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

void limit_descriptors(pid_t process, std::size_t soft) {
  rlimit limit{};
  ASSERT_EQ(::prlimit(process, RLIMIT_NOFILE, nullptr, &limit), 0);
  limit.rlim_cur = soft;
  ASSERT_EQ(::prlimit(process, RLIMIT_NOFILE, &limit, nullptr), 0);
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t number = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++number;
  return number;
}

class DescriptorsTest : public testing::Test {
 protected:
  static constexpr std::string_view waiting = "new connections wait";

  void SetUp() override {
    served_.connect();
    served_.call("subscribe", {{"topic", "all"}, {"qos", 1}});
    used_ = open_descriptors(stack_.daemon.id());
  }

  // They connect, since the backlog takes them, and ask.
  void ask(std::size_t clients) {
    for (std::size_t i = 0; i < clients; ++i) {
      asking_.push_back(std::make_unique<TcpSocket>(stack_.daemon.listen()));
      asking_.back()->send(
          "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    }
  }
  void expect_served_goes_on() {
    served_.call("publish", {{"topic", "all"}, {"payload", "x"}, {"qos", 1}});
    EXPECT_EQ(served_.next_message().at("payload"), "x");
  }

  Stack stack_;
  RpcClient served_{stack_.daemon.listen()};
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<TcpSocket>> asking_;
};

TEST_F(DescriptorsTest, WhoIsConnectedStaysAndOthersWaitUntilSomeAreFree) {
  limit_descriptors(stack_.daemon.id(), used_ + 40);
  ask(60);
  const auto line = stack_.daemon.log_reader().wait_line(waiting);
  ASSERT_TRUE(line) << stack_.daemon.log();
  EXPECT_TRUE(line->contains("LimitNOFILE")) << *line;
  expect_served_goes_on();
  EXPECT_EQ(http_get(stack_.daemon.admin(), "/healthz").status, 200) << "the operator still gets in";
  EXPECT_LT(open_descriptors(stack_.daemon.id()), used_ + 40);

  // The first ones leave, and the last one is served.
  for (std::size_t i = 0; i < 40; ++i) asking_[i]->close();
  EXPECT_TRUE(asking_.back()->receive().starts_with("HTTP/1.1 101 "));
  expect_served_goes_on();
  EXPECT_EQ(count(stack_.daemon.log(), waiting), 1U) << "once a minute at most";
}

TEST_F(DescriptorsTest, TheBrokerIsReachedAgainHoweverManyClientsThereAre) {
  limit_descriptors(stack_.daemon.id(), used_ + 40);
  ask(60);
  ASSERT_TRUE(stack_.daemon.log_reader().wait_line(waiting)) << stack_.daemon.log();
  stack_.broker.stop();
  stack_.broker.start();
  served_.wait_notification("broker", [](const Json& it) { return it.at("state") == "connected"; });
  expect_served_goes_on();
}

TEST_F(DescriptorsTest, AHigherLimitCountsAtOnce) {
  if (!has_plain_heap) GTEST_SKIP() << "a sanitizer's own checks take descriptors";
  limit_descriptors(stack_.daemon.id(), 3);
  ask(5);
  ASSERT_TRUE(stack_.daemon.log_reader().wait_line(waiting)) << stack_.daemon.log();
  expect_served_goes_on();
  limit_descriptors(stack_.daemon.id(), used_ + 200);
  for (const auto& it : asking_) EXPECT_TRUE(it->receive().starts_with("HTTP/1.1 101 "));
}

TEST(MemoryLimitTest, FurtherClientsAreRefusedUntilMemoryIsFree) {
  LOBBYD_NEEDS(bulk);
  Broker broker;
  // With sanitizers it holds much more from the beginning, and what it frees for long.
  const std::map<std::string, std::string> environment{
      {"ASAN_OPTIONS", "quarantine_size_mb=0:allocator_release_to_os_interval_ms=100"}};
  const std::size_t limit =
      100'000'000 + [&] { return resident(Daemon({.broker_url = broker.url(), .environment = environment}).id()); }();
  Daemon daemon({.broker_url = broker.url(),
                 .config = "[limits]\nmemory = " + std::to_string(limit) + "\noutbox_bytes = 400000000\n",
                 .environment = environment});
  wait_broker_connected(daemon);
  RpcClient served(daemon.listen());
  served.connect();
  served.call("subscribe", {{"topic", "all"}, {"qos", 1}});
  RpcClient slow(daemon.listen(), {.receive_buffer = 65'536});
  slow.connect({{"max_message_bytes", 2'000'000}});
  slow.call("subscribe", {{"topic", "flood"}, {"qos", 1}});
  slow.socket().stop_reading();
  RpcClient away(daemon.listen());
  const auto secret = away.connect({{"client_id", "away"}, {"session", {{"expiry", 300}}}}).at("session").at("secret");
  away.socket().reset();

  MqttClient publisher(broker.endpoint());
  const auto is_ready = [&] { return http_get(daemon.admin(), "/readyz").status == 200; };
  EXPECT_TRUE(is_ready());
  for (int i = 0; i < 400 && is_ready(); ++i) publisher.publish("flood", std::string(1'000'000, 'x'), 1);
  const auto answer = http_get(daemon.admin(), "/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.body.contains("memory")) << answer.body;
  EXPECT_EQ(http_get(daemon.admin(), "/healthz").status, 200);
  EXPECT_TRUE(is_closing(RawWebSocket(daemon.listen()).wait_closed(), 1013));
  EXPECT_TRUE(eventually([&] { return daemon.log().contains("limits.memory"); }));
  served.call("publish", {{"topic", "all"}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(served.next_message().at("payload"), "x") << "who is there stays";

  slow.socket().reset();
  EXPECT_TRUE(eventually(is_ready, deadline_in(scaled(std::chrono::seconds(30))))) << resident(daemon.id());
  const auto back =
      RpcClient(daemon.listen()).connect({{"client_id", "away"}, {"resume", {{"secret", secret}, {"received", 0}}}});
  EXPECT_EQ(back.at("session").at("resumed"), false) << "what was kept was given up";
}

// 1,000 clients of whom 100 have stopped reading while much comes for them. The others hear everything.
class StalledReadersTest : public testing::Test {
 protected:
  static constexpr std::size_t stalled_each = 50;
  static constexpr std::size_t others = 900;
  static constexpr int rounds = 60;

  void SetUp() override {
    LOBBYD_NEEDS(bulk);
    if (!allow_descriptors(3'000)) GTEST_SKIP() << "too few files may be open";
    wait_broker_connected(daemon_);
    for (std::size_t i = 0; i < others; ++i) others_.push_back(client("all", {{"qos", 1}}));
    for (std::size_t i = 0; i < stalled_each; ++i) {
      queued_.push_back(client("bulk", {{"qos", 1}}));
      latest_.push_back(client("bulk", {{"qos", 1}, {"delivery", "latest"}}));
    }
  }

  std::unique_ptr<RpcClient> client(const std::string& topic, Json params) {
    auto it = std::make_unique<RpcClient>(daemon_.listen(),
                                          WebSocketOptions{.receive_buffer = 16'384, .segment_size = 1'400});
    it->connect();
    params["topic"] = topic;
    it->call("subscribe", params);
    return it;
  }

  Broker broker_;
  // Before the clients: libmosquitto waits with select(2), which knows no descriptor above 1,023.
  MqttClient publisher_{broker_.endpoint()};
  Daemon daemon_{{.broker_url = broker_.url(),
                  .config = "[limits]\noutbox_bytes = 65536\nkeepalive_seconds = 600\n",
                  .arguments = {"--log-level", "debug"}}};
  std::vector<std::unique_ptr<RpcClient>> others_;
  std::vector<std::unique_ptr<RpcClient>> queued_;
  std::vector<std::unique_ptr<RpcClient>> latest_;
};

TEST_F(StalledReadersTest, CostNobodyElseAnythingAndLittleMemory) {
  const std::size_t before = resident(daemon_.id());
  for (const auto& it : queued_) it->socket().stop_reading();
  for (const auto& it : latest_) it->socket().stop_reading();

  for (int round = 0; round < rounds; ++round) {
    publisher_.publish("bulk", std::to_string(round) + std::string(16'000, ' '), 1);
    if (round % 3 == 0) publisher_.publish("all", std::to_string(round), 1);
  }
  for (const auto& it : others_) {
    for (int round = 0; round < rounds; round += 3) {
      ASSERT_EQ(it->next_message().at("payload"), std::to_string(round));
    }
  }
  if (has_plain_heap) {
    EXPECT_LT(resident(daemon_.id()), before + 50'000'000);
  }

  const auto closed = [&] { return count(daemon_.log(), "is closed with 4508"); };
  EXPECT_TRUE(eventually([&] { return closed() == stalled_each; })) << closed();
  for (const auto& it : latest_) {
    it->socket().resume_reading();
    int last = -1;
    while (last != rounds - 1) {
      const int number = std::stoi(it->next_message().at("payload").get<std::string>());
      ASSERT_GT(number, last);
      last = number;
    }
    it->call("ping");
  }
}

}  // namespace
}  // namespace lobbyd::integration
