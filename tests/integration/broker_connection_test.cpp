// Texts that MQTT allows, or does not, but for which a broker may end the connection that brings them (MQTT5 §1.5.4,
// §3.3.2.3.5, §4.8.2): that connection is everybody's, so they must not get there, or do no harm.

#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

// A stack of its own for each test: should a message get through that the broker cannot bear, it comes again with each
// reconnection.
class BrokerConnectionTest : public testing::TestWithParam<Upstream> {
 protected:
  BrokerConnectionTest()
      : stack_(broker_section(GetParam())), witness_(stack_.daemon.listen()), it_(stack_.daemon.listen()) {
    witness_.connect();
    witness_.call("subscribe", {{"topic", "witness"}, {"qos", 1}});
    it_.connect();
  }

  // Throws when the connection is lost, since the cases after it would tell nothing.
  void expect_harmless(const std::string& method, const Json& params) {
    const auto answer = it_.wait_answer(it_.send_request(method, params));
    if (answer.contains("error")) {
      const auto code = answer.at("error").at("code").get<int>();
      EXPECT_TRUE(code == 400 || code == -32602 || code == 502) << params << answer;
    }
    witness_.call("publish", {{"topic", "witness"}, {"payload", "x"}, {"qos", 1}});
    witness_.next_message();
    if (!witness_.notifications_until_now("broker").empty()) {
      throw std::runtime_error(method + params.dump() + " cost everybody the connection to the broker");
    }
  }

 private:
  Stack stack_;
  RpcClient witness_;
  RpcClient it_;
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(BrokerConnectionTest);

const std::vector<std::string> disputed = {"a\x01z",       "\x1f",         "a\x7f",
                                           "\xc2\x80",     "\xc2\x9fz",    "\xef\xbf\xbf",
                                           "\xef\xbf\xbe", "\xef\xb7\x90", "\xf0\x9f\xbf\xbf"};

TEST_P(BrokerConnectionTest, SurvivesDisputedTopics) {
  for (const auto& text : disputed) {
    for (const int qos : {0, 1}) {
      expect_harmless("publish", {{"topic", "a/" + text}, {"payload", "x"}, {"qos", qos}});
      expect_harmless("publish", {{"topic", "a/" + text}, {"payload", "x"}, {"qos", qos}, {"retain", true}});
    }
    expect_harmless("subscribe", {{"topic", "a/" + text}});
    expect_harmless("subscribe", {{"topic", "$share/" + text + "/a"}});
    expect_harmless("retained.get", {{"topic", "a/" + text}});
  }
}

TEST_P(BrokerConnectionTest, SurvivesDisputedProperties) {
  const auto publish = [&](const std::string& property, const Json& value) {
    expect_harmless("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}, {property, value}});
  };
  for (const auto& text : disputed) {
    publish("content_type", text);
    publish("response_topic", text);
    publish("user_properties", Json::array({Json::array({text, "v"})}));
    publish("user_properties", Json::array({Json::array({"k", text})}));
  }
  for (const auto* text : {"a/+", "#", "", "a/#"}) publish("response_topic", text);
  publish("expiry", 0);
  publish("correlation_data", "");
  publish("user_properties", Json::array({Json::array({"", ""})}));
}

TEST_P(BrokerConnectionTest, SurvivesNoLocalOnASharedSubscription) {
  expect_harmless("subscribe", {{"topic", "$share/group/a"}, {"no_local", true}});
}

TEST_P(BrokerConnectionTest, SurvivesDeepTopics) {
  // Mosquitto takes at most 200 levels.
  std::string deep = "a";
  for (int i = 0; i < 300; ++i) deep += "/a";
  expect_harmless("publish", {{"topic", deep}, {"payload", "x"}, {"qos", 1}});
  expect_harmless("publish", {{"topic", deep}, {"payload", "x"}, {"qos", 1}, {"retain", true}});
  expect_harmless("subscribe", {{"topic", deep}});
  expect_harmless("retained.get", {{"topic", deep}});
}

}  // namespace
}  // namespace lobbyd::integration
