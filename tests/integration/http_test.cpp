// The listeners' HTTP side: what may be upgraded, by whom, and which paths exist (api.md, "Transport").

#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

using HttpTest = SharedStackTest;

HttpRequest with_header(HttpRequest request, std::string name, std::string value) {
  request.headers.emplace_back(std::move(name), std::move(value));
  return request;
}

HttpRequest without_header(HttpRequest request, const std::string& name) {
  std::erase_if(request.headers, [&](const auto& header) { return header.first == name; });
  return request;
}

HttpRequest with_host(HttpRequest request, std::string host) {
  request.host = std::move(host);
  return request;
}

TEST_F(HttpTest, UpgradesWithoutSubprotocol) {
  const auto response = http(listen(), upgrade_request());
  EXPECT_EQ(response.status, 101);
  // RFC 6455 §1.3 gives this pair of key and accept value.
  EXPECT_EQ(response.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  // Godot fails the handshake if a subprotocol is answered that it has not offered.
  EXPECT_FALSE(response.headers.contains("sec-websocket-protocol"));
  EXPECT_FALSE(response.headers.contains("sec-websocket-extensions")) << "compression is off by default";
}

TEST_F(HttpTest, AnswersTheSubprotocol) {
  for (const auto* offered : {"lobbyd.v1", "other, lobbyd.v1", "lobbyd.v1,other", "lobbyd.v9, lobbyd.v1"}) {
    const auto response = http(listen(), with_header(upgrade_request(), "Sec-WebSocket-Protocol", offered));
    EXPECT_EQ(response.status, 101) << offered;
    EXPECT_EQ(response.header("sec-websocket-protocol"), "lobbyd.v1") << offered;
  }
}

TEST_F(HttpTest, TakesTheSubprotocolFromAnyOfSeveralHeaders) {
  const auto request = with_header(with_header(upgrade_request(), "Sec-WebSocket-Protocol", "other"),
                                   "Sec-WebSocket-Protocol", "lobbyd.v1");
  const auto response = http(listen(), request);
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.header("sec-websocket-protocol"), "lobbyd.v1");
}

TEST_F(HttpTest, RefusesUnknownSubprotocols) {
  for (const auto* offered : {"other", "lobbyd.v2", "lobbyd", "mqtt, graphql-ws", "LOBBYD.V1"}) {
    const auto response = http(listen(), with_header(upgrade_request(), "Sec-WebSocket-Protocol", offered));
    EXPECT_EQ(response.status, 400) << offered;
  }
}

TEST_F(HttpTest, AnswersNoExtensionByDefault) {
  const auto response = http(listen(), with_header(upgrade_request(), "Sec-WebSocket-Extensions",
                                                   "permessage-deflate; client_max_window_bits"));
  EXPECT_EQ(response.status, 101);
  EXPECT_FALSE(response.headers.contains("sec-websocket-extensions"));
}

TEST_F(HttpTest, UpgradesOnlyAtItsPath) {
  for (const auto* target : {"/", "/ws/", "/ws2", "/WS", "/chat", "/healthz", "//ws"}) {
    EXPECT_NE(http(listen(), upgrade_request(target)).status, 101) << target;
  }
  EXPECT_EQ(http(listen(), upgrade_request("/ws?anything=1")).status, 101) << "a query belongs to no path";
}

