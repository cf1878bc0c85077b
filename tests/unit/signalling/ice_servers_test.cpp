#include "service/apps/signalling/ice_servers.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;

// As `printf %s 1700000000:ann | openssl dgst -sha1 -hmac north -binary | base64` has them.
constexpr const char* north = "jeamH6dA5l2I9g3jmieza7CzEDo=";
constexpr const char* south = "ou9mgYXZ4GTYT+z61wynomjotw8=";

TEST(IceServers, ACredentialIsAnHmacOfExpiryAndUser) {
  EXPECT_EQ(make_turn_credential("north", "ann", 1'700'000'000),
            (TurnCredential{.username = "1700000000:ann", .credential = north}));
}

TEST(IceServers, AreWrittenAsTheConfigurationHasThem) {
  EXPECT_EQ(write_ice_servers({}, "ann", 0), "[]");
  EXPECT_EQ(write_ice_servers(
                {{.urls = {"stun:a", "stun:b"}}, {.urls = {"turn:c"}, .username = "u", .credential = "p"}}, "ann", 0),
            R"([{"urls":["stun:a","stun:b"]},{"urls":["turn:c"],"username":"u","credential":"p"}])");
}

TEST(IceServers, WithASecretCredentialsAreMade) {
  EXPECT_EQ(write_ice_servers({{.urls = {"turn:c"}, .secrets = {"north"}, .ttl = 600s}}, "ann", 1'699'999'400'999),
            std::string(R"([{"urls":["turn:c"],"username":"1700000000:ann","credential":")") + north + "\"}]");
}

TEST(IceServers, WhileASecretIsReplacedThereAreCredentialsOfBoth) {
  EXPECT_EQ(
      write_ice_servers({{.urls = {"turn:c"}, .secrets = {"north", "south"}, .ttl = 600s}}, "ann", 1'699'999'400'000),
      std::string(R"([{"urls":["turn:c"],"username":"1700000000:ann","credential":")") + north +
          R"("},{"urls":["turn:c"],"username":"1700000000:ann","credential":")" + south + "\"}]");
}

}  // namespace
}  // namespace lobbyd::apps
