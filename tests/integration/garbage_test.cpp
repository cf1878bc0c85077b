// While some clients send garbage, the others notice nothing.

#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

// A client that uses the daemon while the test does something else.
class GarbageTest : public SharedStackTest {
 protected:
  void SetUp() override {
    SharedStackTest::SetUp();
    witness_ = client();
    witness_->call("subscribe", {{"topic", topic("witness")}, {"qos", 1}});
    daemon_id_ = stack().daemon.id();
  }

  // One round trip through the broker, with nothing else coming, and the same daemon.
  void expect_unconcerned() {
    const auto text = std::to_string(++round_);
    witness_->call("publish", {{"topic", topic("witness")}, {"payload", text}, {"qos", 1}});
    EXPECT_EQ(witness_->next_message().at("payload"), text);
    EXPECT_EQ(witness_->received().size(), 2U + 2U * static_cast<std::size_t>(round_));
    EXPECT_FALSE(witness_->socket().closed());
    EXPECT_TRUE(stack().daemon.running());
    EXPECT_EQ(stack().daemon.id(), daemon_id_);
  }

 private:
  std::unique_ptr<RpcClient> witness_;
  pid_t daemon_id_ = 0;
  int round_ = 0;
};

const std::string connect_frame = encode({.payload = R"({"jsonrpc":"2.0","id":1,"method":"connect"})"});

TEST_F(GarbageTest, EveryKindOfItConcernsItsSenderAlone) {
  const std::vector<std::string> garbage = {
      encode({.payload = "nonsense"}),
      encode({.payload = "{}"}),
      encode({.payload = "[]"}),
      encode({.payload = "[[[[[[1]]]]]]"}),
      encode({.payload = std::string(60'000, '[')}),
      encode({.payload = R"({"jsonrpc":"2.0","id":2,"method":"connect"})"}),
      encode({.payload = R"({"jsonrpc":"2.0","id":3,"method":"nothing"})"}),
      encode({.payload = R"({"jsonrpc":"2.0","id":4,"method":"publish","params":{"topic":"#"}})"}),
      encode({.payload = R"({"jsonrpc":"2.0","id":5,"method":"publish","params":{"topic":"lobby/x"}})"}),
      encode({.payload = R"({"jsonrpc":"2.0","id":6,"method":"subscribe","params":{"topic":"a/#/b"}})"}),
      encode({.payload = R"({"jsonrpc":"2.0","id":7,"method":"subscribe","params":{"topics":[[],{},1]}})"}),
      encode({.opcode = Opcode::binary, .payload = std::string(1'000, '\xff')}),
      encode({.payload = "\xff\xfe"}),
      encode({.payload = std::string(100'000, 'x')}),
      encode({.payload = "x", .masked = false}),
      encode({.opcode = static_cast<Opcode>(5), .payload = "x"}),
      encode({.opcode = Opcode::close, .payload = "x"}),
      std::string(1'000, '\0'),
      std::string(1'000, '\xff'),
  };
  for (const auto& bytes : garbage) {
    RawWebSocket before(listen());
    before.socket().send(bytes);
    RawWebSocket after(listen());
    after.socket().send(connect_frame + bytes);
    expect_unconcerned();
  }
}

TEST_F(GarbageTest, RandomBytesConcernTheirSenderAlone) {
  std::mt19937 random(20'26);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 200; ++round) {
    std::string bytes = connect_frame;
    for (int i = 0; i < 300; ++i) bytes += static_cast<char>(byte(random));
    RawWebSocket socket(listen());
    socket.socket().send(bytes);
    if (round % 20 == 0) expect_unconcerned();
  }
  expect_unconcerned();
}

// Valid frames with mutilated requests get past the WebSocket layer.
TEST_F(GarbageTest, MutilatedRequestsConcernTheirSenderAlone) {
  const std::string request =
      R"({"jsonrpc":"2.0","id":1,"method":"publish","params":{"topic":"garbage/a","payload":{"x":[1,2.5,"ü",null]},)"
      R"("qos":0,"retain":false,"user_properties":[["k","v"]]}})";
  std::mt19937 random(7);
  std::uniform_int_distribution<std::size_t> position(0, request.size() - 1);
  std::uniform_int_distribution<int> printable(32, 126);
  for (int round = 0; round < 50; ++round) {
    RawWebSocket socket(listen());
    std::string bytes = connect_frame;
    for (int i = 0; i < 20; ++i) {
      auto text = request;
      for (int change = 0; change < 3; ++change) text[position(random)] = static_cast<char>(printable(random));
      bytes += encode({.payload = text});
    }
    socket.socket().send(bytes);
    if (round % 10 == 0) expect_unconcerned();
  }
  expect_unconcerned();
}

TEST_F(GarbageTest, ConnectionsThatComeAndGoConcernNobody) {
  for (int round = 0; round < 100; ++round) {
    TcpSocket socket(listen());
    if (round % 3 == 1) socket.send("GET /ws HT");
    if (round % 3 == 2) socket.abort();
  }
  for (int round = 0; round < 50; ++round) {
    RawWebSocket socket(listen());
    socket.socket().send(connect_frame);
    if (round % 2 == 0) socket.socket().abort();
  }
  expect_unconcerned();
}

// Requests whose sender is gone before they are answered.
TEST_F(GarbageTest, AnswersToTheDeadConcernNobody) {
  for (int round = 0; round < 30; ++round) {
    RawWebSocket socket(listen());
    std::string bytes = connect_frame;
    for (int i = 0; i < 20; ++i) {
      bytes += encode({.payload = R"({"jsonrpc":"2.0","id":2,"method":"subscribe","params":{"topic":")" +
                                  topic("dead/" + std::to_string(i)) + R"("}})"});
      bytes += encode({.payload = R"({"jsonrpc":"2.0","id":3,"method":"publish","params":{"qos":1,"topic":")" +
                                  topic("dead/" + std::to_string(i)) + R"("}})"});
    }
    socket.socket().send(bytes);
    socket.socket().abort();
  }
  expect_unconcerned();
}

}  // namespace
}  // namespace lobbyd::integration
