// Wills: published when a connection is lost in any way but `disconnect`, a takeover, or a return in time (api.md,
// "Session").

#include "tests/integration/harness/base64.hpp"
#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <signal.h>
#include <string>

namespace lobbyd::integration {
namespace {

class WillsTest : public BothUpstreamsTest {
 protected:
  void SetUp() override {
    BothUpstreamsTest::SetUp();
    witness_ = client();
    witness_->call("subscribe", {{"topic", topic("#")}, {"qos", highest_qos()}});
  }

  // A client that has connected with a will on this test's topic "will".
  std::unique_ptr<RpcClient> mortal(Json will = Json::object(), Json params = Json::object()) {
    if (!will.contains("topic")) will["topic"] = topic("will");
    if (!will.contains("payload") && !will.contains("payload_base64")) will["payload"] = "gone";
    params["will"] = will;
    auto it = std::make_unique<RpcClient>(listen());
    const auto state = it->connect(params).at("will");
    EXPECT_TRUE(state == "registered" || state == "pending") << state;
    return it;
  }

  RpcClient& witness() { return *witness_; }

  // For a test that needs a daemon of its own.
  std::string protocol_config() const { return broker_section(upstream()); }

 private:
  std::unique_ptr<RpcClient> witness_;
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(WillsTest);

TEST_P(WillsTest, KilledSocketPublishesTheWill) {
  auto it = mortal({{"qos", 1}});
  it->socket().reset();
  const auto message = witness().next_message();
  EXPECT_EQ(message.at("topic"), topic("will"));
  EXPECT_EQ(message.at("payload"), "gone");
  EXPECT_EQ(message.at("qos"), 1);
  EXPECT_TRUE(witness().messages_until_now().empty()) << "once";
}

TEST_P(WillsTest, EndedProcessPublishesTheWill) {
  auto it = mortal();
  it->socket().drop();
  EXPECT_EQ(witness().next_message().at("payload"), "gone");
}

// A close frame is no `disconnect`: a browser sends one when its page is left.
TEST_P(WillsTest, CloseFrameAlonePublishesTheWill) {
  auto it = mortal();
  it->socket().close({1000, ""});
  EXPECT_EQ(witness().next_message().at("payload"), "gone");
  auto other = mortal();
  other->socket().close({1001, "page left"});
  EXPECT_EQ(witness().next_message().at("payload"), "gone");
}

TEST_P(WillsTest, FaultThatClosesTheConnectionPublishesTheWill) {
  auto it = mortal();
  it->socket().send_binary("x");
  EXPECT_TRUE(is_closing(it->wait_closed(), 1003));
  EXPECT_EQ(witness().next_message().at("payload"), "gone");
}

TEST_P(WillsTest, PayloadsOfEveryForm) {
  mortal({{"payload", {{"state", "lost"}}}, {"qos", highest_qos()}})->socket().reset();
  auto message = witness().next_message();
  EXPECT_EQ(message.at("payload"), R"({"state":"lost"})");
  EXPECT_EQ(message.at("qos"), highest_qos());
  mortal({{"payload_base64", to_base64("\xff\x00")}})->socket().reset();
  message = witness().next_message();
  EXPECT_EQ(message.at("payload_base64"), to_base64("\xff\x00"));
  EXPECT_EQ(message.at("qos"), 0);
  mortal({{"payload", ""}})->socket().reset();
  EXPECT_EQ(witness().next_message().at("payload"), "");
}

TEST_P(WillsTest, BadPayloadIsRefused) {
  RpcClient it(listen());
  const auto refused = [&](const Json& will) { return it.refused("connect", {{"will", will}}); };
  EXPECT_TRUE(is_error(refused({{"topic", topic("will")}, {"payload_base64", "%"}}), 400, "bad_payload"));
  EXPECT_TRUE(
      is_error(refused({{"topic", topic("will")}, {"payload", "a"}, {"payload_base64", "YQ=="}}), 400, "bad_payload"));
}

TEST_P(WillsTest, DisconnectPublishesNone) {
  auto it = mortal();
  it->call("disconnect");
  EXPECT_TRUE(is_closing(it->wait_closed(), 1000));
  EXPECT_TRUE(witness().messages_until_now().empty());
}

TEST_P(WillsTest, DisconnectMayAskForIt) {
  auto it = mortal();
  it->call("disconnect", {{"will", true}});
  EXPECT_TRUE(is_closing(it->wait_closed(), 1000));
  EXPECT_EQ(witness().next_message().at("payload"), "gone");
  EXPECT_TRUE(witness().messages_until_now().empty()) << "once";
}

TEST_P(WillsTest, DisconnectWithoutAWillHasNoneToPublish) {
  auto it = client();
  it->call("disconnect", {{"will", true}});
  EXPECT_TRUE(witness().messages_until_now().empty());
}

TEST_P(WillsTest, RefusedConnectHasNoWill) {
  RpcClient it(listen());
  it.refused("connect", {{"broker", "other"}, {"will", {{"topic", topic("will")}, {"payload", "gone"}}}});
  it.socket().reset();
  EXPECT_TRUE(witness().messages_until_now().empty());
}

TEST_P(WillsTest, TakeoverIsSilent) {
  const auto name = unique_name("client");
  auto older = mortal({{"payload", "older"}}, {{"client_id", name}});
  auto newer = mortal({{"payload", "newer"}}, {{"client_id", name}});
  EXPECT_TRUE(is_closing(older->wait_closed(), 4409));
  EXPECT_TRUE(witness().messages_until_now().empty());
  newer->socket().reset();
  EXPECT_EQ(payloads_of({witness().next_message()}), std::vector<std::string>{"newer"});
}

TEST_P(WillsTest, TakeoverByOneWithoutAWillLeavesNone) {
  const auto name = unique_name("client");
  auto older = mortal({}, {{"client_id", name}});
  auto newer = client({{"client_id", name}});
  older->wait_closed();
  newer->socket().reset();
  EXPECT_TRUE(witness().messages_until_now().empty());
}

TEST_P(WillsTest, RefusedTakeoverLeavesTheOlderOnesWill) {
  const auto name = unique_name("client");
  auto older = mortal({{"payload", "older"}}, {{"client_id", name}});
  RpcClient newer(listen());
  newer.refused("connect", {{"client_id", name}, {"takeover", false}});
  newer.socket().reset();
  EXPECT_TRUE(witness().messages_until_now().empty());
  older->socket().reset();
  EXPECT_EQ(witness().next_message().at("payload"), "older");
}

TEST_P(WillsTest, DelayIsWaited) {
  auto it = mortal({{"delay", 1}});
  const auto killed = Clock::now();
  it->socket().reset();
  EXPECT_EQ(witness().next_message().at("payload"), "gone");
  EXPECT_GE(Clock::now() - killed, std::chrono::milliseconds(950));
}

TEST_P(WillsTest, ReturnWithinTheDelayIsSilent) {
  const auto name = unique_name("client");
  auto first = mortal({{"delay", 1}, {"payload", "first"}}, {{"client_id", name}});
  first->socket().reset();
  const auto killed = Clock::now();
  auto second = mortal({{"delay", 0}, {"payload", "second"}}, {{"client_id", name}});
  // Another one's will of the same delay, lost later, tells when the first one's would have come.
  auto clock = mortal({{"delay", 1}, {"payload", "clock"}});
  clock->socket().reset();
  EXPECT_EQ(witness().next_message().at("payload"), "clock");
  EXPECT_GE(Clock::now() - killed, std::chrono::seconds(1));
  second->socket().reset();
  EXPECT_EQ(witness().next_message().at("payload"), "second");
  EXPECT_TRUE(witness().messages_until_now().empty());
}

TEST_P(WillsTest, DisconnectAfterAReturnIsSilentToo) {
  const auto name = unique_name("client");
  mortal({{"delay", 1}}, {{"client_id", name}})->socket().reset();
  auto second = client({{"client_id", name}});
  second->call("disconnect");
  auto clock = mortal({{"delay", 1}, {"payload", "clock"}});
  clock->socket().reset();
  EXPECT_EQ(witness().next_message().at("payload"), "clock");
  EXPECT_TRUE(witness().messages_until_now().empty());
}

TEST_P(WillsTest, WillComesAfterTheClientsLastPublish) {
  for (int qos = 0; qos <= highest_qos(); ++qos) {
    auto it = mortal();
    for (int i = 0; i < 100; ++i) {
      it->send_request("publish", {{"topic", topic("work")}, {"payload", std::to_string(i)}, {"qos", qos}});
    }
    it->socket().drop();
    std::vector<std::string> expected;
    for (int i = 0; i < 100; ++i) expected.push_back(std::to_string(i));
    expected.emplace_back("gone");
    EXPECT_EQ(payloads_of(witness().next_messages(101)), expected) << "at QoS " << qos;
  }
}

// At QoS 2 the broker passes on what it was sent only when it is asked to: a will that did not wait for that would
// overtake, and the wrong state would be the one that is kept.
TEST_P(WillsTest, WillComesAfterAPublishThatIsUnansweredYet) {
  for (const int delay : {0, 1}) {
    Stack own(protocol_config());
    const auto own_client = [&](const Json& params) {
      auto it = std::make_unique<RpcClient>(own.daemon.listen());
      it->connect(params);
      return it;
    };
    const Json will = {
        {"topic", "status"}, {"payload", "disconnected"}, {"qos", 1}, {"retain", true}, {"delay", delay}};
    auto player = own_client({{"will", will}});
    auto clock = own_client({});
    own.broker.kill();
    clock->wait_notification("broker");
    player->send_request("publish", {{"topic", "status"}, {"payload", "readytoplay"}, {"qos", 2}, {"retain", true}});
    player->call("ping");
    player->socket().reset();
    const auto due = Clock::now() + std::chrono::seconds(delay) + std::chrono::milliseconds(300);
    EXPECT_TRUE(eventually([&] { return Clock::now() >= due; }));
    own.broker.start();
    wait_broker_connected(own.daemon);
    MqttClient outside(own.broker.endpoint());
    // At QoS 2 a retained copy could come after the live message, by its longer handshake.
    outside.subscribe("status", 1);
    EXPECT_TRUE(eventually([&] { return outside.wait_message().payload == "disconnected"; })) << "delay " << delay;
    // The same will may come twice: live, and as the retained copy that the subscription asks for.
    for (const MqttMessage& later : outside.messages_until_now()) {
      EXPECT_EQ(later.payload, "disconnected") << "delay " << delay;
    }
  }
}

// The pattern of the games that this daemon was made for: a retained will `disconnected`, a retained first message.
TEST_P(WillsTest, PlayerStatusIsRightAfterAKilledSocket) {
  LOBBYD_NEEDS(retained_by_wildcard);
  const auto status = topic("player/status");
  auto player = mortal({{"topic", status}, {"payload", "disconnected"}, {"retain", true}});
  player->call("publish", {{"topic", status}, {"payload", "readytoplay"}, {"retain", true}, {"qos", 1}});
  EXPECT_EQ(witness().next_message().at("payload"), "readytoplay");
  auto during = client();
  during->call("subscribe", {{"topic", topic("+/status")}});
  const auto kept = during->next_message();
  EXPECT_EQ(kept.at("payload"), "readytoplay");
  EXPECT_EQ(kept.at("retain"), true);
  player->socket().reset();
  EXPECT_EQ(witness().next_message().at("payload"), "disconnected");
  EXPECT_EQ(during->next_message().at("payload"), "disconnected");
  auto late = client();
  late->call("subscribe", {{"topic", topic("+/status")}});
  EXPECT_EQ(payloads_of(late->messages_until_now()), std::vector<std::string>{"disconnected"});
  auto outside = mqtt();
  outside->subscribe(status);
  EXPECT_EQ(outside->wait_message().payload, "disconnected");
}

TEST_P(WillsTest, ManyLostAtOnceAreAllMourned) {
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(mortal({{"payload", std::to_string(i)}, {"qos", 1}}));
  for (auto& it : clients) it->socket().reset();
  std::vector<int> payloads;
  for (const auto& payload : payloads_of(witness().next_messages(50))) payloads.push_back(std::stoi(payload));
  std::ranges::sort(payloads);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(payloads[static_cast<std::size_t>(i)], i);
}

// The daemon's end ----------------------------------------------------------------------------------------------------

class StoppedDaemonTest : public testing::TestWithParam<int> {
 protected:
  static std::unique_ptr<RpcClient> mortal(Stack& stack, const std::string& topic, int delay) {
    auto it = std::make_unique<RpcClient>(stack.daemon.listen());
    it->connect({{"will", {{"topic", topic}, {"payload", "gone"}, {"qos", 1}, {"retain", true}, {"delay", delay}}}});
    return it;
  }
  // `count` of them at least: a broker may send them on its own time.
  static std::set<std::string> retained(const Broker& broker, const std::string& filter, std::size_t count) {
    MqttClient outside(broker.endpoint());
    outside.subscribe(filter);
    outside.wait_received(count);
    std::set<std::string> topics;
    for (const auto& message : outside.messages_until_now()) topics.insert(message.topic);
    return topics;
  }
  static std::string config() { return "[drain]\nseconds = " + std::to_string(GetParam()) + "\n"; }
};
INSTANTIATE_TEST_SUITE_P(, StoppedDaemonTest, testing::Values(0, 4), [](const testing::TestParamInfo<int>& drain) {
  return "DrainOf" + std::to_string(drain.param);
});

TEST_P(StoppedDaemonTest, PublishesTheWillsOfThoseConnectedThatAreDue) {
  LOBBYD_NEEDS(retained_by_wildcard);
  Stack stack(config());
  std::vector<std::unique_ptr<RpcClient>> clients;
  std::set<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    const std::string topic = "will/" + std::to_string(i);
    // Those that are to wait are left to another daemon, or to this one's next start.
    const bool waits = i % 2 == 1;
    clients.push_back(mortal(stack, topic, waits ? 3600 : 0));
    if (!waits) expected.insert(topic);
  }
  EXPECT_EQ(stack.daemon.terminate(), ExitStatus{});
  EXPECT_EQ(retained(stack.broker, "will/#", expected.size()), expected);
}

TEST_P(StoppedDaemonTest, PublishesTheWillsThatWaitForThePublishesBeforeThem) {
  LOBBYD_NEEDS(retained_by_wildcard);
  Stack stack(config());
  auto first = mortal(stack, "will/0", 0);
  auto second = mortal(stack, "will/1", 0);
  stack.broker.freeze();
  for (auto* it : {&first, &second}) {
    (*it)->send_request("publish", {{"topic", "work"}, {"payload", "last"}, {"qos", 2}});
    (*it)->call("ping");
  }
  stack.daemon.signal(SIGTERM);
  for (auto* it : {&first, &second}) (*it)->wait_closed();
  stack.broker.thaw();
  EXPECT_EQ(stack.daemon.wait(), ExitStatus{});
  EXPECT_EQ(retained(stack.broker, "will/#", 2), (std::set<std::string>{"will/0", "will/1"}));
}

}  // namespace
}  // namespace lobbyd::integration
