#include "service/gateway/websocket_connection.hpp"

#include "protocol/websocket/deflate.hpp"
#include "protocol/websocket/frame.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lobbyd::gateway {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

class Recorder final : public ConnectionHandler {
 public:
  void on_requests(Requests requests) override {
    ids.push_back(requests.requests.front().id);
    if (on_requests_do) {
      on_requests_do();
    }
  }
  void on_flushed() override {}
  void on_overflow(const Outbox::Overflow& overflow) override { dropped += overflow.dropped; }
  void on_end(std::unique_ptr<Outbox> rest) override {
    ends.emplace_back("ended");
    session = std::move(rest);
  }
  void on_gone() override { ends.emplace_back("gone"); }

  std::vector<api::Id> ids;
  std::function<void()> on_requests_do;
  std::uint64_t dropped = 0;
  std::vector<std::string> ends;
  std::unique_ptr<Outbox> session;
};

// A connection over a real socket; the test is the client.
class WebSocketConnectionTest : public testing::Test {
 protected:
  WebSocketConnectionTest() {
    tcp::acceptor acceptor(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    client_.connect(acceptor.local_endpoint());
    tcp::socket socket = acceptor.accept();
    socket.non_blocking(true);
    connection_ = std::make_shared<WebSocketConnection>(FileDescriptor(socket.release()), loop_, limits_, true);
    connection_->start(handler_, {});
  }

  void send_request(int id) { send_text(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"ping"})"); }
  void send_text(std::string_view text) { send_frame(0x81, text); }
  // Masked with zeros: the payload is readable.
  void send_frame(int start, std::string_view payload) {
    std::string frame{static_cast<char>(start), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
    boost::asio::write(client_, boost::asio::buffer(frame.append(payload)));
  }

  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      context_.restart();
      context_.run_one_for(100ms);
    }
    return done();
  }

  static Frame frame(const std::string& text) {
    return std::make_shared<const std::string>(websocket::encode_frame(websocket::Opcode::text, text));
  }
  // The next bytes that come.
  std::string read(std::size_t size) {
    run_until([&] { return client_.available() >= size; });
    std::string bytes(size, '\0');
    boost::asio::read(client_, boost::asio::buffer(bytes));
    return bytes;
  }

  // The code of the Close frame that is the next thing to come.
  unsigned close_code() {
    run_until([&] { return client_.available() >= 4; });
    std::array<unsigned char, 4> bytes{};
    boost::asio::read(client_, boost::asio::buffer(bytes));
    EXPECT_EQ(bytes[0], 0x88);
    return bytes[2] * 256U + bytes[3];
  }

