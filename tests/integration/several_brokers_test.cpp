// Brokers that clients choose: by name, by URL, and with credentials of their own (api.md, "connect").

#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/process.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace lobbyd::integration {
namespace {

bool wait_for_log(Daemon& daemon, const std::string& text) {
  return daemon.log_reader().wait_line(text).has_value();
}

// Both are reached in the way of this run.
std::string with_second(const std::string& url) {
  const std::string trust = has_tls(default_carrier()) ? "ca_file = \"" + authority().file() + "\"\n" : "";
  return (trust.empty() ? "" : "[broker]\n" + trust) + "[brokers.second]\nurl = \"" + url + "\"\n" + trust;
}

std::unique_ptr<Mosquitto> broker_with_users() {
  auto broker = std::make_unique<Mosquitto>(MosquittoOptions{.allow_anonymous = false}, false);
  const auto file = broker->add_file("passwords", "");
  for (const auto& [user, password] : {std::pair{"alice", "wonder land"}, std::pair{"daemon", "secret word"}}) {
    const auto made = run({.program = "mosquitto_passwd", .arguments = {"-b", file, user, password}});
    EXPECT_EQ(made.status, ExitStatus{}) << made.errors;
  }
  const auto access =
      broker->add_file("access", "user daemon\ntopic readwrite #\nuser alice\ntopic readwrite alice/#\n");
  broker->set_extra_config("password_file " + file + "\nacl_file " + access + "\n");
  broker->start();
  return broker;
}

TEST(SeveralBrokersTest, AClientChoosesByName) {
  Broker main;
  Broker second;
  Daemon daemon({.broker_url = main.url(), .config = with_second(second.url())});
  wait_broker_connected(daemon);
  RpcClient here(daemon.listen());
  EXPECT_EQ(here.connect().at("broker").at("name"), "main");
  RpcClient there(daemon.listen());
  const Json result = there.connect({{"broker", "second"}});
  EXPECT_EQ(result.at("broker").at("name"), "second");
  EXPECT_EQ(result.at("broker").at("state"), "connected") << "the first client waits until the broker was tried";

  // Nothing passes from the one to the other.
  here.call("subscribe", {{"topic", "#"}});
  there.call("subscribe", {{"topic", "#"}});
  there.call("publish", {{"topic", "t"}, {"payload", "second"}});
  EXPECT_EQ(there.next_message().at("payload"), "second");
  here.call("publish", {{"topic", "t"}, {"payload", "main"}});
  EXPECT_EQ(here.next_message().at("payload"), "main");
  EXPECT_TRUE(there.notifications_until_now("message").empty());
}

TEST(SeveralBrokersTest, AnUnknownNameIsNotFound) {
  Stack stack;
  RpcClient it(stack.daemon.listen());
  EXPECT_TRUE(is_error(it.refused("connect", {{"broker", "second"}}), 404, "not_found"));
  EXPECT_EQ(it.connect({{"broker", "main"}}).at("broker").at("name"), "main") << "the connection can go on";
}

TEST(SeveralBrokersTest, ABrokerThatIsAwayIsToldAndComesBack) {
  Broker main;
  Broker second({}, false);
  Daemon daemon({.broker_url = main.url(), .config = with_second(second.url())});
  RpcClient it(daemon.listen());
  EXPECT_EQ(it.connect({{"broker", "second"}}).at("broker").at("state"), "connecting");
  second.start();
  const Json notice =
      it.wait_notification("broker", [](const Json& params) { return params.at("state") == "connected"; });
  EXPECT_EQ(notice.at("name"), "second");
  second.stop();
  it.wait_notification("broker", [](const Json& params) { return params.at("state") == "disconnected"; });
}

TEST(SeveralBrokersTest, WhatIsSentBehindConnectWaitsForIt) {
  Broker main;
  Broker second;
  Daemon daemon({.broker_url = main.url(), .config = with_second(second.url())});
  RpcClient it(daemon.listen());
  const auto connect = it.send_request("connect", {{"broker", "second"}});
  const auto subscribe = it.send_request("subscribe", {{"topic", "t"}});
  const auto publish = it.send_request("publish", {{"topic", "t"}, {"payload", "x"}});
  for (const auto id : {connect, subscribe, publish}) {
    EXPECT_TRUE(it.wait_answer(id).contains("result"));
  }
  EXPECT_EQ(it.next_message().at("payload"), "x");
}

TEST(SeveralBrokersTest, ConnectionsBeginWithTheFirstClientAndEndWhenIdle) {
  Broker main;
  Broker second;
  Daemon daemon({.broker_url = main.url(), .config = "[limits]\npool_idle_seconds = 0\n" + with_second(second.url())});
  wait_broker_connected(daemon);
  EXPECT_FALSE(daemon.log().contains("broker " + second.url()));
  {
    RpcClient one(daemon.listen());
    one.connect({{"broker", "second"}});
    RpcClient other(daemon.listen());
    other.connect({{"broker", "second"}});
    one.call("disconnect");
    one.wait_closed();
    EXPECT_TRUE(other.call("publish", {{"topic", "t"}, {"payload", "x"}, {"qos", 1}}).is_object());
    EXPECT_FALSE(daemon.log().contains("no client uses it any more"));
  }
  EXPECT_TRUE(wait_for_log(daemon, "broker second: no client uses it any more"));
  RpcClient again(daemon.listen());
  EXPECT_EQ(again.connect({{"broker", "second"}}).at("broker").at("state"), "connected");
}

TEST(SeveralBrokersTest, ADelayedWillKeepsItsBrokersConnections) {
  Broker main;
  Broker second;
  Daemon daemon({.broker_url = main.url(), .config = "[limits]\npool_idle_seconds = 0\n" + with_second(second.url())});
  MqttClient watcher(second.endpoint());
  watcher.subscribe("status");
  auto client = std::make_unique<RpcClient>(daemon.listen());
  client->connect({{"broker", "second"}, {"will", {{"topic", "status"}, {"payload", "gone"}, {"delay", 1}}}});
  client.reset();
  EXPECT_EQ(watcher.wait_message().payload, "gone");
  EXPECT_TRUE(wait_for_log(daemon, "no client uses it any more"));
}

TEST(SeveralBrokersTest, AWillGoesToTheClientsOwnBroker) {
  Broker main;
  Broker second;
  Daemon daemon({.broker_url = main.url(), .config = with_second(second.url())});
  MqttClient watcher(second.endpoint());
  watcher.subscribe("status");
  RpcClient it(daemon.listen());
  it.connect({{"broker", "second"}, {"will", {{"topic", "status"}, {"payload", "gone"}}}});
  EXPECT_EQ(daemon.terminate(), ExitStatus{});
  EXPECT_EQ(watcher.wait_message().payload, "gone") << "a daemon that stops sends the wills of all its brokers";
}

TEST(SeveralBrokersTest, TheSameClientOnAnotherBrokerTakesOver) {
  Broker main;
  Broker second;
  Daemon daemon({.broker_url = main.url(), .config = with_second(second.url())});
  RpcClient older(daemon.listen());
  older.connect({{"client_id", "me"}});
  RpcClient newer(daemon.listen());
  newer.connect({{"client_id", "me"}, {"broker", "second"}});
  EXPECT_EQ(older.wait_closed().code, 4409);
}

// By URL --------------------------------------------------------------------------------------------------------------

std::string allowing(const std::string& patterns) {
  return "[auth]\nbroker_urls = [" + patterns + "]\n";
}

TEST(BrokersByUrlTest, NoneIsAllowedByDefault) {
  Stack stack;
  RpcClient it(stack.daemon.listen());
  for (const std::string& url : {stack.broker.url(), std::string("wss://broker.example.org"), std::string("a:b")}) {
    EXPECT_TRUE(is_error(it.refused("connect", {{"broker", url}}), 403, "forbidden")) << url;
  }
}

TEST(BrokersByUrlTest, OneThatThePatternNamesIsUsed) {
  Broker main;
  Broker second({.carrier = Carrier::tcp});
  Daemon daemon({.broker_url = main.url(), .config = allowing("\"tcp://127.0.0.1:*\"")});
  RpcClient it(daemon.listen());
  const Json result = it.connect({{"broker", second.url()}});
  EXPECT_EQ(result.at("broker").at("name"), second.url());
  EXPECT_EQ(result.at("broker").at("state"), "connected");
  it.call("subscribe", {{"topic", "t"}});
  MqttClient(second.endpoint()).publish("t", "x");
  EXPECT_EQ(it.next_message().at("payload"), "x");
}

TEST(BrokersByUrlTest, EverythingElseIsForbidden) {
  Stack stack(allowing("\"tcp://127.0.0.1:1\", \"wss://*.example.org\""));
  RpcClient it(stack.daemon.listen());
  for (const std::string url :
       {"tcp://127.0.0.1:2", "tcp://127.0.0.2:1", "ssl://127.0.0.1:1", "wss://example.org", "wss://a.example.org:1",
        "wss://a.example.org/admin", "unix:///run/broker.sock", "embedded:", "http://a.example.org", "tcp://",
        "wss://u:p@a.example.org", "wss://a.example.org@127.0.0.1", "wss://127.0.0.1#.example.org"}) {
    EXPECT_TRUE(is_error(it.refused("connect", {{"broker", url}}), 403, "forbidden")) << url;
  }
}

TEST(BrokersByUrlTest, AStarLeadsToNoPrivateAddress) {
  Broker main;
  Broker second({.carrier = Carrier::tcp});
  const std::string port = std::to_string(second.endpoint().port);
  Daemon daemon({.broker_url = main.url(), .config = allowing("\"tcp://*:*\"")});
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]"}) {
    RpcClient it(daemon.listen());
    const auto error = it.refused("connect", {{"broker", "tcp://" + host + ":" + port}});
    EXPECT_TRUE(is_error(error, 403, "forbidden")) << host;
    EXPECT_NE(error.message.find("private address"), std::string::npos) << error.message;
  }
}