TEST_F(HttpTest, RefusesIncompleteUpgrades) {
  const auto status = [&](const HttpRequest& request) { return http(listen(), request).status; };
  for (const auto* missing : {"Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
    const auto answer = status(without_header(upgrade_request(), missing));
    EXPECT_TRUE(answer == 400 || answer == 426) << missing << ": " << answer;
  }
  auto old_version = without_header(upgrade_request(), "Sec-WebSocket-Version");
  const auto answer = status(with_header(old_version, "Sec-WebSocket-Version", "8"));
  EXPECT_TRUE(answer == 400 || answer == 426) << answer;
  auto post = upgrade_request();
  post.method = "POST";
  EXPECT_GE(status(post), 400);
}

TEST_F(HttpTest, PlainRequestForTheEndpointIsToldToUpgrade) {
  const auto status = http_get(listen(), "/ws").status;
  EXPECT_TRUE(status == 426 || status == 400) << status;
}

TEST_F(HttpTest, PublicListenerServesNothingPrivate) {
  EXPECT_EQ(http_get(listen(), "/healthz").status, 200);
  for (const auto* target : {"/metrics", "/readyz", "/admin", "/admin/clients", "/nothing", "/etc/passwd",
                             "/demo/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"}) {
    const auto status = http_get(listen(), target).status;
    EXPECT_TRUE(status == 404 || status == 400) << target << ": " << status;
  }
}

TEST_F(HttpTest, AdminListenerTellsHealth) {
  const auto& admin = stack().daemon.admin();
  EXPECT_EQ(http_get(admin, "/healthz").status, 200);
  EXPECT_EQ(http_get(admin, "/readyz").status, 200);
  EXPECT_EQ(http_get(admin, "/nothing").status, 404);
  EXPECT_NE(http(admin, upgrade_request()).status, 101) << "no client session on the operator's listener";
}

TEST_F(HttpTest, HeadHasNoBody) {
  const auto response = http(stack().daemon.admin(), {.method = "HEAD", .target = "/healthz"});
  EXPECT_TRUE(response.status == 200 || response.status == 405) << response.status;
  EXPECT_TRUE(response.body.empty());
}

TEST_F(HttpTest, OtherMethodsAreRefused) {
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "NONSENSE"}) {
    EXPECT_GE(http(listen(), {.method = method, .target = "/healthz", .headers = {{"Content-Length", "0"}}}).status,
              400)
        << method;
  }
}

