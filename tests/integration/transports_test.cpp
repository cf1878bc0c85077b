// Every way to a broker: TCP, TLS, WebSocket, WebSocket over TLS (docs/configuration.md, "broker.url").

#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <signal.h>
#include <string>
#include <tuple>
#include <vector>

namespace lobbyd::integration {
namespace {

class CarrierTest : public testing::TestWithParam<std::tuple<Carrier, Upstream>> {
 protected:
  static BrokerOptions broker() { return {.carrier = std::get<Carrier>(GetParam()), .kind = BrokerKind::mosquitto}; }
  static std::string config() { return broker_section(std::get<Upstream>(GetParam())); }
};

std::string carrier_test_name(const testing::TestParamInfo<std::tuple<Carrier, Upstream>>& info) {
  return name(std::get<Carrier>(info.param)) +
         (std::get<Upstream>(info.param) == Upstream::mqtt_5 ? "_mqtt_5" : "_mqtt_3_1_1");
}

INSTANTIATE_TEST_SUITE_P(, CarrierTest,
                         testing::Combine(testing::Values(Carrier::tcp, Carrier::tls, Carrier::websocket,
                                                          Carrier::websocket_tls),
                                          testing::Values(Upstream::mqtt_5, Upstream::mqtt_3_1_1)),
                         carrier_test_name);

TEST_P(CarrierTest, CarriesEveryQosBothWaysAndLargeMessages) {
  Stack stack(config(), broker());
  RpcClient it(stack.daemon.listen(), {});
  it.connect({{"max_message_bytes", 10'000'000}});
  it.call("subscribe", {{"topic", "game/#"}, {"qos", 2}});
  MqttClient outside(stack.broker.endpoint());
  for (const int qos : {0, 1, 2}) {
    outside.publish("game/in", "qos " + std::to_string(qos), qos);
    EXPECT_EQ(it.next_message().at("payload"), "qos " + std::to_string(qos));
    it.call("publish", {{"topic", "game/out"}, {"payload", "out"}, {"qos", qos}});
    EXPECT_EQ(it.next_message().at("qos"), qos);
  }
  // Mosquitto 2.0 writes some 50 KB a second to a WebSocket: a few KB at each turn of its loop.
  const Carrier carrier = std::get<Carrier>(GetParam());
  const bool slow = carrier == Carrier::websocket || carrier == Carrier::websocket_tls;
  const std::size_t large = slow ? 70'000 : 3'000'000;
  outside.publish("game/large", std::string(large, 'x'), 1);
  EXPECT_EQ(it.next_message().at("payload").get<std::string>().size(), large);
  it.call("publish", {{"topic", "game/large"}, {"payload", std::string(60'000, 'y')}, {"qos", 1}});
  EXPECT_EQ(it.next_message().at("payload").get<std::string>().size(), 60'000U);
}

TEST_P(CarrierTest, ManyMessagesArriveOnceAndInOrder) {
  Stack stack(config(), broker());
  RpcClient it(stack.daemon.listen());
  it.connect();
  it.call("subscribe", {{"topic", "many"}, {"qos", 1}});
  constexpr int count = 1'000;
  for (int i = 0; i < count; ++i) {
    it.send_request("publish", {{"topic", "many"}, {"payload", std::to_string(i)}, {"qos", 1}});
  }
  const auto messages = it.next_messages(count);
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(messages[static_cast<std::size_t>(i)].at("payload"), std::to_string(i));
  }
}

TEST_P(CarrierTest, ComesBackAfterTheBroker) {
  Stack stack(config(), broker());
  RpcClient it(stack.daemon.listen());
  it.connect();
  it.call("subscribe", {{"topic", "after"}, {"qos", 1}});
  stack.broker.kill();
  it.wait_notification("broker", [](const Json& params) { return params.at("state") == "disconnected"; });
  stack.broker.start();
  it.wait_notification(
      "broker", [](const Json& params) { return params.at("state") == "connected"; },
      deadline_in(scaled(std::chrono::seconds(30))));
  MqttClient(stack.broker.endpoint()).publish("after", "back", 1);
  EXPECT_EQ(it.next_message().at("payload"), "back");
}

TEST_P(CarrierTest, ABrokerThatIsNoneIsTriedAgainAndSaidToBe) {
  // What listens there speaks another protocol than the URL says.
  Mosquitto other({.carrier = Carrier::tcp});
  const Carrier carrier = std::get<Carrier>(GetParam());
  const std::string scheme = carrier == Carrier::tls ? "ssl://" : carrier == Carrier::websocket ? "ws://" : "wss://";
  Daemon http({.broker_url = other.url()});
  const std::string target =
      carrier == Carrier::tcp ? "tcp://" + http.listen().authority() : scheme + other.endpoint().authority();
  Daemon daemon({.broker_url = target, .config = config()});
  EXPECT_TRUE(eventually([&] { return daemon.log().find("next try in") != std::string::npos; })) << daemon.log();
  EXPECT_EQ(http_get(daemon.admin(), "/readyz").status, 503);
}

class TlsBrokerTest : public testing::Test {
 protected:
  static std::string trusting(const std::string& file) { return "[broker]\nca_file = \"" + file + "\"\n"; }

  TemporaryDirectory directory_;
  test::Authority other_{directory_.path(), "other"};
};

TEST_F(TlsBrokerTest, AnAuthorityThatIsNotTrustedIsNamedInTheLog) {
  Mosquitto broker({.carrier = Carrier::tls});
  Daemon daemon({.broker_url = broker.url(), .config = trusting(other_.file())});
  EXPECT_TRUE(eventually([&] {
    return daemon.log().find("give the authority that signed it as ca_file") != std::string::npos;
  })) << daemon.log();
  EXPECT_EQ(http_get(daemon.admin(), "/readyz").status, 503);
}

TEST_F(TlsBrokerTest, TheFilesAreReadAgainOnSighup) {
  Mosquitto broker({.carrier = Carrier::tls});
  const auto file = directory_.path() / "trusted.pem";
  std::filesystem::copy_file(other_.file(), file);
  Daemon daemon({.broker_url = broker.url(), .config = trusting(file.string())});
  std::filesystem::copy_file(authority().file(), file, std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(http_get(daemon.admin(), "/readyz").status, 503);
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return http_get(daemon.admin(), "/readyz").status == 200; },
                         deadline_in(scaled(std::chrono::seconds(60)))))
      << daemon.log();
}

TEST_F(TlsBrokerTest, WithoutVerificationItConnectsAndWarns) {
  Mosquitto broker({.carrier = Carrier::tls});
  Daemon daemon({.broker_url = broker.url(), .config = trusting(other_.file()) + "verify = false\n"});
  wait_broker_connected(daemon);
  EXPECT_NE(daemon.log().find("broker.verify is false"), std::string::npos);
}

TEST_F(TlsBrokerTest, ACertificateOfOursOpensABrokerThatAsksForOne) {
  Mosquitto broker({.extra_config = "require_certificate true\n", .carrier = Carrier::tls});
  const auto own = authority().issue("daemon", {.subject = "lobbyd", .alternative_names = ""});
  Daemon daemon({.broker_url = broker.url(),
                 .config = "[broker]\ncert_file = \"" + own.certificate + "\"\nkey_file = \"" + own.key + "\"\n"});
  wait_broker_connected(daemon);
  Daemon without({.broker_url = broker.url()});
  EXPECT_TRUE(eventually([&] { return without.log().find("next try in") != std::string::npos; })) << without.log();
  EXPECT_EQ(http_get(without.admin(), "/readyz").status, 503);
}

TEST_F(TlsBrokerTest, AFileThatCannotBeReadStopsTheStart) {
  const auto result = run_daemon({"--broker", "ssl://localhost:1", "--data-dir", (directory_.path() / "d").string(),
                                  "--listen", "127.0.0.1:0", "--no-admin"},
                                 {{"LOBBYD_BROKER_CA_FILE", "/nowhere/ca.pem"}});
  EXPECT_EQ(result.status.code, 1);
  EXPECT_NE(result.errors.find("broker.ca_file: /nowhere/ca.pem cannot be used"), std::string::npos) << result.errors;
}

}  // namespace
}  // namespace lobbyd::integration
