#include "config/broker_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(BrokerChoice, IsWrittenAsItIsRead) {
  for (const std::string text : {"embedded:", "unix:///run/mqtt.sock", "wss://broker:8084/mqtt?key=1"}) {
    EXPECT_EQ(to_string(parse_broker_choice(text).value()), text);
  }
  EXPECT_FALSE(parse_broker_choice("embedded:").value());
}

TEST(BrokerChoice, IsLoggedWithoutWhatMayBeSecret) {
  EXPECT_EQ(without_query(parse_broker_choice("wss://broker:8084/mqtt?key=1").value()), "wss://broker:8084/mqtt");
  EXPECT_EQ(without_query(BrokerChoice()), "embedded:");
}

TEST(BrokerChoice, AnythingElseIsToldWhatWouldBeRight) {
  for (const std::string text : {"", "broker:1883", "embedded", "embedded:/x", "http://broker"}) {
    EXPECT_THAT(parse_broker_choice(text).error(), StartsWith("must be embedded: or a broker's URL, not \"" + text));
  }
  EXPECT_THAT(parse_broker_choice("tcp://a:0").error(), HasSubstr("the port must be"));
}

TEST(BrokerChoice, CredentialsAreNotRepeated) {
  for (const std::string text :
       {"tcp://user:hunter2@broker", "mqtt://user:hunter2@broker", "amqp://u:hunter2@broker"}) {
    EXPECT_THAT(parse_broker_choice(text).error(), Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace lobbyd::config
