// WebSocket framing (RFC 6455) as the daemon reads and writes it, byte by byte.

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

const std::string connect_request = R"({"jsonrpc":"2.0","id":1,"method":"connect"})";
const std::string ping_request = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";

class FramingTest : public SharedStackTest {
 protected:
  // A raw client that has connected.
  RawWebSocket raw_client() {
    RawWebSocket socket(listen());
    socket.send_text(connect_request);
    const auto answer = socket.receive();
    EXPECT_TRUE(answer && Json::parse(answer->payload).contains("result"));
    return socket;
  }

  Closing closing_after(const std::string& bytes) {
    auto socket = raw_client();
    socket.socket().send(bytes);
    return socket.wait_closed();
  }
};

bool answers_ping(RawWebSocket& socket) {
  socket.send_text(ping_request);
  const auto answer = socket.receive();
  return answer && answer->opcode == Opcode::text && Json::parse(answer->payload).at("id") == 2;
}

TEST_F(FramingTest, ServerFramesAreWholeAndUnmasked) {
  RawWebSocket socket(listen());
  socket.send_text(connect_request);
  const auto frame = socket.receive();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->opcode, Opcode::text);
  EXPECT_TRUE(frame->final);
  EXPECT_FALSE(frame->masked);
  EXPECT_EQ(frame->reserved, 0);
}

TEST_F(FramingTest, FragmentsAreJoined) {
  auto socket = raw_client();
  socket.send({.opcode = Opcode::text, .payload = ping_request.substr(0, 5), .final = false});
  socket.send({.opcode = Opcode::continuation, .payload = "", .final = false});
  socket.send({.opcode = Opcode::continuation, .payload = ping_request.substr(5), .final = true});
  const auto answer = socket.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(Json::parse(answer->payload).at("id"), 2);
}

TEST_F(FramingTest, ControlFramesMayStandBetweenFragments) {
  auto socket = raw_client();
  socket.send({.opcode = Opcode::text, .payload = ping_request.substr(0, 9), .final = false});
  socket.send({.opcode = Opcode::ping, .payload = "between"});
  const auto pong = socket.receive();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, Opcode::pong);
  EXPECT_EQ(pong->payload, "between");
  socket.send({.opcode = Opcode::continuation, .payload = ping_request.substr(9)});
  const auto answer = socket.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(Json::parse(answer->payload).at("id"), 2);
}

TEST_F(FramingTest, FragmentMayEndInsideACharacter) {
  auto socket = raw_client();
  const std::string request = R"({"jsonrpc":"2.0","id":"ü","method":"ping"})";
  const auto inside = request.find('\xc3') + 1;
  socket.send({.opcode = Opcode::text, .payload = request.substr(0, inside), .final = false});
  socket.send({.opcode = Opcode::continuation, .payload = request.substr(inside)});
  const auto answer = socket.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(Json::parse(answer->payload).at("id"), "ü");
}

TEST_F(FramingTest, PingIsAnsweredWithItsPayload) {
  auto socket = raw_client();
  for (const auto& payload : {std::string(), std::string("hello"), std::string(125, '\xff')}) {
    socket.send({.opcode = Opcode::ping, .payload = payload});
    const auto pong = socket.receive();
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->opcode, Opcode::pong);
    EXPECT_EQ(pong->payload, payload);
  }
}

TEST_F(FramingTest, PingIsAnsweredBeforeConnect) {
  RawWebSocket socket(listen());
  socket.send({.opcode = Opcode::ping, .payload = "early"});
  const auto pong = socket.receive();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, Opcode::pong);
}

TEST_F(FramingTest, UnaskedPongIsIgnored) {
  auto socket = raw_client();
  socket.send({.opcode = Opcode::pong, .payload = "nobody asked"});
  EXPECT_TRUE(answers_ping(socket));
}

TEST_F(FramingTest, FramesMayComeByteByByte) {
  auto socket = raw_client();
  for (const char byte : encode({.opcode = Opcode::text, .payload = ping_request})) {
    socket.socket().send(std::string(1, byte));
  }
  const auto answer = socket.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(Json::parse(answer->payload).at("id"), 2);
}

