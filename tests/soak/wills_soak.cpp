#include "tests/integration/harness/file_descriptor.hpp"
#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/stack.hpp"
#include "tests/integration/harness/temporary_directory.hpp"
#include "tests/support/environment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <sys/resource.h>
#include <vector>

// Three daemons on one Mosquitto with its default limits, with many clients that have wills: daemons are killed, and
// the broker is restarted. The wills of those who are lost are published, each once, and none of anybody else.
//
// LOBBYD_SOAK_ROUNDS (10), LOBBYD_SOAK_CLIENTS (1000, for each daemon), LOBBYD_SOAK_SEED.

namespace lobbyd::integration {
namespace {

std::size_t clients_of_a_daemon() {
  return number_from("LOBBYD_SOAK_CLIENTS", 1000);
}

// Every client is a descriptor here, too.
void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::chrono::milliseconds since(Clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
}

// One daemon, which may be started again, and its clients.
class Seat {
 public:
  explicit Seat(const Mosquitto& broker) : broker_(broker) { start(); }

  void start() {
    daemon_.reset();
    daemon_ = std::make_unique<Daemon>(DaemonOptions{
        .broker_url = broker_.url(), .config = "[broker]\nkeepalive = 5\n", .data_directory = data_.path()});
    wait_broker_connected(*daemon_);
  }
  void wait_connected() { wait_broker_connected(*daemon_); }

  // Names, and with them wills, that nobody has had before.
  void fill(std::size_t count, unsigned& names) {
    while (clients_.size() < count) {
      const std::string name = std::to_string(++names);
      auto it = std::make_unique<RpcClient>(daemon_->listen());
      const Json will = {{"topic", "mourned/" + name}, {"payload", name}, {"qos", 1}};
      const Json answer = it->connect({{"client_id", "c" + name}, {"will", will}});
      EXPECT_EQ(answer.at("will"), "registered") << name;
      clients_.emplace(name, std::move(it));
    }
  }
  void leave_in_order(std::size_t count) {
    for (; count > 0; --count) {
      clients_.begin()->second->call("disconnect");
      clients_.erase(clients_.begin());
    }
  }
  // The names of those who are lost with it.
  std::multiset<std::string> kill() {
    daemon_->kill();
    std::multiset<std::string> lost;
    for (const auto& [name, it] : clients_) lost.insert(name);
    clients_.clear();
    return lost;
  }
  std::size_t size() const { return clients_.size(); }

 private:
  const Mosquitto& broker_;
  TemporaryDirectory data_;
  std::unique_ptr<Daemon> daemon_;
  std::map<std::string, std::unique_ptr<RpcClient>> clients_;  // by their wills' payloads
};

// libmosquitto waits by select(), which knows 1,024 descriptors: of those that the clients leave it some low ones.
class LowDescriptors {
 public:
  LowDescriptors() { take(); }

  template <class Make>
  auto lend(const Make& make) {
    kept_.clear();
    auto made = make();
    take();
    return made;
  }

 private:
  void take() {
    while (kept_.size() < 128) kept_.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }

  std::vector<FileDescriptor> kept_;
};

// Exactly these are mourned, each once. The time that it took.
std::chrono::milliseconds expect_mourned(MqttClient& witness, const std::multiset<std::string>& lost) {
  const auto began = Clock::now();
  const auto deadline = deadline_in(scaled(std::chrono::seconds(60)));
  std::multiset<std::string> seen;
  while (seen.size() < lost.size()) seen.insert(witness.wait_message({}, deadline).payload);
  const auto took = since(began);
  for (const MqttMessage& more : witness.messages_until_now()) seen.insert(more.payload);
  EXPECT_EQ(seen, lost);
  return took;
}

class WillsSoak : public testing::Test {
 protected:
  WillsSoak() : dice_(seed_) {}
  void SetUp() override {
    raise_descriptor_limit();
    std::cout << "LOBBYD_SOAK_SEED=" << seed_ << std::endl;
  }

