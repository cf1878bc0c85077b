#include "config/broker_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string error_of(std::string_view text) {
  const auto url = parse_broker_url(text);
  return url ? "accepted as " + to_string(*url) : url.error();
}

BrokerUrl tcp(std::string host, std::uint16_t port) {
  return {.transport = BrokerTransport::tcp, .host = std::move(host), .port = port, .socket_path = {}};
}

TEST(BrokerUrl, ReadsTcpAndMqttAsTheSame) {
  for (const std::string scheme : {"tcp://", "mqtt://"}) {
    EXPECT_EQ(parse_broker_url(scheme + "broker.example.org:11883"), tcp("broker.example.org", 11883));
    EXPECT_EQ(parse_broker_url(scheme + "broker"), tcp("broker", 1883));
    EXPECT_EQ(parse_broker_url(scheme + "10.0.0.1/"), tcp("10.0.0.1", 1883));
    EXPECT_EQ(parse_broker_url(scheme + "[::1]"), tcp("::1", 1883));
    EXPECT_EQ(parse_broker_url(scheme + "[2001:db8::1]:1884"), tcp("2001:db8::1", 1884));
  }
}

TEST(BrokerUrl, ReadsEmbeddedAndUnix) {
  EXPECT_EQ(parse_broker_url("embedded:"), BrokerUrl{});
  const auto url = parse_broker_url("unix:///run/mosquitto/mqtt.sock");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->transport, BrokerTransport::unix_socket);
  EXPECT_EQ(url->socket_path, "/run/mosquitto/mqtt.sock");
}

TEST(BrokerUrl, IsWrittenAsItIsRead) {
  for (const std::string text : {"embedded:", "unix:///run/mqtt.sock", "tcp://broker:1883", "tcp://[::1]:1"}) {
    EXPECT_EQ(to_string(parse_broker_url(text).value()), text);
  }
}

TEST(BrokerUrl, RefusesWhatIsNoBroker) {
  for (const std::string text :
       {"", "broker:1883", "embedded", "embedded:/x", "http://broker", "TCP://broker", "unix:"}) {
    EXPECT_THAT(error_of(text), StartsWith("must be tcp://HOST[:PORT], mqtt://HOST[:PORT], unix:///PATH or embedded:"));
  }
}

TEST(BrokerUrl, RefusesHostsThatAreNone) {
  for (const std::string text :
       {"tcp://", "tcp://:1883", "tcp:///x", "tcp://a b", "tcp://a/b", "tcp://[x]", "tcp://[]"}) {
    EXPECT_THAT(error_of(text), HasSubstr("the host must be")) << text;
  }
  EXPECT_THAT(error_of("tcp://[::1"), HasSubstr("the bracket is not closed"));
}

TEST(BrokerUrl, RefusesPortsThatAreNone) {
  for (const std::string text : {"tcp://a:", "tcp://a:0", "tcp://a:65536", "tcp://a:x", "tcp://a:1x", "tcp://[::1]x"}) {
    EXPECT_THAT(error_of(text), HasSubstr("the port must be from 1 to 65535")) << text;
  }
}

TEST(BrokerUrl, RefusesSocketPathsThatTheSystemCannotTake) {
  EXPECT_THAT(error_of("unix://run/mqtt.sock"), HasSubstr("must be absolute"));
  EXPECT_THAT(error_of("unix:///"), HasSubstr("must be absolute"));
  EXPECT_TRUE(parse_broker_url("unix:///" + std::string(106, 'x')));
  EXPECT_THAT(error_of("unix:///" + std::string(107, 'x')), HasSubstr("at most 107 bytes"));
}

TEST(BrokerUrl, RefusesCredentialsAndNeverRepeatsThem) {
  EXPECT_THAT(error_of("tcp://user:hunter2@broker"), HasSubstr("broker.username"));
  for (const std::string text :
       {"tcp://user:hunter2@broker", "mqtt://user:hunter2@broker", "amqp://u:hunter2@broker"}) {
    EXPECT_THAT(error_of(text), Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace lobbyd::config