// What a broker of a client's choice sends must not fill the memory of all.
TEST(BrokersByUrlTest, ReadLessThanAConfiguredBrokerMayBring) {
  LOBBYD_NEEDS(retained_by_wildcard);
  constexpr int messages = 18;
  const std::string large(1U << 20U, 'x');
  Broker main;
  Broker second({.carrier = Carrier::tcp});
  {
    MqttClient filler(second.endpoint());
    for (int number = 0; number < messages; ++number) {
      filler.publish("large/" + std::to_string(number), large, 0, true);
    }
  }
  Daemon daemon({.broker_url = main.url(),
                 .config = allowing("\"tcp://127.0.0.1:*\"") + "[limits]\nmax_message_bytes = 2097152\n" +
                           "[brokers.second]\nurl = \"" + second.url() + "\"\n"});
  const auto complete = [&](const std::string& broker) {
    RpcClient it(daemon.listen());
    it.connect({{"broker", broker}});
    return it.call("subscribe", {{"topic", "large/#"}}).at("retained").at("complete");
  };
  EXPECT_NE(complete("second"), "truncated");
  EXPECT_EQ(complete(second.url()), "truncated");
}

TEST(BrokersByUrlTest, TheirNumberIsLimited) {
  Broker main;
  Broker second({.carrier = Carrier::tcp});
  Daemon daemon({.broker_url = main.url(), .config = allowing("\"tcp://127.0.0.1:*\"") + "[limits]\nmax_pools = 1\n"});
  RpcClient one(daemon.listen());
  one.connect({{"broker", second.url()}});
  RpcClient same(daemon.listen());
  same.connect({{"broker", second.url()}});
  RpcClient other(daemon.listen());
  const auto error = other.refused("connect", {{"broker", "tcp://127.0.0.1:1"}});
  EXPECT_TRUE(is_error(error, 429, "too_many"));
  EXPECT_EQ(error.data.at("limit"), 1);
}