  std::unique_ptr<MqttClient> witness(const Mosquitto& broker) {
    auto it = low_.lend([&] { return std::make_unique<MqttClient>(broker.endpoint()); });
    it->subscribe("mourned/#", 1);
    return it;
  }
  std::size_t entries(const Mosquitto& broker) {
    const auto outside = low_.lend([&] { return std::make_unique<MqttClient>(broker.endpoint()); });
    outside->subscribe("lobby/will/#");
    return outside->messages_until_now().size();
  }

  const std::uint64_t rounds_ = number_from("LOBBYD_SOAK_ROUNDS", 10);
  const std::size_t full_ = clients_of_a_daemon();
  const std::uint64_t seed_ = number_from("LOBBYD_SOAK_SEED", std::random_device()());
  std::mt19937 dice_;
  unsigned names_ = 0;
  LowDescriptors low_;
};

TEST_F(WillsSoak, OneOfThreeDaemonsIsKilled) {
  const Mosquitto broker;
  const auto outside = witness(broker);
  std::array<Seat, 3> seats{Seat(broker), Seat(broker), Seat(broker)};
  for (std::uint64_t round = 0; round < rounds_ && !HasFailure(); ++round) {
    for (Seat& seat : seats) seat.fill(full_, names_);
    Seat& victim = seats.at(dice_() % seats.size());
    // Some leave in order just before.
    victim.leave_in_order(dice_() % (full_ / 4 + 1));
    const auto lost = victim.kill();
    const auto took = expect_mourned(*outside, lost);
    std::cout << "round " << round << ": " << lost.size() << " wills within " << took.count() << " ms" << std::endl;
    EXPECT_LE(took, scaled(std::chrono::seconds(15)));
    victim.start();
  }
}

TEST_F(WillsSoak, TheOnlyDaemonIsKilled) {
  const Mosquitto broker;
  const auto outside = witness(broker);
  Seat seat(broker);
  for (std::uint64_t round = 0; round < std::max<std::uint64_t>(rounds_ / 10, 1) && !HasFailure(); ++round) {
    seat.fill(std::size_t{3} * full_, names_);
    const auto lost = seat.kill();
    EXPECT_TRUE(outside->messages_until_now().empty());
    const auto began = Clock::now();
    seat.start();
    expect_mourned(*outside, lost);
    std::cout << lost.size() << " wills within " << since(began).count() << " ms of the restart" << std::endl;
  }
}

// How the broker is restarted.
enum class Restart {
  in_order,     // what was retained is there again
  killed,       // what had been saved is
  without_any,  // it has forgotten everything
};

class BrokerSoak : public WillsSoak, public testing::WithParamInterface<Restart> {};
INSTANTIATE_TEST_SUITE_P(, BrokerSoak, testing::Values(Restart::in_order, Restart::killed, Restart::without_any),
                         [](const testing::TestParamInfo<Restart>& restart) -> std::string {
                           switch (restart.param) {
                             case Restart::in_order:
                               return "InOrder";
                             case Restart::killed:
                               return "Killed";
                             case Restart::without_any:
                               break;
                           }
                           return "WithoutItsMemory";
                         });

TEST_P(BrokerSoak, NobodyWhoLivesIsMourned) {
  Mosquitto broker({.persistence = GetParam() != Restart::without_any});
  std::array<Seat, 3> seats{Seat(broker), Seat(broker), Seat(broker)};
  std::size_t all = 0;
  for (std::uint64_t round = 0; round < std::max<std::uint64_t>(rounds_ / 10, 1) && !HasFailure(); ++round) {
    all = 0;
    for (Seat& seat : seats) {
      seat.fill(full_, names_);
      all += seat.size();
    }
    GetParam() == Restart::in_order ? broker.stop() : broker.kill();
    broker.start();
    const auto outside = witness(broker);
    const auto began = Clock::now();
    for (Seat& seat : seats) seat.wait_connected();
    const auto all_there = [&] { return entries(broker) == all; };
    ASSERT_TRUE(eventually(all_there, deadline_in(scaled(std::chrono::seconds(60)))));
    std::cout << all << " entries are there within " << since(began).count() << " ms" << std::endl;
    Seat& victim = seats.at(dice_() % seats.size());
    expect_mourned(*outside, victim.kill());
    victim.start();
  }
}

}  // namespace
}  // namespace lobbyd::integration
