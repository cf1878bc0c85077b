#include "config/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lobbyd::config {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  return endpoint ? "accepted as " + to_string(*endpoint) : endpoint.error();
}

TEST(Endpoint, ReadsIpv4Ipv6AndLocalhost) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8787"), (Endpoint{"127.0.0.1", 8787}));
  EXPECT_EQ(parse_endpoint("0.0.0.0:65535"), (Endpoint{"0.0.0.0", 65535}));
  EXPECT_EQ(parse_endpoint("[::1]:8787"), (Endpoint{"::1", 8787}));
  EXPECT_EQ(parse_endpoint("[::]:1"), (Endpoint{"::", 1}));
  EXPECT_EQ(parse_endpoint("[2001:db8::7]:443"), (Endpoint{"2001:db8::7", 443}));
  EXPECT_EQ(parse_endpoint("localhost:8787"), (Endpoint{"127.0.0.1", 8787}));
}

TEST(Endpoint, TakesPortZero) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:0"), (Endpoint{"127.0.0.1", 0}));
}

TEST(Endpoint, IsWrittenAsItIsRead) {
  for (const std::string text : {"127.0.0.1:8787", "[::1]:0", "[2001:db8::7]:443"}) {
    EXPECT_EQ(to_string(parse_endpoint(text).value()), text);
  }
}

TEST(Endpoint, SaysWhatIsWrong) {
  EXPECT_EQ(error_of("127.0.0.1"),
            "must be ADDRESS:PORT, such as 127.0.0.1:8787 or [::1]:8787, not \"127.0.0.1\": the port is missing");
  EXPECT_THAT(error_of(":8787"), HasSubstr("name the address, 0.0.0.0 or [::]"));
  EXPECT_THAT(error_of("::1:8787"), HasSubstr("an IPv6 address stands in brackets"));
  EXPECT_THAT(error_of("[::1]"), HasSubstr("an IPv6 address stands in brackets"));
  EXPECT_THAT(error_of("[127.0.0.1]:1"), HasSubstr("not an IPv6 address"));
  EXPECT_THAT(error_of("[]:1"), HasSubstr("not an IPv6 address"));
  EXPECT_THAT(error_of("game.example.org:8787"), HasSubstr("must be numeric, or localhost"));
  EXPECT_THAT(error_of("*:8787"), HasSubstr("must be numeric, or localhost"));
  EXPECT_THAT(error_of("256.0.0.1:8787"), HasSubstr("must be numeric, or localhost"));
  EXPECT_THAT(error_of(""), HasSubstr("the port is missing"));
}

TEST(Endpoint, RefusesPortsThatAreNone) {
  for (const std::string port : {"", "65536", "-1", "+1", "http", "80x", " 80", "99999999999999999999"}) {
    EXPECT_THAT(error_of("127.0.0.1:" + port), HasSubstr("from 0 to 65535")) << port;
  }
}

TEST(Endpoint, KnowsLoopback) {
  for (const std::string text : {"127.0.0.1:1", "127.9.8.7:1", "[::1]:1", "[0:0:0:0:0:0:0:1]:1", "localhost:1"}) {
    EXPECT_TRUE(is_loopback(parse_endpoint(text).value())) << text;
  }
  for (const std::string text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "128.0.0.1:1", "[::2]:1", "[fe80::1]:1"}) {
    EXPECT_FALSE(is_loopback(parse_endpoint(text).value())) << text;
  }
}

}  // namespace
}  // namespace lobbyd::config