// What is no HTTP at all, or too much of it, ends the connection that it came by, and nothing else.
TEST_F(HttpTest, SurvivesGarbageInsteadOfHttp) {
  const std::vector<std::string> garbage = {
      "\r\n\r\n\r\n",
      "nonsense\r\n\r\n",
      std::string("\x10\x16\x00\x04MQTT\x04\x02\x00\x3c", 12) + "\r\n\r\n",
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n",  // a TLS hello
      "GET /ws HTTP/9.9\r\n\r\n",
      "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nBroken header\r\n\r\n",
      "GET /" + std::string(300'000, 'a') + " HTTP/1.1\r\n\r\n",
      "GET /ws HTTP/1.1\r\nX: " + std::string(300'000, 'b') + "\r\n\r\n",
  };
  for (const auto& bytes : garbage) {
    TcpSocket socket(listen());
    try {
      socket.send(bytes);
      socket.shutdown_send();
    } catch (const std::system_error&) {
      continue;  // closed while we were still sending: refused, too
    }
    std::string answer;
    for (auto part = socket.receive(); !part.empty(); part = socket.receive()) answer += part;
    EXPECT_FALSE(answer.starts_with("HTTP/1.1 101") || answer.starts_with("HTTP/1.1 200")) << answer;
  }
  EXPECT_EQ(http_get(listen(), "/healthz").status, 200);
}

TEST_F(HttpTest, LoopbackListenerServesOnlyLoopbackHosts) {
  const auto port = std::to_string(listen().port);
  for (const auto& host : {"localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port, std::string("localhost"),
                           std::string("127.0.0.1"), "LOCALHOST:" + port}) {
    EXPECT_EQ(http(listen(), with_host(upgrade_request(), host)).status, 101) << host;
  }
  // DNS rebinding: a foreign page's name that resolves to 127.0.0.1.
  for (const auto& host : {std::string("evil.example"), "evil.example:" + port, std::string("localhost.evil.example"),
                           std::string("127.0.0.1.evil.example"), "192.0.2.1:" + port, std::string("")}) {
    const auto status = http(listen(), with_host(upgrade_request(), host)).status;
    EXPECT_TRUE(status == 403 || status == 421 || status == 400) << "\"" << host << "\": " << status;
  }
  EXPECT_GE(http(listen(), with_host({.target = "/healthz"}, "evil.example")).status, 400);
}

TEST_F(HttpTest, AdminListenerServesOnlyLoopbackHosts) {
  const auto& admin = stack().daemon.admin();
  EXPECT_GE(http(admin, with_host({.target = "/healthz"}, "evil.example")).status, 400);
  EXPECT_EQ(http(admin, with_host({.target = "/healthz"}, "localhost")).status, 200);
}

TEST_F(HttpTest, LoopbackAndSameHostOriginsAreServed) {
  for (const auto& origin :
       {std::string("http://localhost"), std::string("http://localhost:3000"), std::string("https://127.0.0.1:8443"),
        std::string("http://[::1]:5173"), "http://" + listen().authority()}) {
    EXPECT_EQ(http(listen(), with_header(upgrade_request(), "Origin", origin)).status, 101) << origin;
  }
}

TEST_F(HttpTest, ForeignOriginsAreRefusedBeforeTheUpgrade) {
  for (const auto* origin :
       {"https://evil.example", "http://localhost.evil.example", "null", "http://127.0.0.1.evil.example",
        "http://192.0.2.1", "nonsense", "https://evil.example#localhost", "https://localhost@evil.example"}) {
    EXPECT_EQ(http(listen(), with_header(upgrade_request(), "Origin", origin)).status, 403) << origin;
  }
}

int status_for_origin(Daemon& daemon, const std::string& origin) {
  return http(daemon.listen(), with_header(upgrade_request(), "Origin", origin)).status;
}

TEST(OriginsTest, ConfiguredOriginsAreServed) {
  Broker broker;
  Daemon daemon({.broker_url = broker.url(),
                 .config = "[origins]\nallow = [\"https://exact.example.com\", \"https://*.example.org\"]\n"});
  for (const auto* origin : {"https://exact.example.com", "https://game.example.org", "https://a.b.example.org"}) {
    EXPECT_EQ(status_for_origin(daemon, origin), 101) << origin;
  }
  for (const auto* origin :
       {"http://exact.example.com", "https://exact.example.com:444", "https://other.example.com", "https://example.org",
        "http://game.example.org", "https://game.example.org.evil.example", "https://evilexample.org"}) {
    EXPECT_EQ(status_for_origin(daemon, origin), 403) << origin;
  }
  EXPECT_EQ(http(daemon.listen(), upgrade_request()).status, 101) << "who sends none is no browser";
}

TEST(OriginsTest, StarServesEveryOrigin) {
  Broker broker;
  Daemon daemon({.broker_url = broker.url(), .config = "[origins]\nallow = [\"*\"]\n"});
  for (const auto* origin : {"https://evil.example", "null", "http://localhost"}) {
    EXPECT_EQ(status_for_origin(daemon, origin), 101) << origin;
  }
}

TEST_F(HttpTest, MethodsThatAreNotServedAreAnsweredWithThoseThatAre) {
  HttpRequest head = upgrade_request();
  head.method = "HEAD";
  EXPECT_EQ(http(listen(), head).status, 405) << "RFC 6455 §4.1: a GET";
  EXPECT_EQ(http(listen(), head).header("allow"), "GET");
  const auto post = http(listen(), {.method = "POST", .target = "/healthz"});
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.header("allow"), "GET, HEAD");
  EXPECT_EQ(http(listen(), {.method = "POST", .target = "/nothing"}).status, 404);
  EXPECT_EQ(http(stack().daemon.admin(), {.method = "DELETE", .target = "/readyz"}).status, 405);
}

TEST_F(HttpTest, ABodyIsNotReadAndEndsTheConnection) {
  const HttpRequest request = with_header({.method = "POST", .target = "/nothing"}, "Content-Length", "1000000");
  const auto response = http(listen(), request);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_EQ(http(listen(), with_header({.target = "/healthz"}, "Content-Length", "5")).status, 413);
}

TEST_F(HttpTest, RefusesASecondHost) {
  EXPECT_EQ(http(listen(), with_header(upgrade_request(), "Host", "127.0.0.1")).status, 400);
}

}  // namespace
}  // namespace lobbyd::integration
