// Connections whose sockets another loop has, with real sockets and a real thread: the test is the home loop, and the
// clients.

#include "service/gateway/threads/remote_loop.hpp"

#include "protocol/websocket/deflate.hpp"
#include "protocol/websocket/frame.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lobbyd::gateway {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;
using Class = Outbox::Class;

Frame text_frame(const std::string& text) {
  return std::make_shared<const std::string>(websocket::encode_frame(websocket::Opcode::text, text));
}

// What a session is to a connection.
class Recorder final : public ConnectionHandler {
 public:
  void on_requests(Requests requests) override {
    for (const Request& request : requests.requests) {
      ids.push_back(request.id);
    }
    if (on_requests_do) {
      on_requests_do();
    }
  }
  void on_flushed() override { ++flushed; }
  void on_overflow(const Outbox::Overflow& overflow) override { dropped += overflow.dropped; }
  void on_end(std::unique_ptr<Outbox> /*rest*/) override { ends.emplace_back("ended"); }
  void on_gone() override { ends.emplace_back("gone"); }

  std::vector<api::Id> ids;
  std::function<void()> on_requests_do;
  int flushed = 0;
  std::uint64_t dropped = 0;
  std::vector<std::string> ends;
};

// A client with its connection, at both ends.
struct Client {
  explicit Client(boost::asio::io_context& context) : socket(context) {}

  // Masked with zeros.
  void send_text(const std::string& text) {
    std::string frame{static_cast<char>(0x81)};
    if (text.size() < 126) {
      frame += static_cast<char>(0x80 | text.size());
    } else {
      frame += {static_cast<char>(0xfe), static_cast<char>(text.size() >> 8U), static_cast<char>(text.size())};
    }
    boost::asio::write(socket, boost::asio::buffer(frame + std::string(4, '\0') + text));
  }
  void send_request(int id) { send_text(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"ping"})"); }

  tcp::socket socket;
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Recorder> handler = std::make_shared<Recorder>();
};

class RemoteLoopTest : public testing::Test {
 protected:
  RemoteLoopTest() { loop_.emplace(home_, limits_, "remote-test", heartbeats_); }

  std::unique_ptr<Client> connect(int receive_buffer = 0) {
    auto client = std::make_unique<Client>(home_);
    client->socket.open(tcp::v4());
    if (receive_buffer > 0) {
      client->socket.set_option(tcp::socket::receive_buffer_size(receive_buffer));
    }
    client->socket.connect(acceptor_.local_endpoint());
    tcp::socket accepted = acceptor_.accept();
    accepted.non_blocking(true);
    client->connection = loop_->connect(FileDescriptor(accepted.release()), true);
    client->connection->start(client->handler, {});
    return client;
  }

  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      home_.restart();
      home_.run_one_for(5ms);
    }
    return done();
  }

  // What is to be done at home just now.
  void turn() {
    home_.restart();
    home_.poll();
  }

  // The next so many bytes that come to the client.
  std::string receive(Client& client, std::size_t size) {
    std::string received;
    std::vector<char> buffer(1U << 20U);
    client.socket.non_blocking(true);
    run_until([&] {
      boost::system::error_code error;
      const std::size_t most = std::min(buffer.size(), size - received.size());
      received.append(buffer.data(), client.socket.read_some(boost::asio::buffer(buffer.data(), most), error));
      return received.size() >= size;
    });
    return received;
  }
  // The code of the Close frame that comes next, behind whatever else.
  unsigned close_code(Client& client) {
    while (true) {
      const std::string header = receive(client, 2);
      if (header.size() < 2) {
        return 0;
      }
      std::size_t size = static_cast<unsigned char>(header[1]);
      if (size >= 126) {
        const std::string extended = receive(client, size == 126 ? 2 : 8);
        size = 0;
        for (const char byte : extended) {
          size = size * 256 + static_cast<unsigned char>(byte);
        }
      }
      const std::string payload = receive(client, size);
      if (header[0] == static_cast<char>(0x88)) {
        return static_cast<unsigned char>(payload.at(0)) * 256U + static_cast<unsigned char>(payload.at(1));
      }
    }
  }

  const WebSocketConnection::Limits limits_{
      .max_message_bytes = 70'000, .outbox = {.bytes = 200'000}, .keep_alive = 25s};
  health::Heartbeats heartbeats_;
  boost::asio::io_context home_;
  tcp::acceptor acceptor_{home_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::optional<RemoteLoop> loop_;
};