  const WebSocketConnection::Limits limits_{.max_message_bytes = 1000, .outbox = {.bytes = 100'000}, .keep_alive = 25s};
  boost::asio::io_context context_;
  Loop loop_{context_};
  tcp::socket client_{context_};
  std::shared_ptr<Recorder> handler_ = std::make_shared<Recorder>();
  std::shared_ptr<WebSocketConnection> connection_;
};

TEST_F(WebSocketConnectionTest, AFaultInTheHandlerEndsThisConnectionAlone) {
  handler_->on_requests_do = [] { throw std::runtime_error("a fault"); };
  send_request(1);
  EXPECT_EQ(close_code(), 1011U);
  EXPECT_EQ(handler_->ends, (std::vector<std::string>{"ended"}));
  client_.close();
  EXPECT_TRUE(run_until([&] { return connection_->is_gone(); }));
  EXPECT_EQ(handler_->ends, (std::vector<std::string>{"ended", "gone"}));
}

TEST_F(WebSocketConnectionTest, ARequestMayBeCompressed) {
  websocket::Deflater deflater({.min_bytes = 0});
  const auto frame = deflater.compress(websocket::encode_frame(
      websocket::Opcode::text, R"({"jsonrpc":"2.0","id":7,"method":"ping","params":{}})" + std::string(100, ' ')));
  send_frame(0xC1, websocket::first_payload(frame.value()));
  ASSERT_TRUE(run_until([&] { return !handler_->ids.empty(); }));
  EXPECT_EQ(handler_->ids, (std::vector<api::Id>{api::Id(7)}));
}

TEST_F(WebSocketConnectionTest, WhatComesWhilePausedIsHandedOverLaterInOrder) {
  handler_->on_requests_do = [&] { connection_->pause_reading(handler_->ids.size() == 1); };
  send_request(1);
  send_request(2);
  send_request(3);
  ASSERT_TRUE(run_until([&] { return !handler_->ids.empty(); }));
  context_.run_for(20ms);
  EXPECT_EQ(handler_->ids, (std::vector<api::Id>{api::Id(1)}));
  connection_->pause_reading(false);
  ASSERT_TRUE(run_until([&] { return handler_->ids.size() == 3; }));
  EXPECT_EQ(handler_->ids, (std::vector<api::Id>{api::Id(1), api::Id(2), api::Id(3)}));
}

TEST_F(WebSocketConnectionTest, AClientThatIsPausedCanStillBeClosed) {
  connection_->pause_reading(true);
  connection_->close(api::CloseCode::service_restart);
  EXPECT_EQ(close_code(), 1012U);
  boost::asio::write(client_, boost::asio::buffer(std::string("\x88\x80\0\0\0\0", 6)));
  EXPECT_TRUE(run_until([&] { return connection_->is_gone(); }));
}

// A client sends on for a while before it reads: a reset would take the Close frame from it.
TEST_F(WebSocketConnectionTest, AFrameThatIsTooLargeIsReadAwaySoThatItsSenderLearnsWhy) {
  std::string header{static_cast<char>(0x81), static_cast<char>(0xff)};
  header += std::string("\0\0\0\0\1\0\0\0", 8) + std::string(4, '\0');
  boost::asio::write(client_, boost::asio::buffer(header));
  client_.non_blocking(true);
  const std::string part(64U << 10U, 'x');
  std::size_t sent = 0;
  EXPECT_TRUE(run_until([&] {
    boost::system::error_code error;
    sent += client_.write_some(boost::asio::buffer(part), error);
    EXPECT_TRUE(!error || error == boost::asio::error::would_block) << error.message();
    return sent >= (8U << 20U);
  }));
  client_.non_blocking(false);
  EXPECT_EQ(close_code(), 1009U);
}

TEST_F(WebSocketConnectionTest, WhatTheSocketTakesInPartsArrivesWhole) {
  const auto frame = std::make_shared<const std::string>(
      websocket::encode_frame(websocket::Opcode::binary, std::string(8'000'000, 'z')));
  connection_->send(frame, Outbox::Class::notice);
  std::string received;
  std::vector<char> buffer(1U << 20U);
  client_.non_blocking(true);
  ASSERT_TRUE(run_until([&] {
    boost::system::error_code error;
    received.append(buffer.data(), client_.read_some(boost::asio::buffer(buffer), error));
    return received.size() >= frame->size();
  }));
  EXPECT_TRUE(received == *frame);
}

TEST_F(WebSocketConnectionTest, OverflowIsToldWhenTheSocketTakesSomethingAgain) {
  const auto frame =
      std::make_shared<const std::string>(websocket::encode_frame(websocket::Opcode::text, std::string(50'000, 'z')));
  for (int i = 0; i < 2000; ++i) {
    connection_->send(frame, Outbox::Class::droppable);
    context_.restart();
    context_.poll();
  }
  const std::uint64_t before = handler_->dropped;
  std::vector<char> buffer(1U << 20U);
  client_.non_blocking(true);
  EXPECT_TRUE(run_until([&] {
    boost::system::error_code error;
    client_.read_some(boost::asio::buffer(buffer), error);
    return handler_->dropped > before;
  }));
}

TEST_F(WebSocketConnectionTest, WhoTakesNothingForLongIsASlowConsumer) {
  const auto frame = std::make_shared<const std::string>(
      websocket::encode_frame(websocket::Opcode::binary, std::string(8'000'000, 'z')));
  connection_->send(frame, Outbox::Class::notice);
  ASSERT_TRUE(run_until([&] { return client_.available() > 0; }));
  // Else its silence would end it sooner.
  connection_->pause_reading(true);
  const auto now = std::chrono::steady_clock::now();
  loop_.poller().tick(now + 99s);
  EXPECT_TRUE(handler_->ends.empty());
  loop_.poller().tick(now + 101s);
  EXPECT_TRUE(run_until([&] { return !handler_->ends.empty(); }));
}

TEST_F(WebSocketConnectionTest, AClientThatDoesNotAnswerACloseIsNotWaitedForForEver) {
  connection_->close(api::CloseCode::normal);
  EXPECT_EQ(close_code(), 1000U);
  const auto now = std::chrono::steady_clock::now();
  loop_.poller().tick(now + 9s);
  EXPECT_FALSE(connection_->is_gone());
  loop_.poller().tick(now + 10s);
  EXPECT_TRUE(connection_->is_gone());
}

// What is counted of a session is not sent any more, and comes back; an answer is sent.
TEST_F(WebSocketConnectionTest, TheRestOfASessionComesBackWithTheEnd) {
  auto session = std::make_unique<Outbox>(limits_.outbox);
  session->remember();
  connection_->remember(std::move(session));
  connection_->send(frame("1"), Outbox::Class::reliable, nullptr, {}, 1);
  ASSERT_TRUE(run_until([&] { return client_.available() >= 3; }));
  EXPECT_EQ(read(3),
            "\x81\x01"
            "1");
  connection_->send(frame("2"), Outbox::Class::reliable, nullptr, {}, 1);
  connection_->send(frame("a"), Outbox::Class::notice);
  connection_->close(api::CloseCode::taken_over);
  ASSERT_NE(handler_->session, nullptr);
  EXPECT_EQ(handler_->session->last_number(), 2U);
  EXPECT_TRUE(handler_->session->can_continue_behind(0));
  EXPECT_TRUE(handler_->session->can_continue_behind(1));
  EXPECT_FALSE(handler_->session->can_continue_behind(2));
  EXPECT_EQ(read(3),
            "\x81\x01"
            "a");
  EXPECT_EQ(close_code(), 4409U);
}

TEST_F(WebSocketConnectionTest, ASessionWhoseMessageDidNotFitIsLost) {
  auto session = std::make_unique<Outbox>(limits_.outbox);
  session->remember();
  connection_->remember(std::move(session));
  for (int count = 0; count < 3; ++count) {
    connection_->send(frame(std::string(60'000, 'z')), Outbox::Class::reliable, nullptr, {}, 1);
  }
  ASSERT_TRUE(run_until([&] { return handler_->session != nullptr; }));
  EXPECT_TRUE(handler_->session->has_lost());
}

TEST_F(WebSocketConnectionTest, AnEndedSessionsRestIsSent) {
  auto session = std::make_unique<Outbox>(limits_.outbox);
  session->remember();
  connection_->remember(std::move(session));
  connection_->send(frame("1"), Outbox::Class::reliable, nullptr, {}, 1);
  connection_->remember(nullptr);
  connection_->close(api::CloseCode::service_restart);
  EXPECT_EQ(read(3),
            "\x81\x01"
            "1");
  EXPECT_EQ(close_code(), 1012U);
  EXPECT_EQ(handler_->session, nullptr);
}

}  // namespace
}  // namespace lobbyd::gateway
