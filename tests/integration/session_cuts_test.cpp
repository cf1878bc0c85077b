// The link between clients and daemon is cut at random places, again and again, while numbered messages arrive. A
// client that takes its session up each time sees each once and in order.
//
//   LOBBYD_TEST_CUTS, LOBBYD_TEST_SEED   as in cuts_test.cpp

#include "tests/integration/harness/cutting_relay.hpp"
#include "tests/integration/harness/stack.hpp"
#include "tests/support/environment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lobbyd::integration {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t player_count = 4;

// Publishes the numbers from 1 at QoS 1, at the broker itself, until it is stopped, and then "end".
class Numbers {
 public:
  explicit Numbers(const Endpoint& broker) : client_(broker) {}

  void start(std::uint64_t at_least) {
    thread_ = std::thread([this, at_least] {
      while (!stopping_ || last_ < at_least) {
        for (int i = 0; i < 10; ++i) publish(std::to_string(++last_));
        std::this_thread::sleep_for(milliseconds(5));
      }
      publish("end");
      client_.wait_published(deadline_in(scaled(seconds(60))));
    });
  }
  void stop() {
    stopping_ = true;
    thread_.join();
  }
  std::uint64_t last() const { return last_; }

 private:
  void publish(const std::string& payload) { client_.publish_later({.topic = "n", .payload = payload, .qos = 1}); }

  MqttClient client_;
  std::atomic<bool> stopping_ = false;
  std::uint64_t last_ = 0;
  std::thread thread_;
};

// A client that comes back whenever its link is cut. On a thread of its own.
class Player {
 public:
  Player(Endpoint endpoint, std::size_t number) : endpoint_(std::move(endpoint)), name_("p" + std::to_string(number)) {}

  // Returns when the subscription stands.
  void start() {
    while (!subscribed_) visit([this] { subscribed_ = true; });
    thread_ = std::thread([this] {
      const auto deadline = deadline_in(scaled(seconds(300)));
      // To one whose session was not taken up "end" may never come.
      while (!ended_ && refused_ <= 1 && Clock::now() < deadline) visit([this] { take(); });
    });
  }
  void join() { thread_.join(); }

  std::uint64_t last() const { return last_; }
  std::size_t resumed() const { return resumed_; }
  std::size_t refused() const { return refused_; }

 private:
  // One connection, until it is cut or the action has been carried out.
  template <class Action>
  void visit(Action action) {
    try {
      if (!client_) connect();
      action();
    } catch (const std::exception&) {
      client_.reset();
    }
  }

  void connect() {
    auto client = std::make_unique<RpcClient>(endpoint_);
    Json params = {{"client_id", name_}, {"session", {{"expiry", 60}}}};
    if (!secret_.empty()) params["resume"] = {{"secret", secret_}, {"received", received_}};
    const auto result = client->connect(params);
    const auto& session = result.at("session");
    const bool resumed = session.at("resumed").get<bool>();
    ++(resumed ? resumed_ : refused_);
    if (!resumed) {
      received_ = 0;
      gap_allowed_ = true;
    }
    secret_ = session.at("secret").get<std::string>();
    if (!resumed || result.at("subscriptions").empty()) {
      client->call("subscribe", {{"topic", "n"}, {"qos", 1}, {"retained", false}});
    }
    client_ = std::move(client);
  }

  void take() {
    const auto payload = client_->next_message(deadline_in(scaled(seconds(30)))).at("payload").get<std::string>();
    ++received_;
    if (payload == "end") {
      ended_ = true;
      return;
    }
    const auto number = std::stoull(payload);
    if (gap_allowed_) {
      EXPECT_GT(number, last_) << name_;
    } else {
      EXPECT_EQ(number, last_ + 1) << name_;
    }
    gap_allowed_ = false;
    last_ = number;
    if (received_ % 50 == 0) client_->notify("ack", {{"received", received_}});
  }

  Endpoint endpoint_;
  std::string name_;
  std::string secret_;
  std::unique_ptr<RpcClient> client_;
  bool subscribed_ = false;
  bool ended_ = false;
  bool gap_allowed_ = false;
  std::uint64_t received_ = 0;
  std::uint64_t last_ = 0;
  std::size_t resumed_ = 0;
  std::size_t refused_ = 0;
  std::thread thread_;
};

class SessionCutsTest : public testing::TestWithParam<unsigned> {
 protected:
  void TearDown() override {
    std::cout << "seed " << seed_ << ", " << relay_.cuts() << " cuts\n";
    if (HasFailure()) std::cerr << "--- the daemon's log:\n" << stack_.daemon.log();
  }

  std::size_t cuts_ = number_from("LOBBYD_TEST_CUTS", 50);
  std::uint64_t seed_ = number_from("LOBBYD_TEST_SEED", std::random_device{}());
  Stack stack_{"threads = " + std::to_string(GetParam()) + "\n"};
  CuttingRelay relay_{{.target = stack_.daemon.listen(), .seed = seed_}};
};
INSTANTIATE_TEST_SUITE_P(, SessionCutsTest, testing::Values(1U, 3U),
                         [](const auto& threads) { return "Threads" + std::to_string(threads.param); });

TEST_P(SessionCutsTest, EachMessageIsSeenOnceAndInOrder) {
  std::vector<std::unique_ptr<Player>> players;
  for (std::size_t i = 0; i < player_count; ++i) players.push_back(std::make_unique<Player>(relay_.endpoint(), i));
  for (auto& player : players) player->start();
  Numbers numbers(stack_.broker.endpoint());
  relay_.start_cutting();
  numbers.start(cuts_ * 10);
  EXPECT_TRUE(
      eventually([&] { return relay_.cuts() >= cuts_; }, deadline_in(scaled(seconds(60)) + cuts_ * seconds(1))));
  relay_.stop_cutting();
  numbers.stop();
  std::size_t resumed = 0;
  for (auto& player : players) {
    player->join();
    EXPECT_EQ(player->last(), numbers.last());
    EXPECT_EQ(player->refused(), 1U) << "but for the first time";
    resumed += player->resumed();
  }
  std::cout << numbers.last() << " messages, " << resumed << " times taken up\n";
  EXPECT_GT(resumed, cuts_ / 10);
}

}  // namespace
}  // namespace lobbyd::integration
