// A broker that says no: to a connection, to filters, to messages (api.md, "Errors").

#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/process.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class BrokerRefusalsTest : public testing::TestWithParam<Upstream> {};
INSTANTIATE_FOR_BOTH_UPSTREAMS(BrokerRefusalsTest);

// A broker that wants the user "daemon" with the password "secret word".
std::unique_ptr<Mosquitto> broker_with_password() {
  auto broker = std::make_unique<Mosquitto>(MosquittoOptions{.allow_anonymous = false}, false);
  const auto file = broker->add_file("passwords", "");
  const auto made = run({.program = "mosquitto_passwd", .arguments = {"-b", file, "daemon", "secret word"}});
  EXPECT_EQ(made.status, ExitStatus{}) << made.errors;
  broker->set_extra_config("password_file " + file + "\n");
  broker->start();
  return broker;
}

// Mosquitto's plugin that, unlike its access lists, can refuse a SUBSCRIBE; empty if it is not installed.
std::string access_plugin() {
  for (const auto& folder : std::filesystem::directory_iterator("/usr/lib")) {
    const auto file = folder.path() / "mosquitto_dynamic_security.so";
    std::error_code ignored;  // not every folder may be looked into
    if (std::filesystem::exists(file, ignored)) return file;
  }
  return {};
}

// Lets everybody do everything but subscribe to "secret/…" and where the presence of the player "secret" stands, and
// publish to "closed/…".
constexpr std::string_view access_rules = R"({
  "defaultACLAccess":
    {"publishClientSend": true, "publishClientReceive": true, "subscribe": true, "unsubscribe": true},
  "clients": [],
  "groups": [{"groupname": "everybody", "roles": [{"rolename": "player"}]}],
  "anonymousGroup": "everybody",
  "roles": [{"rolename": "player", "acls": [
    {"acltype": "subscribePattern", "topic": "secret/#", "allow": false},
    {"acltype": "subscribePattern", "topic": "lobby/presence/secret/#", "allow": false},
    {"acltype": "publishClientSend", "topic": "closed/#", "allow": false}]}]
})";

std::unique_ptr<Mosquitto> broker_with_rules() {
  auto broker = std::make_unique<Mosquitto>(MosquittoOptions{}, false);
  broker->set_extra_config("plugin " + access_plugin() + "\nplugin_opt_config_file " +
                           broker->add_file("rules.json", access_rules) + "\n");
  broker->start();
  return broker;
}

class BrokerRulesTest : public testing::TestWithParam<Upstream> {
 protected:
  void SetUp() override {
    if (access_plugin().empty()) GTEST_SKIP() << "this Mosquitto has no plugin for access rules";
    broker_ = broker_with_rules();
    daemon_ = std::make_unique<Daemon>(DaemonOptions{
        .broker_url = broker_->url(), .config = broker_section(GetParam()) + "[presence]\nmax_watched = 1\n"});
    wait_broker_connected(*daemon_);
  }
  std::unique_ptr<RpcClient> client(const Json& params = Json::object()) {
    auto it = std::make_unique<RpcClient>(daemon_->listen());
    it->connect(params);
    return it;
  }

