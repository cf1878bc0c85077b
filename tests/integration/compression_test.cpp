// permessage-deflate (RFC 7692): agreed upon where the client offers it and the operator allows it; then both sides may
// compress, and nothing else changes.

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/deflate.hpp"
#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

constexpr std::uint8_t compressed = 4;  // RSV1
const std::string agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

HttpRequest offering(const std::string& offer) {
  auto request = upgrade_request();
  request.headers.emplace_back("Sec-WebSocket-Extensions", offer);
  return request;
}

std::string json_text(std::size_t size, int seed) {
  std::string text;
  for (int i = seed; text.size() < size; ++i) {
    text += R"({"player":"player-)" + std::to_string(i * 7919 % 1000) + R"(","score":)" + std::to_string(i * 31) + "},";
  }
  return text.substr(0, size);
}

// A daemon that compresses, for all tests.
class CompressionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { stack = std::make_unique<Stack>("[compression]\nenabled = true\n"); }
  static void TearDownTestSuite() { stack.reset(); }
  void TearDown() override { EXPECT_TRUE(stack->daemon.running()) << "the daemon has died"; }

  static const Endpoint& listen() { return stack->daemon.listen(); }

  static std::unique_ptr<RpcClient> client(std::optional<int> window, const Json& params = Json::object()) {
    auto result = std::make_unique<RpcClient>(listen(), WebSocketOptions{.compression_window = window});
    result->connect(params);
    return result;
  }

  // That has connected, and may compress.
  static RawWebSocket raw_client(const Json& params = Json::object()) {
    RawWebSocket socket(listen(), offering("permessage-deflate"));
    socket.send_text(Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "connect"}, {"params", params}}.dump());
    EXPECT_TRUE(text_of(socket.receive()).contains("\"result\""));
    return socket;
  }

  static std::string text_of(const std::optional<RawFrame>& frame) {
    return !frame ? "" : frame->reserved == compressed ? inflated(frame->payload) : frame->payload;
  }

  static Closing closing_after(const RawFrame& frame) {
    auto socket = raw_client();
    socket.send(frame);
    return socket.wait_closed();
  }

  static inline std::unique_ptr<Stack> stack;
};

std::string answer_to(const Endpoint& endpoint, const std::string& offer) {
  const auto response = http(endpoint, offering(offer));
  return response.status == 101 ? response.header("sec-websocket-extensions") : std::to_string(response.status);
}

TEST_F(CompressionTest, IsAnsweredWhereItIsOffered) {
  EXPECT_EQ(answer_to(listen(), "permessage-deflate; client_max_window_bits"), agreed);
  EXPECT_EQ(answer_to(listen(), "x-other, permessage-deflate; server_max_window_bits=\"10\""),
            agreed + "; server_max_window_bits=9");
  EXPECT_EQ(answer_to(listen(), "permessage-deflate; unknown, permessage-bzip2"), "");
  EXPECT_EQ(answer_to(listen(), "permessage-deflate; ="), "400");
  EXPECT_EQ(http(listen(), upgrade_request()).header("sec-websocket-extensions"), "");
}

TEST_F(CompressionTest, OffersMayComeInSeveralHeaders) {
  auto request = offering("permessage-deflate; server_max_window_bits=8");
  request.headers.emplace_back("Sec-WebSocket-Extensions", "permessage-deflate");
  EXPECT_EQ(http(listen(), request).header("sec-websocket-extensions"), agreed);
}

TEST(CompressionDefaultTest, IsOff) {
  Stack stack;
  EXPECT_EQ(answer_to(stack.daemon.listen(), "permessage-deflate"), "");
  EXPECT_EQ(answer_to(stack.daemon.listen(), "permessage-deflate; ="), "") << "what is not used is not read";
}

