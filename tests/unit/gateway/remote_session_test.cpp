// Sessions whose connections are on another loop: what comes back when they end, and goes on.

#include "protocol/websocket/frame.hpp"
#include "service/gateway/threads/remote_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::gateway {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

class Recorder final : public ConnectionHandler {
 public:
  void on_requests(Requests /*requests*/) override {}
  void on_flushed() override {}
  void on_overflow(const Outbox::Overflow& /*overflow*/) override {}
  void on_end(std::unique_ptr<Outbox> rest) override {
    ended = true;
    session = std::move(rest);
  }

  bool ended = false;
  std::unique_ptr<Outbox> session;
};

struct Peer {
  explicit Peer(boost::asio::io_context& context) : socket(context) {}

  tcp::socket socket;
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Recorder> handler = std::make_shared<Recorder>();
};

// Messages are the numbers from 1, in five digits; so is what the client gets, but for a Close frame at the end.
class RemoteSessionTest : public testing::Test {
 protected:
  static constexpr std::size_t frame_size = 7;

  std::unique_ptr<Peer> connect() {
    auto peer = std::make_unique<Peer>(home_);
    peer->socket.connect(acceptor_.local_endpoint());
    tcp::socket accepted = acceptor_.accept();
    accepted.non_blocking(true);
    peer->connection = loop_.connect(FileDescriptor(accepted.release()), false);
    peer->connection->start(peer->handler, {});
    peer->socket.non_blocking(true);
    return peer;
  }
  void begin(Peer& peer) {
    auto session = std::make_unique<Outbox>(limits_.outbox);
    session->remember();
    peer.connection->remember(std::move(session));
  }
  void send(Peer& peer) {
    std::string number = std::to_string(++sent_);
    number.insert(0, 5 - number.size(), '0');
    peer.connection->send(std::make_shared<const std::string>(websocket::encode_frame(websocket::Opcode::text, number)),
                          Outbox::Class::reliable, nullptr, {}, 1);
  }
  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      turn();
      home_.restart();
      home_.run_one_for(1ms);
    }
    return done();
  }
  void turn() {
    home_.restart();
    home_.poll();
  }
  void receive(Peer& peer) {
    std::vector<char> buffer(1U << 16U);
    boost::system::error_code error;
    while (!error) {
      input_.append(buffer.data(), peer.socket.read_some(boost::asio::buffer(buffer), error));
    }
    for (; input_.size() >= frame_size && input_[0] == static_cast<char>(0x81); input_.erase(0, frame_size)) {
      EXPECT_EQ(std::stoull(input_.substr(2, 5)), ++received_);
    }
  }

  const WebSocketConnection::Limits limits_{
      .max_message_bytes = 70'000, .outbox = {.bytes = 8'000'000}, .keep_alive = 25s};
  boost::asio::io_context home_;
  tcp::acceptor acceptor_{home_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  health::Heartbeats heartbeats_;
  RemoteLoop loop_{home_, limits_, "remote-test", heartbeats_};
  std::string input_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

// By whichever end, with messages in every place on their way: each round begins where the one before it ended.
TEST_F(RemoteSessionTest, NothingIsMissingWhenItGoesOnOnAnotherConnection) {
  auto peer = connect();
  begin(*peer);
  for (int round = 0; round < 300; ++round) {
    for (int burst = 0; burst < round % 4; ++burst) {
      for (int count = 0; count < 10; ++count) {
        send(*peer);
      }
      burst % 2 == 0 ? turn() : receive(*peer);
    }
    if (round % 3 == 0) {
      peer->connection->close(api::CloseCode::taken_over);
    } else if (round % 3 == 1) {
      peer->socket.close();
    } else {
      peer->connection->abort();
    }
    send(*peer);
    int late = 0;
    ASSERT_TRUE(run_until([&] {
      if (!peer->handler->ended && late++ < 20) {
        send(*peer);
      }
      return peer->handler->ended;
    }));
    if (peer->socket.is_open()) {
      receive(*peer);
    }
    input_.clear();
    std::unique_ptr<Outbox> session = std::move(peer->handler->session);
    ASSERT_NE(session, nullptr);
    EXPECT_EQ(session->last_number(), sent_);
    ASSERT_TRUE(session->can_continue_behind(received_)) << received_ << " of " << sent_;
    session->continue_behind(received_);
    peer->connection->abort();
    peer = connect();
    peer->connection->remember(std::move(session));
  }
  EXPECT_TRUE(run_until([&] {
    receive(*peer);
    return received_ == sent_;
  }));
  EXPECT_TRUE(peer->connection->is_open());
}

// The other loop may know of the end already, or not yet.
TEST_F(RemoteSessionTest, OneThatIsHandedToAConnectionThatIsGoneComesBack) {
  auto peer = connect();
  begin(*peer);
  send(*peer);
  for (int round = 0; round < 50; ++round) {
    peer->connection->close(api::CloseCode::taken_over);
    ASSERT_TRUE(run_until([&] { return peer->handler->ended; }));
    std::unique_ptr<Outbox> session = std::move(peer->handler->session);
    ASSERT_NE(session, nullptr);
    ASSERT_TRUE(session->can_continue_behind(0));
    EXPECT_EQ(session->last_number(), sent_);
    session->continue_behind(0);
    peer->connection->abort();
    peer = connect();
    peer->socket.close();
    for (int count = 0; count < round; ++count) {
      peer->connection->acknowledge(0);
      loop_.settle();
    }
    peer->connection->remember(std::move(session));
    send(*peer);
  }
  peer->connection->abort();
  EXPECT_TRUE(run_until([&] { return loop_.connections() == 0; }));
}

TEST_F(RemoteSessionTest, WhatIsAcknowledgedIsForgotten) {
  auto peer = connect();
  begin(*peer);
  send(*peer);
  send(*peer);
  ASSERT_TRUE(run_until([&] {
    receive(*peer);
    return received_ == 2;
  }));
  peer->connection->acknowledge(1);
  peer->connection->close(api::CloseCode::timeout);
  ASSERT_TRUE(run_until([&] { return peer->handler->ended; }));
  EXPECT_FALSE(peer->handler->session->can_continue_behind(0));
  EXPECT_TRUE(peer->handler->session->can_continue_behind(1));
}

TEST_F(RemoteSessionTest, AnEndedOneIsSentToItsEnd) {
  auto peer = connect();
  begin(*peer);
  for (int count = 0; count < 100; ++count) {
    send(*peer);
  }
  peer->connection->remember(nullptr);
  peer->connection->close(api::CloseCode::service_restart);
  EXPECT_TRUE(peer->handler->ended);
  EXPECT_EQ(peer->handler->session, nullptr);
  EXPECT_TRUE(run_until([&] {
    receive(*peer);
    return received_ == sent_;
  }));
}

}  // namespace
}  // namespace lobbyd::gateway