 private:
  std::unique_ptr<Mosquitto> broker_;
  std::unique_ptr<Daemon> daemon_;
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(BrokerRulesTest);

TEST_P(BrokerRefusalsTest, WrongCredentialsAreAFailureThatIsTold) {
  const auto broker = broker_with_password();
  Daemon daemon({.broker_url = broker->url(),
                 .config = broker_section(GetParam()) + "username = \"daemon\"\npassword = \"wrong\"\n"});
  EXPECT_EQ(http_get(daemon.admin(), "/readyz").status, 503);
  RpcClient it(daemon.listen());
  const auto state = it.connect().at("broker").at("state");
  if (state != "failed") {
    const auto notice =
        it.wait_notification("broker", [](const Json& params) { return params.at("state") == "failed"; });
    EXPECT_FALSE(notice.at("reason").get<std::string>().empty());
    EXPECT_EQ(notice.at("mqtt_reason_code"), 0x87);
    EXPECT_EQ(notice.at("mqtt_reason"), "not_authorized");
  }
  // Waiting helps nobody, so the broker's word comes at once.
  for (const auto& error : {it.refused("publish", {{"topic", "a"}, {"payload", "x"}}),
                            it.refused("subscribe", {{"topic", "a"}}), it.refused("retained.get", {{"topic", "a"}})}) {
    EXPECT_TRUE(is_error(error, 502, "broker_refused"));
    EXPECT_EQ(error.data.at("mqtt_reason_code"), 0x87);
  }
  EXPECT_FALSE(daemon.log().contains("wrong")) << "passwords are not logged";
}

TEST_P(BrokerRefusalsTest, CredentialsComeFromTheConfigurationOrAFile) {
  const auto broker = broker_with_password();
  const auto file = broker->add_file("password", "secret word\n");
  for (const auto& password : {std::string("password = \"secret word\"\n"), "password_file = \"" + file + "\"\n"}) {
    Daemon daemon(
        {.broker_url = broker->url(), .config = broker_section(GetParam()) + "username = \"daemon\"\n" + password});
    wait_broker_connected(daemon);
    EXPECT_FALSE(daemon.log().contains("secret word"));
  }
}

TEST_P(BrokerRulesTest, RefusedFiltersAreNamedByTheirReasonCodes) {
  const auto it = client();
  const auto result = it->call("subscribe", {{"topics", Json::array({"open/a", "secret/a", "open/b"})}, {"qos", 1}});
  ASSERT_EQ(result.at("granted").size(), 3U);
  EXPECT_EQ(result.at("granted").at(0), 1);
  EXPECT_GE(result.at("granted").at(1).get<int>(), 128);
  EXPECT_EQ(result.at("granted").at(2), 1);
  const auto error = it->refused("subscribe", {{"topics", Json::array({"secret/a", "secret/b"})}});
  EXPECT_TRUE(is_error(error, 502, "broker_refused"));
  EXPECT_GE(error.data.at("mqtt_reason_code").get<int>(), 128);
  EXPECT_TRUE(is_error(it->refused("unsubscribe", {{"topic", "secret/a"}}), 404, "not_found"));
  it->call("publish", {{"topic", "open/b"}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it->next_message().at("topic"), "open/b");
}

TEST_P(BrokerRulesTest, APlayerOfWhomTheWatchWasRefusedIsNotWatched) {
  const auto it = client();
  const auto error = it->refused("presence.watch", {{"players", {"secret"}}});
  EXPECT_TRUE(is_error(error, 502, "broker_refused"));
  EXPECT_GE(error.data.at("mqtt_reason_code").get<int>(), 128);
  const auto other = client({{"client_id", "open"}});
  other->call("presence.set", {{"status", "here"}});
  EXPECT_EQ(it->call("presence.watch", {{"players", {"open"}}}).at("players").at(0).at("status"), "here");
}

TEST_P(BrokerRulesTest, RefusedPublishIsToldAndNamed) {
  const auto it = client();
  for (const int qos : {1, 2}) {
    const Json publish = {{"topic", "closed/a"}, {"payload", "x"}, {"qos", qos}};
    if (GetParam() == Upstream::mqtt_3_1_1) {
      EXPECT_EQ(it->call("publish", publish), Json::object()) << "the broker has no word for it";
      continue;
    }
    const auto error = it->refused("publish", publish);
    EXPECT_TRUE(is_error(error, 502, "broker_refused"));
    EXPECT_EQ(error.data.at("mqtt_reason_code"), 135) << "not authorized";
  }
  it->call("publish", {{"topic", "closed/a"}, {"payload", "x"}});
  it->call("publish", {{"topic", "open/a"}, {"payload", "x"}, {"qos", 1}});
}

// What the broker's CONNACK says of its limits is kept to: asking for more would cost everybody the connection.
TEST(BrokerLimitsTest, AreToldAndKept) {
  Mosquitto broker({.extra_config = "max_packet_size 2000\nmax_qos 1\nretain_available false\n"});
  Daemon daemon({.broker_url = broker.url(), .config = broker_section(Upstream::mqtt_5)});
  wait_broker_connected(daemon);
  RpcClient it(daemon.listen());
  RpcClient witness(daemon.listen());
  const auto capabilities = it.connect().at("broker").at("capabilities");
  EXPECT_EQ(capabilities.at("maximum_packet_size"), 2000);
  EXPECT_EQ(capabilities.at("maximum_qos"), 1);
  EXPECT_EQ(capabilities.at("retain"), false);
  witness.connect();
  witness.call("subscribe", {{"topic", "a"}, {"qos", 1}});
  for (const int qos : {0, 1}) {
    const auto error = it.refused("publish", {{"topic", "a"}, {"payload", std::string(2'500, 'x')}, {"qos", qos}});
    EXPECT_TRUE(is_error(error, 413, "too_large"));
  }
  for (const auto& params : {Json{{"topic", "a"}, {"payload", "x"}, {"qos", 2}},
                             Json{{"topic", "a"}, {"payload", "x"}, {"qos", 1}, {"retain", true}}}) {
    const auto error = it.refused("publish", params);
    EXPECT_TRUE(is_error(error, error.code, {})) << params;
    EXPECT_FALSE(error.data.at("temporary").get<bool>()) << params;
  }
  it.call("subscribe", {{"topic", "a"}, {"qos", 2}});
  it.call("publish", {{"topic", "a"}, {"payload", "fits"}, {"qos", 1}});
  EXPECT_EQ(it.next_message().at("payload"), "fits");
  EXPECT_EQ(payloads_of(witness.messages_until_now()), std::vector<std::string>{"fits"});
  EXPECT_TRUE(witness.notifications_until_now("broker").empty()) << "the connection to the broker was lost";
}

TEST(BrokerUrlTest, MqttSchemeAndUnixSocketWork) {
  TemporaryDirectory folder;
  const auto path = (folder.path() / "broker.sock").string();
  Mosquitto broker({.extra_config = "listener 0 " + path + "\nallow_anonymous true\n"});
  for (const auto& url : {"mqtt://" + broker.endpoint().authority(), "unix://" + path}) {
    Daemon daemon({.broker_url = url});
    wait_broker_connected(daemon);
    RpcClient it(daemon.listen());
    it.connect();
    it.call("subscribe", {{"topic", "a"}, {"qos", 1}});
    it.call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}});
    EXPECT_EQ(it.next_message().at("payload"), "x") << url;
  }
}

TEST(SeveralDaemonsTest, ShareOneBroker) {
  Broker broker;
  Daemon first({.broker_url = broker.url()});
  Daemon second({.broker_url = broker.url()});
  for (auto* daemon : {&first, &second}) wait_broker_connected(*daemon);
  RpcClient here(first.listen());
  RpcClient there(second.listen());
  const auto here_instance = here.connect().at("instance");
  EXPECT_NE(here_instance, there.connect({{"will", {{"topic", "will"}, {"payload", "gone"}}}}).at("instance"));
  here.call("subscribe", {{"topic", "#"}, {"qos", 1}});
  there.call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(here.next_message().at("payload"), "x");
  there.socket().reset();
  EXPECT_EQ(here.next_message().at("payload"), "gone");
}

}  // namespace
}  // namespace lobbyd::integration
