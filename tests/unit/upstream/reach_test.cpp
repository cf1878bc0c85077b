#include "service/upstream/transport/reach.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::upstream {
namespace {

using boost::asio::ip::make_address;

class InternetAddress : public testing::TestWithParam<std::string> {};
TEST_P(InternetAddress, MayBeReached) {
  EXPECT_TRUE(is_internet(make_address(GetParam())));
}
INSTANTIATE_TEST_SUITE_P(Addresses, InternetAddress,
                         testing::Values("1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
                                         "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0",
                                         "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255",
                                         "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
                                         "2001:200::1", "2606:4700::1111", "2a00::1", "3ffe::1", "::ffff:1.1.1.1",
                                         "64:ff9b::1.1.1.1"));

class OtherAddress : public testing::TestWithParam<std::string> {};
TEST_P(OtherAddress, MayNot) {
  EXPECT_FALSE(is_internet(make_address(GetParam())));
}
INSTANTIATE_TEST_SUITE_P(Addresses, OtherAddress,
                         testing::Values("0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0",
                                         "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254",
                                         "168.63.129.16", "172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.2.1",
                                         "192.88.99.1", "192.168.0.1", "198.18.0.0", "198.19.255.255", "198.51.100.1",
                                         "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
                                         "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%1", "fc00::1", "fdff::1",
                                         "ff02::1", "2001::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
                                         "100::1", "::ffff:127.0.0.1", "::ffff:192.168.1.1", "64:ff9b::10.0.0.1",
                                         "64:ff9b:1::1"));

TEST(OwnAddress, IsThatOfAnInterface) {
  EXPECT_TRUE(is_own(make_address("127.0.0.1")));
  EXPECT_TRUE(is_own(make_address("::ffff:127.0.0.1")));
  EXPECT_TRUE(is_own(make_address("64:ff9b::127.0.0.1")));
  EXPECT_FALSE(is_own(make_address("192.0.2.1")));
  EXPECT_FALSE(is_own(make_address("2001:db8::1")));
}

TEST(ReachError, IsASentence) {
  EXPECT_NE(make_error_code(ReachError::private_address).message().find("private address"), std::string::npos);
}

}  // namespace
}  // namespace lobbyd::upstream
