#include "service/gateway/http_policy.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::gateway {
namespace {

UpgradeRequest good() {
  return {.host = "localhost:8787",
          .origin = {},
          .connection = "keep-alive, Upgrade",
          .upgrade = "websocket",
          .version = "13",
          .key = "dGhlIHNhbXBsZSBub25jZQ==",
          .subprotocols = {},
          .extensions = {}};
}

unsigned status(const UpgradeRequest& request, const OriginPolicy& origins = {}) {
  const auto answer = check_upgrade(request, origins, false);
  return answer ? 101 : answer.error().status;
}

TEST(HttpPolicy, AnswersTheKeyAsTheStandardsExampleDoes) {
  const auto answer = check_upgrade(good(), {}, false);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer->subprotocol, "");
}

TEST(HttpPolicy, TheSubprotocolIsOptionalButMustBeOurs) {
  auto request = good();
  request.subprotocols = "chat, lobbyd.v1";
  EXPECT_EQ(check_upgrade(request, {}, false)->subprotocol, "lobbyd.v1");
  for (const char* unknown : {"chat", "", "lobbyd.v2", "lobbyd.v1x"}) {
    request.subprotocols = unknown;
    EXPECT_EQ(status(request), 400U) << unknown;
  }
}

TEST(HttpPolicy, WhatIsNoUpgradeIsToldWhatWouldBe) {
  auto request = good();
  request.connection = "close";
  EXPECT_EQ(status(request), 426U);
  request = good();
  request.upgrade = "h2c";
  EXPECT_EQ(status(request), 426U);
  request = good();
  request.version = "8";
  EXPECT_EQ(status(request), 426U);
  for (const char* key : {"", "x", "dGhlIHNhbXBsZSBub25jZQ", "c2hvcnQ="}) {
    request = good();
    request.key = key;
    EXPECT_EQ(status(request), key == std::string("dGhlIHNhbXBsZSBub25jZQ") ? 101U : 400U) << key;
  }
}

TEST(HttpPolicy, CompressionIsAgreedUponWhereBothSidesWantIt) {
  auto request = good();
  EXPECT_FALSE(check_upgrade(request, {}, true)->deflate);
  request.extensions = "permessage-deflate; server_max_window_bits=12";
  EXPECT_FALSE(check_upgrade(request, {}, false)->deflate);
  EXPECT_EQ(check_upgrade(request, {}, true)->deflate.value().window_bits, 12);
  request.extensions = "permessage-bzip2";
  EXPECT_FALSE(check_upgrade(request, {}, true)->deflate);
}

// RFC 6455 §9.1
TEST(HttpPolicy, ExtensionsThatAreNoListAreRefusedWhereTheyAreRead) {
  auto request = good();
  request.extensions = "permessage-deflate; =";
  EXPECT_EQ(check_upgrade(request, {}, true).error().status, 400U);
  EXPECT_TRUE(check_upgrade(request, {}, false));
}

TEST(HttpPolicy, LoopbackAndSameHostOriginsAlwaysPass) {
  const OriginPolicy none;
  for (const char* origin : {"http://localhost:3000", "https://127.0.0.1", "http://[::1]:80", "http://LOCALHOST"}) {
    EXPECT_TRUE(none.allows(origin, "game.example.org")) << origin;
  }
  EXPECT_TRUE(none.allows("https://game.example.org", "game.example.org:8787"));
  for (const char* origin :
       {"https://evil.example", "null", "", "http://localhost.evil.example", "http://127.evil.example"}) {
    EXPECT_FALSE(none.allows(origin, "game.example.org")) << origin;
  }
}

TEST(HttpPolicy, OriginsAreAllowedExactlyByDomainOrAll) {
  const OriginPolicy some{{"https://a.example", "https://*.b.example"}};
  EXPECT_TRUE(some.allows("https://a.example", "h"));
  EXPECT_TRUE(some.allows("https://x.b.example", "h"));
  EXPECT_TRUE(some.allows("https://x.y.b.example", "h"));
  for (const char* origin : {"http://a.example", "https://a.example:8443", "https://b.example", "https://xb.example",
                             "http://x.b.example", "https://.b.example.evil"}) {
    EXPECT_FALSE(some.allows(origin, "h")) << origin;
  }
  EXPECT_TRUE(OriginPolicy{{"*"}}.allows("https://anything.example", "h"));
}

TEST(HttpPolicy, AForeignOriginIsRefusedBeforeTheUpgrade) {
  auto request = good();
  request.origin = "https://evil.example";
  EXPECT_EQ(status(request), 403U);
  EXPECT_EQ(status(request, {{"https://evil.example"}}), 101U);
}

TEST(HttpPolicy, ALoopbackListenerServesLoopbackHostsOnly) {
  for (const char* host : {"localhost", "localhost:8787", "127.0.0.1:1", "127.1.2.3", "[::1]:8787", "LocalHost"}) {
    EXPECT_TRUE(check_host(host, true)) << host;
  }
  for (const char* host : {"evil.example", "evil.example:8787", "127.0.0.1.evil.example", "", "[::2]"}) {
    EXPECT_FALSE(check_host(host, true)) << host;
    EXPECT_TRUE(check_host(host, false)) << host;
  }
}

}  // namespace
}  // namespace lobbyd::gateway