TEST_F(FramingTest, ManyFramesMayComeAtOnce) {
  auto socket = raw_client();
  std::string bytes;
  for (int id = 10; id < 210; ++id) {
    bytes += encode(
        {.opcode = Opcode::text, .payload = R"({"jsonrpc":"2.0","method":"ping","id":)" + std::to_string(id) + "}"});
  }
  socket.socket().send(bytes);
  for (int id = 10; id < 210; ++id) {
    const auto answer = socket.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(Json::parse(answer->payload).at("id"), id);
  }
}

TEST_F(FramingTest, FirstFrameMayComeWithTheUpgradeRequest) {
  // RFC 6455 §4.1 lets a client send data only after the server's handshake, but a proxy may join what it passes on.
  TcpSocket socket(listen());
  auto request = upgrade_request();
  std::string bytes = "GET /ws HTTP/1.1\r\nHost: " + listen().authority() + "\r\n";
  for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
  socket.send(bytes + "\r\n" + encode({.opcode = Opcode::text, .payload = connect_request}));
  std::string received;
  while (!received.contains("\"result\"")) {
    const auto part = socket.receive();
    ASSERT_FALSE(part.empty()) << received;
    received += part;
  }
  EXPECT_TRUE(received.starts_with("HTTP/1.1 101"));
}

TEST_F(FramingTest, CloseIsAnsweredWithItsCode) {
  for (const std::string& payload : {std::string("\x03\xe8", 2), std::string("\x03\xe9", 2) + "going away"}) {
    auto socket = raw_client();
    socket.send({.opcode = Opcode::close, .payload = payload});
    const auto frame = socket.receive();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->opcode, Opcode::close);
    EXPECT_EQ(frame->payload.substr(0, 2), payload.substr(0, 2));
    EXPECT_FALSE(socket.receive()) << "the server ends the TCP connection";
  }
}

TEST_F(FramingTest, CloseWithoutCodeIsAnswered) {
  auto socket = raw_client();
  socket.send({.opcode = Opcode::close});
  const auto closing = socket.wait_closed();
  EXPECT_TRUE(closing.code == 1005 || closing.code == 1000) << closing.code;
}

// Godot sends FIN right after its close frame.
TEST_F(FramingTest, FinMayFollowTheCloseFrameAtOnce) {
  auto socket = raw_client();
  socket.send({.opcode = Opcode::close, .payload = std::string("\x03\xe8", 2)});
  socket.socket().shutdown_send();
  EXPECT_EQ(socket.wait_closed().code, 1000);
}

TEST_F(FramingTest, ProtocolErrorsCloseWith1002) {
  const RawFrame ping{.opcode = Opcode::text, .payload = ping_request};
  const auto changed = [&](auto change) {
    RawFrame frame = ping;
    change(frame);
    return encode(frame);
  };
  const std::string fragment = encode({.opcode = Opcode::text, .payload = "{", .final = false});
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"an unmasked frame", changed([](RawFrame& frame) { frame.masked = false; })},
      {"RSV1 without compression", changed([](RawFrame& frame) { frame.reserved = 4; })},
      {"RSV2", changed([](RawFrame& frame) { frame.reserved = 2; })},
      {"RSV3", changed([](RawFrame& frame) { frame.reserved = 1; })},
      {"a reserved data opcode", changed([](RawFrame& frame) { frame.opcode = static_cast<Opcode>(3); })},
      {"a reserved control opcode", changed([](RawFrame& frame) { frame.opcode = static_cast<Opcode>(11); })},
      {"a continuation of nothing", encode({.opcode = Opcode::continuation, .payload = "x"})},
      {"a new message inside another", fragment + encode(ping)},
      {"a fragmented ping", encode({.opcode = Opcode::ping, .payload = "x", .final = false})},
      {"a ping of 126 bytes", encode({.opcode = Opcode::ping, .payload = std::string(126, 'x')})},
      {"a close frame of one byte", encode({.opcode = Opcode::close, .payload = "x"})},
      {"a close code below 1000", encode({.opcode = Opcode::close, .payload = std::string("\x03\xe7", 2)})},
      {"the reserved close code 1005", encode({.opcode = Opcode::close, .payload = std::string("\x03\xed", 2)})},
      {"the reserved close code 1006", encode({.opcode = Opcode::close, .payload = std::string("\x03\xee", 2)})},
      {"a needlessly long length", changed([](RawFrame& frame) { frame.longest_length = true; })},
      {"a length with its highest bit set",
       std::string("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 14)},
  };
  for (const auto& [fault, bytes] : faults) {
    EXPECT_TRUE(is_closing(closing_after(bytes), 1002)) << fault;
  }
}

