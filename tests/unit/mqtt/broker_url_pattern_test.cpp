#include "protocol/mqtt/broker_url_pattern.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::mqtt {
namespace {

struct Case {
  std::string pattern;
  std::vector<std::string> matching;
  std::vector<std::string> others;
};

class PatternOfUrls : public ::testing::TestWithParam<Case> {};

TEST_P(PatternOfUrls, MatchesTheseAlone) {
  const auto pattern = parse_broker_url_pattern(GetParam().pattern);
  ASSERT_TRUE(pattern) << pattern.error();
  for (const std::string& url : GetParam().matching) {
    EXPECT_TRUE(pattern->matches(parse_broker_url(url).value())) << url;
  }
  for (const std::string& url : GetParam().others) {
    EXPECT_FALSE(pattern->matches(parse_broker_url(url).value())) << url;
  }
  EXPECT_EQ(parse_broker_url_pattern(to_string(*pattern)), pattern);
}

INSTANTIATE_TEST_SUITE_P(
    Patterns, PatternOfUrls,
    ::testing::Values(
        Case{"tcp://broker", {"tcp://broker", "MQTT://Broker:1883"}, {"tcp://broker:1884", "ssl://broker", "tcp://b"}},
        Case{"mqtts://broker:1", {"ssl://broker:1"}, {"ssl://broker", "wss://broker:1"}},
        Case{"tcp://127.0.0.1:*", {"tcp://127.0.0.1", "tcp://127.0.0.1:9"}, {"tcp://127.0.0.10", "tcp://127.0.0.1.a"}},
        Case{"tcp://[::1]:*", {"tcp://[::1]:5"}, {"tcp://[::2]:5"}},
        Case{"tcp://[fe80::1%eth0]", {"tcp://[fe80::1%eth0]"}, {"tcp://[fe80::1%eth1]", "tcp://[fe80::1]"}},
        Case{"tcp://*1", {"tcp://a1"}, {"tcp://[::1]", "tcp://[fe80::1%1]"}},
        Case{"ssl://*.Example.org",
             {"ssl://a.example.org", "ssl://a.b.EXAMPLE.org"},
             {"ssl://example.org", "ssl://a.example.org.evil.net", "ssl://aexample.org", "tcp://a.example.org"}},
        Case{"ssl://eu-*-mq.example.org", {"ssl://eu-1-mq-mq.example.org"}, {"ssl://eu-mq.example.org"}},
        Case{"wss://broker", {"wss://broker", "wss://broker/mqtt"}, {"wss://broker/mqtt2", "wss://broker/mqtt?a"}},
        Case{"wss://broker/a*", {"wss://broker/a", "wss://broker/a/b?c"}, {"wss://broker/b", "wss://broker:1/a"}},
        Case{"wss://broker/a/*",
             {"wss://broker/a/b", "wss://broker/a/..b?../c", "wss://broker/a/b;c=d"},
             {"wss://broker/a/..;/b", "wss://broker/a/..;c=d", "wss://broker/a/.;/b", "wss://broker/a/..%3B/b",
              "wss://broker/a/%252e%252e/b", "wss://broker/a/../b", "wss://broker/a/..", "wss://broker/a/%2E./b",
              "wss://broker/a/b%2f..", "wss://broker/a/./b", "wss://broker/a/..%5Cb", "wss://broker/a/..\\b"}},
        Case{"wss://broker/a/../b", {"wss://broker/a/../b"}, {"wss://broker/b"}},
        Case{"ws://*:*/*", {"ws://a", "ws://b:1/c"}, {"wss://a", "tcp://a"}},
        Case{"tcp://*", {"tcp://a", "tcp://10.0.0.1", "tcp://[::1]"}, {"tcp://a:1"}},
        Case{"*", {"tcp://a:9", "wss://b/c?d", "ssl://[::1]:1"}, {"unix:///a", "tcp://[fe80::1%eth0]"}}));

TEST(BrokerUrlPatternHost, IsNamedWithoutAStar) {
  EXPECT_TRUE(parse_broker_url_pattern("tcp://127.0.0.1:*").value().names_host());
  EXPECT_TRUE(parse_broker_url_pattern("wss://broker/*").value().names_host());
  EXPECT_FALSE(parse_broker_url_pattern("tcp://127.0.0.*").value().names_host());
  EXPECT_FALSE(parse_broker_url_pattern("*").value().names_host());
}

TEST(BrokerUrlPatternHost, IsWideWhereAnybodysNamesMatch) {
  for (const char* wide : {"*", "tcp://*", "tcp://**", "tcp://*.*:1883", "tcp://*.org", "tcp://*example.org",
                           "tcp://10.0.*", "tcp://*..org", "tcp://mq.*.org"}) {
    EXPECT_TRUE(parse_broker_url_pattern(wide).value().is_wide()) << wide;
  }
  for (const char* narrow : {"tcp://broker", "tcp://*.example.org", "tcp://mq-*.example.org:*", "tcp://[::1]"}) {
    EXPECT_FALSE(parse_broker_url_pattern(narrow).value().is_wide()) << narrow;
  }
}

class WrongPattern : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(WrongPattern, SaysWhatWouldBeRight) {
  const auto& [text, part_of_the_reason] = GetParam();
  const auto pattern = parse_broker_url_pattern(text);
  ASSERT_FALSE(pattern);
  EXPECT_NE(pattern.error().find(part_of_the_reason), std::string::npos) << pattern.error();
}

INSTANTIATE_TEST_SUITE_P(Patterns, WrongPattern,
                         ::testing::Values(std::pair{"", "tcp://HOST"}, std::pair{"*://a", "tcp://HOST"},
                                           std::pair{"tcp://", "host"}, std::pair{"tcp://a:0", "or *"},
                                           std::pair{"tcp://a:1*", "or *"}, std::pair{"tcp://a/b", "nothing"},
                                           std::pair{"unix:///a", "Unix"}, std::pair{"unix://*", "Unix"},
                                           std::pair{"tcp://a@b", "username"}, std::pair{"tcp://a$", "host"},
                                           std::pair{"ws://a?b", "begin with /"}, std::pair{"tcp://[*]", "IPv6"}));

}  // namespace
}  // namespace lobbyd::mqtt
