#include "protocol/mqtt/broker_url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::mqtt {
namespace {

struct Accepted {
  std::string text;
  BrokerUrl url;
  std::string written;
};

class AcceptedUrl : public ::testing::TestWithParam<Accepted> {};

TEST_P(AcceptedUrl, IsTakenApartAndWrittenBack) {
  const auto url = parse_broker_url(GetParam().text);
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(*url, GetParam().url);
  EXPECT_EQ(to_string(*url), GetParam().written);
  EXPECT_EQ(parse_broker_url(to_string(*url)), url);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, AcceptedUrl,
    ::testing::Values(
        Accepted{"tcp://localhost:1884", {Carrier::tcp, "localhost", 1884, ""}, "tcp://localhost:1884"},
        Accepted{"tcp://10.0.0.1:1", {Carrier::tcp, "10.0.0.1", 1, ""}, "tcp://10.0.0.1:1"},
        Accepted{"tcp://a_b.example.org", {Carrier::tcp, "a_b.example.org", 1883, ""}, "tcp://a_b.example.org:1883"},
        Accepted{"mqtt://broker:65535/", {Carrier::tcp, "broker", 65535, ""}, "tcp://broker:65535"},
        Accepted{"MQTT://Broker", {Carrier::tcp, "broker", 1883, ""}, "tcp://broker:1883"},
        Accepted{"tcp://[::1]:1883", {Carrier::tcp, "::1", 1883, ""}, "tcp://[::1]:1883"},
        Accepted{"tcp://[2001:db8::2]", {Carrier::tcp, "2001:db8::2", 1883, ""}, "tcp://[2001:db8::2]:1883"},
        Accepted{"tcp://[fe80::1%eth0]:9", {Carrier::tcp, "fe80::1%eth0", 9, ""}, "tcp://[fe80::1%eth0]:9"},
        Accepted{"ssl://broker", {Carrier::tls, "broker", 8883, ""}, "ssl://broker:8883"},
        Accepted{"mqtts://[::1]:1", {Carrier::tls, "::1", 1, ""}, "ssl://[::1]:1"},
        Accepted{"ws://broker", {Carrier::websocket, "broker", 80, "/mqtt"}, "ws://broker:80/mqtt"},
        Accepted{"ws://broker:8083/", {Carrier::websocket, "broker", 8083, "/"}, "ws://broker:8083/"},
        Accepted{"ws://broker?k=v@w", {Carrier::websocket, "broker", 80, "/mqtt?k=v@w"}, "ws://broker:80/mqtt?k=v@w"},
        Accepted{"wss://broker/a/b%20c?k=1/2",
                 {Carrier::websocket_tls, "broker", 443, "/a/b%20c?k=1/2"},
                 "wss://broker:443/a/b%20c?k=1/2"},
        Accepted{
            "unix:///run/broker.sock", {Carrier::unix_socket, "", 0, "/run/broker.sock"}, "unix:///run/broker.sock"},
        Accepted{"unix:///with a space", {Carrier::unix_socket, "", 0, "/with a space"}, "unix:///with a space"}));

class RefusedUrl : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(RefusedUrl, SaysWhatWouldBeRight) {
  const auto& [text, part_of_the_reason] = GetParam();
  const auto url = parse_broker_url(text);
  ASSERT_FALSE(url);
  EXPECT_NE(url.error().find(part_of_the_reason), std::string::npos) << url.error();
}

INSTANTIATE_TEST_SUITE_P(
    Urls, RefusedUrl,
    ::testing::Values(std::pair{"", "wss://HOST"}, std::pair{"localhost:1883", "tcp://HOST"},
                      std::pair{"http://localhost", "tcp://HOST"}, std::pair{"://localhost", "tcp://HOST"},
                      std::pair{"tcp://", "host is missing"}, std::pair{"tcp://:1883", "host is missing"},
                      std::pair{"ws:///mqtt", "host is missing"}, std::pair{"tcp://host:", "port"},
                      std::pair{"tcp://host:0", "port"}, std::pair{"ssl://host:65536", "port"},
                      std::pair{"tcp://host:99999999999", "port"}, std::pair{"tcp://host:1883x", "port"},
                      std::pair{"tcp://host:-1", "port"}, std::pair{"tcp://host:+1", "port"},
                      std::pair{"tcp://host:1883/path", "nothing may follow"},
                      std::pair{"ssl://host?x=1", "nothing may follow"}, std::pair{"ws://host/a#b", "fragment"},
                      std::pair{"tcp://user:secret@host", "username"},
                      std::pair{"wss://user:secret@host/mqtt", "username"}, std::pair{"tcp://::1:1883", "brackets"},
                      std::pair{"tcp://[::1", "']'"}, std::pair{"tcp://[]:1883", "IPv6"},
                      std::pair{"tcp://[host]:1883", "IPv6"}, std::pair{"tcp://[127.0.0.1]:1883", "IPv6"},
                      std::pair{"tcp://[::1]1883", ":PORT"}, std::pair{"tcp://[::1]:", "port"},
                      std::pair{"tcp://[::1%lo]", "zone"}, std::pair{"tcp://[2001:db8::1%.mq.example.org]", "zone"},
                      std::pair{"tcp://[::ffff:8.8.4.4%.example.org]", "zone"}, std::pair{"tcp://[fe80::1%]", "zone"},
                      std::pair{"tcp://[fe80::1%a/b]", "']'"}, std::pair{"tcp://[fe80::1%e%th]", "zone"},
                      std::pair{"tcp://ho st", "space"}, std::pair{"tcp://h\xc3\xb6st", "ASCII"},
                      std::pair{"tcp://ho$t", "must be a name"}, std::pair{"ws://host/a b", "space"},
                      std::pair{"tcp://host\n:1883", "control character"}, std::pair{"unix://", "absolute"},
                      std::pair{"unix://relative", "absolute"}, std::pair{"unix:///", "absolute"},
                      std::pair{"unix:///a\nb", "control character"}));

TEST(BrokerUrlLimits, HostMayHave253Characters) {
  EXPECT_TRUE(parse_broker_url("tcp://" + std::string(253, 'a')));
  EXPECT_FALSE(parse_broker_url("tcp://" + std::string(254, 'a')));
}

TEST(BrokerUrlLimits, UnixPathMayHave107Bytes) {
  EXPECT_TRUE(parse_broker_url("unix:///" + std::string(106, 'a')));
  EXPECT_FALSE(parse_broker_url("unix:///" + std::string(107, 'a')));
}

TEST(BrokerUrlLimits, RequestPathMayHave8000Characters) {
  EXPECT_TRUE(parse_broker_url("ws://h/" + std::string(7999, 'a')));
  EXPECT_FALSE(parse_broker_url("ws://h/" + std::string(8000, 'a')));
}

TEST(BrokerUrlSecrets, ErrorsDoNotRepeatAPassword) {
  const auto url = parse_broker_url("tcp://user:hunter2@host");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().find("hunter2"), std::string::npos);
}

TEST(BrokerUrlSecrets, AQueryIsLeftOutOfLogs) {
  EXPECT_EQ(without_query(parse_broker_url("wss://h/mqtt?X-Amz-Signature=abc").value()), "wss://h:443/mqtt");
  EXPECT_EQ(without_query(parse_broker_url("unix:///a?b").value()), "unix:///a?b");
}

}  // namespace
}  // namespace lobbyd::mqtt