TEST_F(CompressionTest, MessagesOfAllSizesPassBothWays) {
  for (const int window : {15, 12, 9}) {
    const auto it = client(window);
    EXPECT_TRUE(it->socket().extensions().starts_with(agreed));
    const std::string topic = "sizes/" + std::to_string(window);
    it->call("subscribe", {{"topic", topic}, {"qos", 1}});
    for (const std::size_t size : {0U, 1U, 100U, 300U, 301U, 5'000U, 40'000U, 50'000U}) {
      const auto text = json_text(size, window);
      it->call("publish", {{"topic", topic}, {"payload", text}, {"qos", 1}});
      EXPECT_EQ(it->next_message().at("payload"), text) << size;
    }
  }
}

TEST_F(CompressionTest, EveryClientGetsTheSame) {
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (const std::optional<int> window : {std::optional<int>(15), std::optional<int>(15), std::optional<int>(9), {}}) {
    for (const std::string form : {"auto", "base64"}) {
      clients.push_back(client(window, {{"payloads", form}}));
      clients.back()->call("subscribe", {{"topic", "all/#"}, {"qos", clients.size() % 3}});
    }
  }
  const auto text = json_text(3'000, 1);
  for (const std::string name : {"all/1", "all/2"}) {
    clients.front()->call("publish", {{"topic", name}, {"payload", text}, {"qos", 2}});
  }
  const auto encoded = clients[1]->next_message().at("payload_base64");
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const auto message =
        clients[i]->wait_notification("message", [](const Json& it) { return it.at("topic") == "all/2"; });
    EXPECT_EQ(i % 2 == 0 ? message.at("payload") : message.at("payload_base64"), i % 2 == 0 ? Json(text) : encoded);
  }
}

TEST_F(CompressionTest, ABurstOfOneTopicArrivesWholeAndInOrder) {
  const auto it = client(15);
  it->call("subscribe", {{"topic", "burst"}, {"qos", 0}});
  const auto publisher = client(std::nullopt);
  std::vector<std::string> sent;
  for (int i = 0; i < 100; ++i) {
    sent.push_back(json_text(i % 2 == 0 ? 50 : 700, i));
    publisher->notify("publish", {{"topic", "burst"}, {"payload", sent.back()}});
  }
  EXPECT_EQ(payloads_of(it->next_messages(sent.size())), sent);
}

TEST_F(CompressionTest, RetainedMessagesAndPagesOfThemAreCompressed) {
  LOBBYD_NEEDS(retained_by_wildcard);
  const auto publisher = client(std::nullopt);
  for (int i = 0; i < 20; ++i) {
    publisher->call(
        "publish",
        {{"topic", "kept/" + std::to_string(i)}, {"payload", json_text(1'000, i)}, {"qos", 1}, {"retain", true}});
  }
  for (int clients = 0; clients < 3; ++clients) {
    const auto it = client(15);
    EXPECT_TRUE(is_whole(it->call("subscribe", {{"topic", "kept/#"}}).at("retained"), 20));
    for (const auto& message : it->next_messages(20)) {
      EXPECT_EQ(message.at("payload"), json_text(1'000, std::stoi(message.at("topic").get<std::string>().substr(5))));
    }
    EXPECT_EQ(it->call("retained.get", {{"topic", "kept/#"}}).at("messages").size(), 20U);
  }
}

TEST_F(CompressionTest, OnlyWhatIsLargeIsCompressed) {
  RawWebSocket socket(listen(), offering("permessage-deflate"));
  socket.send_text(R"({"jsonrpc":"2.0","id":1,"method":"connect"})");
  const auto large = socket.receive();
  ASSERT_TRUE(large);
  EXPECT_EQ(large->reserved, compressed);
  EXPECT_EQ(Json::parse(inflated(large->payload)).at("id"), 1);
  socket.send_text(R"({"jsonrpc":"2.0","id":2,"method":"ping"})");
  const auto small = socket.receive();
  ASSERT_TRUE(small);
  EXPECT_EQ(small->reserved, 0);
  EXPECT_EQ(Json::parse(small->payload).at("id"), 2);
}

TEST_F(CompressionTest, NotificationsAreCompressedForTheirWindow) {
  RawWebSocket socket(listen(), offering("permessage-deflate; server_max_window_bits=9"));
  socket.send_text(R"([{"jsonrpc":"2.0","id":1,"method":"connect"},)"
                   R"({"jsonrpc":"2.0","id":2,"method":"subscribe","params":{"topic":"window"}}])");
  socket.receive();
  socket.receive();
  const auto text = json_text(20'000, 4);
  client(15)->call("publish", {{"topic", "window"}, {"payload", text}, {"qos", 1}});
  const auto frame = socket.receive();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->reserved, compressed);
  EXPECT_LT(frame->payload.size(), text.size() / 2);
  EXPECT_EQ(Json::parse(inflated(frame->payload, 9)).at("params").at("payload"), text);
}

TEST_F(CompressionTest, FragmentsOfACompressedMessageMayHavePingsBetween) {
  auto socket = raw_client();
  const auto payload = deflated(R"({"jsonrpc":"2.0","id":2,"method":"ping"})");
  socket.send({.opcode = Opcode::text, .payload = payload.substr(0, 9), .final = false, .reserved = compressed});
  socket.send({.opcode = Opcode::ping, .payload = "between"});
  socket.send({.opcode = Opcode::continuation, .payload = payload.substr(9)});
  EXPECT_EQ(socket.receive()->payload, "between");
  EXPECT_EQ(Json::parse(text_of(socket.receive())).at("id"), 2);
}

TEST_F(CompressionTest, ABombClosesWith1009) {
  for (const std::size_t size : {65'537U, 50'000'000U}) {
    const auto closing =
        closing_after({.opcode = Opcode::text, .payload = deflated(std::string(size, ' ')), .reserved = compressed});
    EXPECT_TRUE(is_closing(closing, 1009, "too_large")) << size;
  }
  auto socket = raw_client();
  const std::string ping = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";
  socket.send({.opcode = Opcode::text,
               .payload = deflated(ping + std::string(65'536 - ping.size(), ' ')),
               .reserved = compressed});
  EXPECT_EQ(Json::parse(text_of(socket.receive())).at("id"), 2) << "the limit itself";
}

TEST_F(CompressionTest, WhatCannotBeDecompressedClosesWith1002) {
  const auto good = deflated(R"({"jsonrpc":"2.0","id":2,"method":"ping"})");
  for (const auto& payload :
       {std::string(), std::string("\xff\xff\xff"), good.substr(0, good.size() / 2), good + good}) {
    EXPECT_TRUE(is_closing(closing_after({.opcode = Opcode::text, .payload = payload, .reserved = compressed}), 1002));
  }
  EXPECT_TRUE(is_closing(closing_after({.opcode = Opcode::ping, .reserved = compressed}), 1002));
  EXPECT_TRUE(is_closing(closing_after({.opcode = Opcode::text, .payload = good, .reserved = 6}), 1002)) << "RSV2";
}

TEST_F(CompressionTest, InvalidUtf8ClosesWith1007) {
  const auto bad = deflated(std::string(100, ' ') + "\xff");
  EXPECT_TRUE(is_closing(closing_after({.opcode = Opcode::text, .payload = bad, .reserved = compressed}), 1007));
}

TEST_F(CompressionTest, CompressedBinaryClosesWith1003) {
  const auto binary = deflated("bytes");
  EXPECT_TRUE(is_closing(closing_after({.opcode = Opcode::binary, .payload = binary, .reserved = compressed}), 1003));
}

// What a client must hold is the message, not what comes of it over the network.
TEST_F(CompressionTest, TooLargeIsWhatIsLargeDecompressed) {
  const auto it = client(15, {{"max_message_bytes", 1'024}});
  it->call("subscribe", {{"topic", "large"}});
  it->call("publish", {{"topic", "large"}, {"payload", std::string(2'000, 'x')}, {"qos", 1}});
  const auto notice = it->wait_notification("too_large");
  EXPECT_EQ(notice.at("topic"), "large");
  EXPECT_GT(notice.at("bytes"), 2'000);
}

}  // namespace
}  // namespace lobbyd::integration
