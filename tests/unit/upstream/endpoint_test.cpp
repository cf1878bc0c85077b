#include "service/upstream/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::upstream {
namespace {

struct Accepted {
  std::string url;
  Endpoint endpoint;
  std::string written;
};

class AcceptedUrl : public ::testing::TestWithParam<Accepted> {};

TEST_P(AcceptedUrl, IsTakenApartAndWrittenBack) {
  const auto endpoint = parse_endpoint(GetParam().url);
  ASSERT_TRUE(endpoint) << endpoint.error();
  EXPECT_EQ(*endpoint, GetParam().endpoint);
  EXPECT_EQ(to_string(*endpoint), GetParam().written);
  EXPECT_EQ(parse_endpoint(to_string(*endpoint)), endpoint);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, AcceptedUrl,
    ::testing::Values(
        Accepted{"tcp://localhost:1884", {Scheme::tcp, "localhost", 1884, ""}, "tcp://localhost:1884"},
        Accepted{"tcp://10.0.0.1:1", {Scheme::tcp, "10.0.0.1", 1, ""}, "tcp://10.0.0.1:1"},
        Accepted{
            "tcp://broker.example.org", {Scheme::tcp, "broker.example.org", 1883, ""}, "tcp://broker.example.org:1883"},
        Accepted{"mqtt://broker:65535/", {Scheme::tcp, "broker", 65535, ""}, "tcp://broker:65535"},
        Accepted{"MQTT://broker", {Scheme::tcp, "broker", 1883, ""}, "tcp://broker:1883"},
        Accepted{"tcp://[::1]:1883", {Scheme::tcp, "::1", 1883, ""}, "tcp://[::1]:1883"},
        Accepted{"tcp://[2001:db8::2]", {Scheme::tcp, "2001:db8::2", 1883, ""}, "tcp://[2001:db8::2]:1883"},
        Accepted{"tcp://[::ffff:127.0.0.1]:9", {Scheme::tcp, "::ffff:127.0.0.1", 9, ""}, "tcp://[::ffff:127.0.0.1]:9"},
        Accepted{"tcp://[fe80::1%eth0]:9", {Scheme::tcp, "fe80::1%eth0", 9, ""}, "tcp://[fe80::1%eth0]:9"},
        Accepted{
            "unix:///run/broker.sock", {Scheme::unix_socket, "", 0, "/run/broker.sock"}, "unix:///run/broker.sock"},
        Accepted{"unix:///with a space", {Scheme::unix_socket, "", 0, "/with a space"}, "unix:///with a space"}));

class RefusedUrl : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(RefusedUrl, SaysWhatWouldBeRight) {
  const auto& [url, part_of_the_reason] = GetParam();
  const auto endpoint = parse_endpoint(url);
  ASSERT_FALSE(endpoint);
  EXPECT_NE(endpoint.error().find(part_of_the_reason), std::string::npos) << endpoint.error();
}

INSTANTIATE_TEST_SUITE_P(
    Urls, RefusedUrl,
    ::testing::Values(std::pair{"", "tcp://HOST:PORT"}, std::pair{"localhost:1883", "tcp://HOST:PORT"},
                      std::pair{"http://localhost", "unknown scheme"}, std::pair{"ssl://localhost", "unknown scheme"},
                      std::pair{"://localhost", "unknown scheme"}, std::pair{"tcp://", "host is missing"},
                      std::pair{"tcp://:1883", "host is missing"}, std::pair{"tcp:///", "host is missing"},
                      std::pair{"tcp://host:", "port"}, std::pair{"tcp://host:0", "port"},
                      std::pair{"tcp://host:65536", "port"}, std::pair{"tcp://host:99999999999", "port"},
                      std::pair{"tcp://host:1883x", "port"}, std::pair{"tcp://host:-1", "port"},
                      std::pair{"tcp://host:+1", "port"}, std::pair{"tcp://host:1883/path", "nothing may follow"},
                      std::pair{"tcp://host?x=1", "nothing may follow"},
                      std::pair{"tcp://host#x", "nothing may follow"}, std::pair{"tcp://user:secret@host", "username"},
                      std::pair{"tcp://::1:1883", "brackets"}, std::pair{"tcp://[::1", "']'"},
                      std::pair{"tcp://[]:1883", "IPv6"}, std::pair{"tcp://[host]:1883", "IPv6"},
                      std::pair{"tcp://[127.0.0.1]:1883", "IPv6"}, std::pair{"tcp://[::1]1883", ":PORT"},
                      std::pair{"tcp://[::1]:", "port"}, std::pair{"tcp://ho st", "space"},
                      std::pair{"tcp://host\n:1883", "control character"}, std::pair{"unix://", "absolute"},
                      std::pair{"unix://relative", "absolute"}, std::pair{"unix:///", "missing"}));

TEST(EndpointLimits, HostMayHave253Characters) {
  EXPECT_TRUE(parse_endpoint("tcp://" + std::string(253, 'a')));
  EXPECT_FALSE(parse_endpoint("tcp://" + std::string(254, 'a')));
}

TEST(EndpointLimits, UnixPathMayHave107Bytes) {
  EXPECT_TRUE(parse_endpoint("unix:///" + std::string(106, 'a')));
  EXPECT_FALSE(parse_endpoint("unix:///" + std::string(107, 'a')));
}

TEST(EndpointLimits, UnixPathHoldsNoNul) {
  EXPECT_FALSE(parse_endpoint(std::string_view("unix:///a\0b", 11)));
}

TEST(EndpointErrors, DoNotRepeatAPassword) {
  const auto endpoint = parse_endpoint("tcp://user:hunter2@host");
  ASSERT_FALSE(endpoint);
  EXPECT_EQ(endpoint.error().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace lobbyd::upstream