TEST_F(RemoteLoopTest, RequestsComeReadAndInOrder) {
  const auto client = connect();
  for (int id = 0; id < 500; ++id) {
    client->send_request(id);
  }
  ASSERT_TRUE(run_until([&] { return client->handler->ids.size() == 500; }));
  for (int id = 0; id < 500; ++id) {
    ASSERT_EQ(client->handler->ids[static_cast<std::size_t>(id)], api::Id(id));
  }
}

TEST_F(RemoteLoopTest, RequestsMayBeCompressed) {
  websocket::Deflater deflater({.min_bytes = 0});
  std::string frame = deflater
                          .compress(websocket::encode_frame(
                              websocket::Opcode::text,
                              R"({"jsonrpc":"2.0","id":7,"method":"ping","params":{}})" + std::string(100, ' ')))
                          .value();
  // As a client has it: masked, with zeros.
  frame[1] = static_cast<char>(frame[1] | 0x80);
  frame.insert(2, 4, '\0');
  const auto client = connect();
  boost::asio::write(client->socket, boost::asio::buffer(frame));
  ASSERT_TRUE(run_until([&] { return !client->handler->ids.empty(); }));
  EXPECT_EQ(client->handler->ids[0], api::Id(7));
}

TEST_F(RemoteLoopTest, WhatIsSentArrivesInOrderWhoeverElseGetsIt) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int count = 0; count < 20; ++count) {
    clients.push_back(connect());
  }
  std::vector<std::string> expected(clients.size());
  for (std::size_t number = 0; number < 300; ++number) {
    const Frame shared = text_frame("all " + std::to_string(number));
    for (std::size_t index = 0; index < clients.size(); ++index) {
      if (index % 3 == number % 3) {
        const Frame own = text_frame("own " + std::to_string(number));
        clients[index]->connection->send(own, Class::notice);
        expected[index] += *own;
      }
      clients[index]->connection->send(shared, Class::reliable);
      expected[index] += *shared;
    }
  }
  for (std::size_t index = 0; index < clients.size(); ++index) {
    EXPECT_EQ(receive(*clients[index], expected[index].size()), expected[index]);
  }
}

TEST_F(RemoteLoopTest, FramesAreLetGoOf) {
  const auto one = connect();
  const auto other = connect();
  const Frame frame = text_frame("x");
  const auto filter = std::make_shared<const std::string>("#");
  one->connection->send(frame, Class::reliable, filter);
  other->connection->send(frame, Class::reliable, filter);
  receive(*one, frame->size());
  receive(*other, frame->size());
  EXPECT_TRUE(run_until([&] { return frame.use_count() == 1 && filter.use_count() == 1; }));
}

TEST_F(RemoteLoopTest, AFaultInTheHandlerEndsThisConnectionAlone) {
  const auto client = connect();
  const auto other = connect();
  client->handler->on_requests_do = [] { throw std::runtime_error("a fault"); };
  client->send_request(1);
  EXPECT_EQ(close_code(*client), 1011U);
  EXPECT_EQ(client->handler->ends, (std::vector<std::string>{"ended"}));
  client->socket.close();
  EXPECT_TRUE(run_until([&] { return client->connection->is_gone(); }));
  EXPECT_EQ(client->handler->ends, (std::vector<std::string>{"ended", "gone"}));
  other->send_request(2);
  EXPECT_TRUE(run_until([&] { return other->handler->ids.size() == 1; }));
}

TEST_F(RemoteLoopTest, TheClientsEndIsTold) {
  const auto client = connect();
  client->socket.close();
  EXPECT_TRUE(run_until([&] { return client->connection->is_gone(); }));
  EXPECT_EQ(client->handler->ends, (std::vector<std::string>{"ended", "gone"}));
  EXPECT_EQ(loop_->connections(), 0U);
}

