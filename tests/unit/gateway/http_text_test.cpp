#include "service/gateway/http_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::gateway {
namespace {

TEST(HttpText, AnUpgradeNamesNoSubprotocolThatWasNotOffered) {
  EXPECT_EQ(write_upgrade({.accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", .subprotocol = {}, .deflate = {}}),
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  EXPECT_TRUE(write_upgrade({.accept = "x", .subprotocol = "lobbyd.v1", .deflate = {}})
                  .ends_with("\r\nSec-WebSocket-Protocol: lobbyd.v1\r\n\r\n"));
}

TEST(HttpText, AnUpgradeTellsHowMessagesAreCompressed) {
  const websocket::DeflateAgreement agreement{.window_bits = 12,
                                              .answer = "permessage-deflate; server_max_window_bits=12"};
  EXPECT_TRUE(write_upgrade({.accept = "x", .subprotocol = {}, .deflate = agreement})
                  .ends_with("\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12\r\n\r\n"));
}

TEST(HttpText, AResponseHasItsBodyAndLength) {
  EXPECT_EQ(write_response({.status = 200, .body = "ok\n"}, {}),
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Content-Length: 3\r\n\r\n"
            "ok\n");
}

TEST(HttpText, HeadHasTheLengthAndNoBody) {
  const std::string text = write_response({.status = 200, .body = "ok\n"}, {.head_only = true});
  EXPECT_TRUE(text.ends_with("Content-Length: 3\r\n\r\n"));
}

TEST(HttpText, TheLastResponseSaysSo) {
  EXPECT_FALSE(write_response({}, {}).contains("Connection:"));
  EXPECT_TRUE(write_response({}, {.keep_alive = false}).contains("\r\nConnection: close\r\n"));
}

TEST(HttpText, RefusalsSayWhatThereIs) {
  EXPECT_TRUE(
      write_response({.status = 405, .body = {}, .allow = "GET, HEAD"}, {}).contains("\r\nAllow: GET, HEAD\r\n"));
  const std::string upgrade = write_response({.status = 426, .body = {}}, {});
  EXPECT_TRUE(upgrade.starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
  EXPECT_TRUE(upgrade.contains("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
}

}  // namespace
}  // namespace lobbyd::gateway