// With credentials of the client's own
// ----------------------------------------------------------------------------------

class OwnCredentialsTest : public testing::TestWithParam<Upstream> {
 protected:
  OwnCredentialsTest()
      : broker_(broker_with_users()),
        daemon_({.broker_url = broker_->url(),
                 .config = broker_section(GetParam()) + "username = \"daemon\"\npassword = \"secret word\"\n"}) {
    wait_broker_connected(daemon_);
  }

  std::unique_ptr<Mosquitto> broker_;
  Daemon daemon_;
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(OwnCredentialsTest);

TEST_P(OwnCredentialsTest, AreThoseOfTheClientsConnection) {
  RpcClient alice(daemon_.listen());
  EXPECT_EQ(alice.connect({{"username", "alice"}, {"password", "wonder land"}}).at("broker").at("state"), "connected");
  RpcClient other(daemon_.listen());
  other.connect();
  alice.call("subscribe", {{"topic", "#"}, {"qos", 1}});
  // Alice may see her own topics alone, as the broker's access list says; the daemon's user may see all.
  other.call("publish", {{"topic", "bob/1"}, {"payload", "not for alice"}, {"qos", 1}});
  other.call("publish", {{"topic", "alice/1"}, {"payload", "for alice"}, {"qos", 1}});
  EXPECT_EQ(alice.next_message().at("payload"), "for alice");
  EXPECT_TRUE(alice.notifications_until_now("message").empty());
  EXPECT_FALSE(daemon_.log().contains("wonder land"));
}

TEST_P(OwnCredentialsTest, WrongOnesAreRefusedWithTheBrokersReason) {
  RpcClient it(daemon_.listen());
  for (const Json& credentials : {Json{{"username", "alice"}, {"password", "hunter2"}}, Json{{"username", "nobody"}}}) {
    const auto error = it.refused("connect", credentials);
    EXPECT_TRUE(is_error(error, 502, "broker_refused"));
    // MQTT 3.1.1 has two return codes for it, and Mosquitto chooses this one.
    EXPECT_EQ(error.data.at("mqtt_reason_code"), 0x87) << error.message;
    EXPECT_EQ(error.data.at("mqtt_reason"), "not_authorized");
  }
  EXPECT_FALSE(daemon_.log().contains("hunter2"));
  EXPECT_EQ(it.connect({{"username", "alice"}, {"password", "wonder land"}}).at("broker").at("state"), "connected");
}

TEST_P(OwnCredentialsTest, EndWithTheirClient) {
  auto alice = std::make_unique<RpcClient>(daemon_.listen());
  alice->connect({{"username", "alice"},
                  {"password", "wonder land"},
                  {"will", {{"topic", "alice/gone"}, {"payload", "by alice"}}}});
  RpcClient watcher(daemon_.listen());
  watcher.connect();
  watcher.call("subscribe", {{"topic", "alice/gone"}});
  alice.reset();
  EXPECT_EQ(watcher.next_message().at("payload"), "by alice");
  EXPECT_TRUE(wait_for_log(daemon_, "no client uses it any more"));
}

TEST_P(OwnCredentialsTest, SurviveARestartOfTheBroker) {
  RpcClient alice(daemon_.listen());
  alice.connect({{"username", "alice"}, {"password", "wonder land"}});
  alice.call("subscribe", {{"topic", "alice/#"}});
  broker_->stop();
  alice.wait_notification("broker", [](const Json& params) { return params.at("state") == "disconnected"; });
  broker_->start();
  alice.wait_notification("broker", [](const Json& params) { return params.at("state") == "connected"; });
  alice.call("publish", {{"topic", "alice/1"}, {"payload", "again"}, {"qos", 1}});
  EXPECT_EQ(alice.next_message().at("payload"), "again");
}

TEST_P(OwnCredentialsTest, DoNotShareTheMarksOfOthers) {
  RpcClient one(daemon_.listen());
  one.connect({{"username", "alice"}, {"password", "wonder land"}});
  RpcClient two(daemon_.listen());
  two.connect({{"username", "alice"}, {"password", "wonder land"}});
  one.call("publish", {{"topic", "alice/kept"}, {"payload", "x"}, {"retain", true}, {"qos", 1}});
  for (RpcClient* client : {&one, &two}) {
    // Her access list does not let her use the daemon's own topics, so the set has no proven end.
    const Json result = client->call("subscribe", {{"topic", "alice/#"}});
    EXPECT_EQ(result.at("retained").at("count"), 1);
    EXPECT_EQ(result.at("retained").at("complete"), "settled");
  }
}

}  // namespace
}  // namespace lobbyd::integration
