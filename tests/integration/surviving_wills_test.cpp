// Wills outlive the daemon that serves their clients: daemons that are killed, that stand still, and that share a
// broker which forgets (docs/guarantees.md, "Wills").

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/stack.hpp"
#include "tests/integration/harness/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <signal.h>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

using Clients = std::vector<std::unique_ptr<RpcClient>>;

// That others have to find out about a death, and take their turns.
Deadline death_deadline() {
  return deadline_in(scaled(std::chrono::seconds(15)));
}

// A daemon that stood still has to be found out by its keep alive, or has to come back.
Deadline silence_deadline() {
  return deadline_in(scaled(std::chrono::seconds(40)));
}

class SurvivingWillsTest : public testing::TestWithParam<Upstream> {
 protected:
  void SetUp() override { LOBBYD_NEEDS(retained_by_wildcard); }

  static std::string config() { return broker_section(GetParam()) + "keepalive = 5\n"; }
  static DaemonOptions options(const Broker& broker) { return {.broker_url = broker.url(), .config = config()}; }
  static std::unique_ptr<Daemon> daemon(const Broker& broker) {
    auto started = std::make_unique<Daemon>(options(broker));
    wait_broker_connected(*started);
    return started;
  }

  // A client whose will goes to the topic of its name.
  static std::unique_ptr<RpcClient> mortal(const Daemon& daemon, const std::string& name, int delay = 0) {
    auto it = std::make_unique<RpcClient>(daemon.listen());
    const Json will = {{"topic", "mourned/" + name}, {"payload", "gone"}, {"qos", 1}, {"delay", delay}};
    EXPECT_EQ(it->connect({{"client_id", name}, {"will", will}}).at("will"), "registered") << name;
    return it;
  }
  static Clients mortals(const Daemon& daemon, const std::string& prefix, int count) {
    Clients clients;
    for (int i = 0; i < count; ++i) clients.push_back(mortal(daemon, prefix + std::to_string(i)));
    return clients;
  }
  static std::set<std::string> topics(const std::string& prefix, int count) {
    std::set<std::string> topics;
    for (int i = 0; i < count; ++i) topics.insert("mourned/" + prefix + std::to_string(i));
    return topics;
  }
  static std::unique_ptr<MqttClient> witness(const Broker& broker) {
    auto it = std::make_unique<MqttClient>(broker.endpoint());
    it->subscribe("mourned/#", 1);
    return it;
  }
  // Exactly these wills, each once.
  static void expect_mourned(MqttClient& witness, const std::set<std::string>& expected, Deadline deadline) {
    std::multiset<std::string> seen;
    while (seen.size() < expected.size()) seen.insert(witness.wait_message({}, deadline).topic);
    for (const MqttMessage& message : witness.messages_until_now()) seen.insert(message.topic);
    EXPECT_EQ(seen, std::multiset<std::string>(expected.begin(), expected.end()));
  }
  static std::optional<std::string> entry(const Broker& broker, const std::string& name) {
    MqttClient outside(broker.endpoint());
    outside.subscribe("lobby/will/" + name);
    const auto messages = outside.messages_until_now();
    return messages.empty() ? std::nullopt : std::optional(messages.front().payload);
  }
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(SurvivingWillsTest);

TEST_P(SurvivingWillsTest, TheOnlyDaemonPublishesThemAtItsNextStart) {
  Broker broker;
  const TemporaryDirectory data;
  DaemonOptions same = options(broker);
  same.data_directory = data.path();
  auto first = std::make_unique<Daemon>(same);
  wait_broker_connected(*first);
  const Clients clients = mortals(*first, "c", 20);
  mortal(*first, "left")->call("disconnect");
  const auto outside = witness(broker);
  first->kill();
  EXPECT_TRUE(outside->messages_until_now().empty());
  const Daemon second(same);
  expect_mourned(*outside, topics("c", 20), death_deadline());
  EXPECT_TRUE(eventually([&] { return !entry(broker, "c0"); }));
}

TEST_P(SurvivingWillsTest, TheOthersPublishThoseOfADaemonThatWasKilled) {
  Broker broker;
  std::vector<std::unique_ptr<Daemon>> daemons;
  std::vector<Clients> clients;
  for (const char* prefix : {"a", "b", "c"}) {
    daemons.push_back(daemon(broker));
    clients.push_back(mortals(*daemons.back(), prefix, 10));
  }
  const auto outside = witness(broker);
  daemons[1]->kill();
  expect_mourned(*outside, topics("b", 10), death_deadline());
}

TEST_P(SurvivingWillsTest, AnOrderlyRestartOfTheBrokerMournsNobody) {
  LOBBYD_NEEDS(retained_after_restart);
  Broker broker({.persistence = true});
  const auto first = daemon(broker);
  const auto second = daemon(broker);
  const auto here = mortal(*first, "here");
  const auto there = mortal(*second, "there");
  broker.stop();
  broker.start();
  const auto outside = witness(broker);
  for (auto* it : {first.get(), second.get()}) wait_broker_connected(*it);
  EXPECT_EQ(mortal(*second, "later")->call("ping").count("time"), 1U);
  expect_mourned(*outside, {"mourned/later"}, death_deadline());
  first->kill();
  expect_mourned(*outside, {"mourned/here"}, death_deadline());
}

TEST_P(SurvivingWillsTest, WhatTheBrokerForgetsIsWrittenAgain) {
  Broker broker;
  const auto first = daemon(broker);
  const auto second = daemon(broker);
  const auto it = mortal(*first, "it");
  broker.kill();
  broker.start();
  const auto outside = witness(broker);
  EXPECT_TRUE(eventually([&] { return entry(broker, "it").has_value(); }, silence_deadline()));
  wait_broker_connected(*second);
  first->kill();
  expect_mourned(*outside, {"mourned/it"}, silence_deadline());
}

TEST_P(SurvivingWillsTest, WhoComesToAnotherDaemonInTimeIsNotMourned) {
  Broker broker;
  const auto first = daemon(broker);
  const auto second = daemon(broker);
  const auto outside = witness(broker);
  mortal(*first, "mover", 2)->socket().reset();
  RpcClient moved(second->listen());
  moved.connect({{"client_id", "mover"}});
  mortal(*first, "clock", 2)->socket().reset();
  expect_mourned(*outside, {"mourned/clock"}, death_deadline());
}

TEST_P(SurvivingWillsTest, AKilledDaemonsClientsMayComeToAnotherInTime) {
  Broker broker;
  const auto first = daemon(broker);
  const auto second = daemon(broker);
  const auto outside = witness(broker);
  const auto before = mortal(*first, "mover", 3);
  const auto clock = mortal(*first, "clock", 4);
  first->kill();
  const auto after = mortal(*second, "mover");
  expect_mourned(*outside, {"mourned/clock"}, death_deadline());
}

TEST_P(SurvivingWillsTest, AClientHasOneConnectionAtAllDaemonsTogether) {
  Broker broker;
  const auto first = daemon(broker);
  const auto second = daemon(broker);
  const auto outside = witness(broker);
  const auto older = mortal(*first, "it");
  RpcClient refused(second->listen());
  EXPECT_TRUE(is_error(refused.refused("connect", {{"client_id", "it"}, {"takeover", false}}), 409, "conflict"));
  const auto newer = mortal(*second, "it");
  EXPECT_TRUE(is_closing(older->wait_closed(), 4409));
  EXPECT_TRUE(outside->messages_until_now().empty());
  newer->socket().reset();
  expect_mourned(*outside, {"mourned/it"}, death_deadline());
}

TEST_P(SurvivingWillsTest, ConnectionsThatFightOverAnIdAreSlowedDown) {
  Broker broker;
  const auto first = daemon(broker);
  const auto second = daemon(broker);
  std::unique_ptr<RpcClient> here;
  std::unique_ptr<RpcClient> there;
  for (int round = 0; round < 6; ++round) {
    here = mortal(*first, "it");
    if (there) {
      EXPECT_TRUE(is_closing(there->wait_closed(), 4409));
    }
    there = mortal(*second, "it");
    EXPECT_TRUE(is_closing(here->wait_closed(), 4409));
  }
  EXPECT_TRUE(first->log_reader().wait_line("take the client id \"it\" over from each other"));
  const auto began = Clock::now();
  here = mortal(*first, "it");
  EXPECT_GE(Clock::now() - began, std::chrono::milliseconds(400));
}

TEST_P(SurvivingWillsTest, ADaemonThatStoodStillTellsItsClients) {
  Broker broker;
  const auto first = daemon(broker);
  const auto second = daemon(broker);
  const auto it = mortal(*first, "it");
  const auto outside = witness(broker);
  first->signal(SIGSTOP);
  expect_mourned(*outside, {"mourned/it"}, silence_deadline());
  EXPECT_TRUE(eventually([&] { return !entry(broker, "it"); }));
  first->signal(SIGCONT);
  const auto notice = it->wait_notification(
      "broker", [](const Json& params) { return params.contains("wills_published"); }, silence_deadline());
  EXPECT_EQ(notice.at("wills_published"), true);
  EXPECT_EQ(notice.at("state"), "connected");
  EXPECT_TRUE(eventually([&] { return entry(broker, "it").has_value(); }));
  it->call("disconnect");
  EXPECT_TRUE(outside->messages_until_now().empty());
}

TEST_P(SurvivingWillsTest, ABrokerThatDoesNotAnswerIsNotWaitedForForLong) {
  Broker broker;
  const auto first = daemon(broker);
  broker.freeze();
  RpcClient it(first->listen());
  const Json will = {{"topic", "mourned/it"}, {"payload", "gone"}};
  EXPECT_EQ(it.connect({{"client_id", "it"}, {"will", will}}).at("will"), "pending");
  broker.thaw();
  EXPECT_TRUE(eventually([&] { return entry(broker, "it").has_value(); }, silence_deadline()));
}

TEST_P(SurvivingWillsTest, ADaemonDoesNotServeUnderTheNameOfAnother) {
  Broker broker;
  DaemonOptions named = options(broker);
  named.config = "[instance]\nname = \"same\"\n" + config();
  const Daemon first(named);
  EXPECT_TRUE(eventually([&] {
    MqttClient outside(broker.endpoint());
    outside.subscribe("lobby/instance/same");
    return !outside.messages_until_now().empty();
  }));
  Daemon second(named);
  const auto status = second.wait();
  EXPECT_TRUE(status && *status != ExitStatus{});
  EXPECT_TRUE(second.log().contains("another daemon named \"same\"")) << second.log();
}

}  // namespace
}  // namespace lobbyd::integration