TEST_F(FramingTest, InvalidUtf8ClosesWith1007) {
  for (const auto& bytes :
       {std::string("\xff"), std::string("\xc0\x80"), std::string("\xed\xa0\x80"), std::string("\xf5\x80\x80\x80"),
        std::string("{\"a\":\"\xc3\"}"), std::string("\xe2\x82")}) {
    EXPECT_TRUE(is_closing(closing_after(encode({.opcode = Opcode::text, .payload = bytes})), 1007));
  }
}

TEST_F(FramingTest, InvalidUtf8InACloseReasonIsAFault) {
  const auto closing = closing_after(encode({.opcode = Opcode::close, .payload = "\x03\xe8\xff\xfe"}));
  EXPECT_TRUE(closing.code == 1007 || closing.code == 1002) << closing.code;
}

TEST_F(FramingTest, BinaryFrameClosesWith1003) {
  EXPECT_TRUE(is_closing(closing_after(encode({.opcode = Opcode::binary, .payload = ping_request})), 1003));
  EXPECT_TRUE(is_closing(closing_after(encode({.opcode = Opcode::binary})), 1003));
}

TEST_F(FramingTest, BinaryFrameBeforeConnectClosesWith1003) {
  RawWebSocket socket(listen());
  socket.send({.opcode = Opcode::binary, .payload = "x"});
  EXPECT_TRUE(is_closing(socket.wait_closed(), 1003));
}

TEST_F(FramingTest, LargestMessageIsTaken) {
  auto socket = raw_client();
  // JSON allows white space around a text.
  socket.send_text(ping_request + std::string(65536 - ping_request.size(), ' '));
  const auto answer = socket.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(Json::parse(answer->payload).at("id"), 2);
}

TEST_F(FramingTest, LargerMessageClosesWith1009) {
  const auto closing = closing_after(encode({.opcode = Opcode::text, .payload = std::string(65537, ' ')}));
  EXPECT_TRUE(is_closing(closing, 1009, "too_large"));
}

TEST_F(FramingTest, LargerFragmentedMessageClosesWith1009) {
  std::string bytes = encode({.opcode = Opcode::text, .payload = std::string(40'000, ' '), .final = false});
  bytes += encode({.opcode = Opcode::continuation, .payload = std::string(40'000, ' ')});
  EXPECT_TRUE(is_closing(closing_after(bytes), 1009, "too_large"));
}

// The size is judged by the frame's header: nothing is stored, nor waited for, beyond the limit.
TEST_F(FramingTest, AnnouncedSizeIsEnoughFor1009) {
  const std::string header("\x81\xff\x00\x00\x00\x7f\xff\xff\xff\xff\x01\x02\x03\x04", 14);
  EXPECT_TRUE(is_closing(closing_after(header), 1009, "too_large"));
}

TEST_F(FramingTest, EndlessEmptyFragmentsDoNoHarm) {
  auto socket = raw_client();
  std::string bytes = encode({.opcode = Opcode::text, .final = false});
  for (int i = 0; i < 10'000; ++i) bytes += encode({.opcode = Opcode::continuation, .final = false});
  bytes += encode({.opcode = Opcode::continuation, .payload = ping_request});
  socket.socket().send(bytes);
  const auto frame = socket.receive();
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->opcode == Opcode::close || Json::parse(frame->payload).at("id") == 2);
}

TEST_F(FramingTest, ConnectionMayEndAnywhereInAFrame) {
  const auto bytes = encode({.opcode = Opcode::text, .payload = std::string(200, ' ')});
  for (const std::size_t size : {1U, 2U, 3U, 4U, 7U, 8U, 100U}) {
    auto socket = raw_client();
    socket.socket().send(bytes.substr(0, size));
    socket.socket().shutdown_send();
    socket.wait_closed();
  }
  auto socket = raw_client();
  EXPECT_TRUE(answers_ping(socket));
}

}  // namespace
}  // namespace lobbyd::integration