TEST_F(RemoteLoopTest, APlaceIsTakenAgainWhileOrdersForTheFormerAreOnTheirWay) {
  for (int round = 0; round < 50; ++round) {
    const auto former = connect();
    former->socket.close();
    for (int count = 0; count < 5; ++count) {
      former->connection->send(text_frame("for the former"), Class::reliable);
      turn();
    }
    former->connection->abort();
    ASSERT_TRUE(run_until([&] { return former->connection->is_gone(); }));
    former->connection->send(text_frame("too late"), Class::reliable);
    const auto next = connect();
    const Frame frame = text_frame("for the next");
    next->connection->send(frame, Class::reliable);
    ASSERT_EQ(receive(*next, frame->size()), *frame);
    next->connection->abort();
    ASSERT_TRUE(run_until([&] { return next->connection->is_gone(); }));
  }
  EXPECT_EQ(loop_->connections(), 0U);
}

TEST_F(RemoteLoopTest, ASlowConsumerIsClosedAndWhatWaitsIsNotSent) {
  const auto client = connect(65'536);
  const Frame frame = text_frame(std::string(50'000, 'z'));
  for (int count = 0; count < 500 && client->connection->is_open(); ++count) {
    client->connection->send(frame, Class::reliable);
    turn();
  }
  ASSERT_TRUE(run_until([&] { return !client->connection->is_open(); }));
  EXPECT_EQ(client->handler->ends, (std::vector<std::string>{"ended"}));
  EXPECT_EQ(close_code(*client), 4508U);
}

TEST_F(RemoteLoopTest, OverflowIsToldWhenTheSocketTakesSomethingAgain) {
  const auto client = connect();
  const Frame frame = text_frame(std::string(50'000, 'z'));
  for (int i = 0; i < 1000; ++i) {
    client->connection->send(frame, Class::droppable);
    turn();
  }
  std::vector<char> buffer(1U << 20U);
  client->socket.non_blocking(true);
  EXPECT_TRUE(run_until([&] {
    boost::system::error_code error;
    client->socket.read_some(boost::asio::buffer(buffer), error);
    return client->handler->dropped > 0;
  }));
  EXPECT_TRUE(client->connection->is_open());
}

TEST_F(RemoteLoopTest, WhatIsOwedCountsFromTheCallUntilTheSocketHasTakenIt) {
  const auto client = connect(65'536);
  std::size_t sent = 0;
  for (int i = 0; i < 200; ++i) {
    const Frame frame = text_frame(std::string(60'000, 'z'));
    client->connection->send(frame, Class::retained);
    sent += frame->size();
    ASSERT_GT(client->connection->owed_bytes(), 0U);
  }
  home_.restart();
  home_.run_for(50ms);
  const std::size_t owed = client->connection->owed_bytes();
  EXPECT_GT(owed, 0U);
  EXPECT_LE(owed, sent);
  const int flushed = client->handler->flushed;
  EXPECT_EQ(receive(*client, sent).size(), sent);
  EXPECT_TRUE(run_until([&] { return client->connection->owed_bytes() == 0; }));
  EXPECT_GT(client->handler->flushed, flushed);
}

TEST_F(RemoteLoopTest, OfAPausedSessionLittleIsReadAndThenAllOfIt) {
  const auto client = connect();
  client->handler->on_requests_do = [&] { client->connection->pause_reading(true); };
  constexpr int count = 2000;
  for (int id = 0; id < count; ++id) {
    client->send_request(id);
  }
  ASSERT_TRUE(run_until([&] { return client->handler->ids.size() > 10; }));
  home_.restart();
  home_.run_for(100ms);
  EXPECT_LT(client->handler->ids.size(), 300U);
  client->handler->on_requests_do = nullptr;
  client->connection->pause_reading(false);
  ASSERT_TRUE(run_until([&] { return client->handler->ids.size() == count; }));
  for (int id = 0; id < count; ++id) {
    ASSERT_EQ(client->handler->ids[static_cast<std::size_t>(id)], api::Id(id));
  }
}

TEST_F(RemoteLoopTest, APausedSessionCanBeClosed) {
  const auto client = connect();
  client->handler->on_requests_do = [&] { client->connection->pause_reading(true); };
  for (int id = 0; id < 1000; ++id) {
    client->send_request(id);
  }
  ASSERT_TRUE(run_until([&] { return !client->handler->ids.empty(); }));
  client->connection->close(api::CloseCode::service_restart);
  EXPECT_EQ(close_code(*client), 1012U);
  boost::asio::write(client->socket, boost::asio::buffer(std::string("\x88\x80\0\0\0\0", 6)));
  EXPECT_TRUE(run_until([&] { return client->connection->is_gone(); }));
}

// More comes in than may wait for the home loop, which does nothing for a while.
TEST_F(RemoteLoopTest, WhileTheHomeLoopIsBusySocketsAreNotReadAndNothingIsLost) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int count = 0; count < 50; ++count) {
    clients.push_back(connect());
  }
  turn();
  constexpr int count = 100;
  const std::string filling(1000, ' ');
  for (int id = 0; id < count; ++id) {
    for (const auto& client : clients) {
      client->send_text(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"ping"})" + filling);
    }
  }
  for (const auto& client : clients) {
    ASSERT_TRUE(run_until([&] { return client->handler->ids.size() == count; }));
    EXPECT_EQ(client->handler->ids.back(), api::Id(count - 1));
  }
}

// Stops the thread that lets go of it last, until it is let go on.
class Blockade {
 public:
  Frame frame() {
    auto text = std::make_unique<std::string>(*text_frame("blocked"));
    return Frame(text.release(), [go_on = go_on_.get_future().share()](const std::string* owned) {
      go_on.wait();
      delete owned;
    });
  }
  void end() { go_on_.set_value(); }

 private:
  std::promise<void> go_on_;
};

TEST_F(RemoteLoopTest, OfALoopThatIsStuckTheClientsThatGetMuchAreClosed) {
  const auto blocked = connect();
  const auto much = connect();
  const auto little = connect();
  Blockade blockade;
  blocked->connection->send(blockade.frame(), Class::reliable);
  turn();
  const Frame frame = text_frame(std::string(10'000, 'z'));
  std::size_t sent = 0;
  for (; much->connection->is_open() && sent < 10'000; ++sent) {
    much->connection->send(frame, Class::droppable);
    turn();
  }
  EXPECT_LE(sent * frame->size(), 2 * limits_.outbox.bytes);
  EXPECT_EQ(much->handler->ends, (std::vector<std::string>{"ended"}));
  EXPECT_TRUE(little->connection->is_open());
  little->connection->send(frame, Class::droppable);
  blockade.end();
  EXPECT_EQ(close_code(*much), 4508U);
  EXPECT_EQ(receive(*little, frame->size()), *frame);
}

// Far more than an outbox takes, but never so much at once.
TEST_F(RemoteLoopTest, AClientThatReadsGetsAllHoweverMuchIsSent) {
  const auto client = connect();
  const Frame frame = text_frame(std::string(2'000, 'z'));
  std::size_t sent = 0;
  std::size_t received = 0;
  for (int count = 0; count < 5'000; ++count) {
    client->connection->send(frame, Class::reliable);
    sent += frame->size();
    turn();
    if (sent - received > limits_.outbox.bytes / 2) {
      received += receive(*client, limits_.outbox.bytes / 4).size();
    }
  }
  EXPECT_EQ(receive(*client, sent - received).size(), sent - received);
  EXPECT_TRUE(client->connection->is_open());
}

TEST_F(RemoteLoopTest, ItsEndCutsItsConnections) {
  const auto client = connect();
  const auto aborted = connect();
  client->send_request(1);
  ASSERT_TRUE(run_until([&] { return client->handler->ids.size() == 1; }));
  aborted->connection->abort();
  const std::weak_ptr<Recorder> handler = aborted->handler;
  loop_.reset();
  std::array<char, 1> byte{};
  boost::system::error_code error;
  client->socket.read_some(boost::asio::buffer(byte), error);
  EXPECT_EQ(error, boost::asio::error::eof);
  aborted->handler.reset();
  EXPECT_TRUE(handler.expired()) << "it is not told any more, but kept neither";
}

}  // namespace
}  // namespace lobbyd::gateway
