#include "service/upstream/transport/transport.hpp"

#include "service/upstream/transport/tls_client.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"
#include "tests/unit/upstream/temporary_directory.hpp"
#include "tests/unit/upstream/transport_peer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace lobbyd::upstream {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;

const std::error_code success;

// A listener and the URL that leads to it. Where localhost is ::1 first, the TCP ones show, too, that a further address
// is tried.
template <mqtt::Carrier carrier_of_side, bool tls, bool websocket>
struct NetworkSide {
  using Protocol = tcp;
  static constexpr bool has_tls = tls;
  static constexpr bool has_websocket = websocket;

  NetworkSide(asio::io_context& loop, const TemporaryDirectory&)
      : acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0}),
        url{carrier_of_side, "localhost", acceptor.local_endpoint().port(), websocket ? "/mqtt" : ""} {}
  tcp::acceptor acceptor;
  mqtt::BrokerUrl url;
};
using TcpSide = NetworkSide<mqtt::Carrier::tcp, false, false>;
using TlsSide = NetworkSide<mqtt::Carrier::tls, true, false>;
using WebSocketSide = NetworkSide<mqtt::Carrier::websocket, false, true>;
using WebSocketTlsSide = NetworkSide<mqtt::Carrier::websocket_tls, true, true>;

struct UnixSide {
  using Protocol = stream_protocol;
  static constexpr bool has_tls = false;
  static constexpr bool has_websocket = false;

  UnixSide(asio::io_context& loop, const TemporaryDirectory& directory)
      : url{mqtt::Carrier::unix_socket, {}, 0, (directory.path() / "listener").string()},
        acceptor(loop, stream_protocol::endpoint(url.path)) {}
  mqtt::BrokerUrl url;
  stream_protocol::acceptor acceptor;
};

template <typename Side>
class TransportTest : public LoopTest {
 protected:
  using Peer = TransportPeer<typename Side::Protocol, Side::has_tls, Side::has_websocket>;

  TransportTest() {
    if constexpr (Side::has_tls) {
      const auto files = authority_.issue("server");
      server_context_.use_certificate_chain_file(files.certificate);
      server_context_.use_private_key_file(files.key, asio::ssl::context::pem);
      EXPECT_TRUE(tls_.load());
    }
    peer_.emplace(loop_, &server_context_);
    transport_ = make_transport(loop_.get_executor(), side_.url, &tls_);
  }

  // Connects, and takes the connection on the other side.
  void connect() {
    std::optional<std::error_code> connected;
    bool accepted = false;
    peer_->accept(side_.acceptor, [&] { accepted = true; });
    transport_->connect([&](std::error_code error) { connected = error; });
    ASSERT_TRUE(run_until([&] { return connected && accepted; }));
    ASSERT_EQ(*connected, success) << connected->message();
  }

  TemporaryDirectory directory_;
  test::Authority authority_{directory_.path()};
  TlsClient tls_{{.ca_file = authority_.file()}};
  asio::ssl::context server_context_{asio::ssl::context::tls_server};
  Side side_{loop_, directory_};
  std::optional<Peer> peer_;
  std::unique_ptr<Transport> transport_;
  std::array<char, 64> buffer_{};
};

using Sides = ::testing::Types<TcpSide, UnixSide, TlsSide, WebSocketSide, WebSocketTlsSide>;
TYPED_TEST_SUITE(TransportTest, Sides);

TYPED_TEST(TransportTest, ReadsWhatThePeerWrites) {
  this->connect();
  std::string got;
  this->peer_->write("hello");
  this->transport_->read_some(this->buffer_, [&](std::error_code error, std::size_t bytes) {
    EXPECT_EQ(error, success);
    got.assign(this->buffer_.data(), bytes);
  });
  EXPECT_TRUE(got.empty()) << "called from within read_some";
  ASSERT_TRUE(this->run_until([&] { return !got.empty(); }));
  EXPECT_EQ(got, "hello");
}

TYPED_TEST(TransportTest, WritesAllOfABufferThatTheSocketCannotHoldAtOnce) {
  this->connect();
  const std::string sent(8U << 20U, 'x');
  std::string received;
  bool written = false;
  this->transport_->write(sent, [&](std::error_code error) { written = error == success; });
  this->run_ready();
  EXPECT_FALSE(written) << "the socket took it all: the test does not test what it says";
  this->peer_->read(sent.size(), [&](std::string bytes) { received = std::move(bytes); });
  ASSERT_TRUE(this->run_until([&] { return written && !received.empty(); }));
  EXPECT_TRUE(received == sent);
}

TYPED_TEST(TransportTest, ReadsAndWritesAtTheSameTime) {
  this->connect();
  bool read = false;
  bool written = false;
  this->transport_->read_some(this->buffer_, [&](std::error_code, std::size_t) { read = true; });
  this->transport_->write("question", [&](std::error_code error) { written = error == success; });
  ASSERT_TRUE(this->run_until([&] { return written; }));
  EXPECT_FALSE(read);
  this->peer_->write("answer");
  EXPECT_TRUE(this->run_until([&] { return read; }));
}

TYPED_TEST(TransportTest, ThePeersOrderlyCloseIsAReadError) {
  this->connect();
  std::optional<std::error_code> result;
  this->peer_->close();
  this->transport_->read_some(this->buffer_, [&](std::error_code error, std::size_t) { result = error; });
  ASSERT_TRUE(this->run_until([&] { return result.has_value(); }));
  EXPECT_NE(*result, success);
  EXPECT_NE(*result, std::errc::operation_canceled);
}

TYPED_TEST(TransportTest, AShortBufferGetsTheRestNextTime) {
  this->connect();
  std::string sent(1000, ' ');
  for (std::size_t at = 0; at < sent.size(); ++at) sent[at] = static_cast<char>('a' + at % 26);
  this->peer_->write(sent);
  std::string got;
  while (got.size() < sent.size()) {
    const std::size_t before = got.size();
    this->transport_->read_some(this->buffer_, [&](std::error_code error, std::size_t bytes) {
      ASSERT_EQ(error, success);
      got.append(this->buffer_.data(), bytes);
    });
    ASSERT_TRUE(this->run_until([&] { return got.size() > before; }));
  }
  EXPECT_EQ(got, sent);
}

TYPED_TEST(TransportTest, ManySmallWritesArriveInOrder) {
  this->connect();
  std::string sent;
  std::string received;
  this->peer_->read(300, [&](std::string bytes) { received = std::move(bytes); });
  for (int i = 0; i < 100; ++i) {
    const std::string part = std::to_string(100 + i);
    sent += part;
    bool written = false;
    this->transport_->write(part, [&](std::error_code error) { written = error == success; });
    ASSERT_TRUE(this->run_until([&] { return written; }));
  }
  ASSERT_TRUE(this->run_until([&] { return !received.empty(); }));
  EXPECT_EQ(received, sent);
}

TYPED_TEST(TransportTest, CloseCancelsWhatIsPending) {
  this->connect();
  std::optional<std::error_code> read;
  std::optional<std::error_code> written;
  const std::string too_much(8U << 20U, 'x');
  this->transport_->read_some(this->buffer_, [&](std::error_code error, std::size_t) { read = error; });
  this->transport_->write(too_much, [&](std::error_code error) { written = error; });
  this->transport_->close();
  this->transport_->close();
  EXPECT_FALSE(read || written) << "called from within close";
  ASSERT_TRUE(this->run_until([&] { return read && written; }));
  EXPECT_EQ(*read, std::errc::operation_canceled);
  EXPECT_EQ(*written, std::errc::operation_canceled);
}

TYPED_TEST(TransportTest, WhatSucceededJustBeforeCloseIsCancelledAllTheSame) {
  this->connect();
  int calls = 0;
  std::error_code last;
  this->transport_->write("now", [&](std::error_code error) {
    ++calls;
    last = error;
  });
  // A write to an empty socket is done before the loop turns.
  this->transport_->close();
  this->run_until([&] { return calls > 0; });
  this->run_ready();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(last, std::errc::operation_canceled);
}

TYPED_TEST(TransportTest, WhatIsBegunAfterCloseIsCancelled) {
  this->connect();
  this->transport_->close();
  int cancelled = 0;
  const auto count = [&](std::error_code error) { cancelled += error == std::errc::operation_canceled ? 1 : 0; };
  this->transport_->connect(count);
  this->transport_->read_some(this->buffer_, [&](std::error_code error, std::size_t) { count(error); });
  this->transport_->write("x", count);
  EXPECT_EQ(cancelled, 0);
  EXPECT_TRUE(this->run_until([&] { return cancelled == 3; }));
}

TYPED_TEST(TransportTest, CloseDuringConnectCancelsIt) {
  std::optional<std::error_code> connected;
  this->transport_->connect([&](std::error_code error) { connected = error; });
  this->transport_->close();
  ASSERT_TRUE(this->run_until([&] { return connected.has_value(); }));
  EXPECT_EQ(*connected, std::errc::operation_canceled);
}

TYPED_TEST(TransportTest, DestructionDropsTheHandlersUncalled) {
  this->connect();
  auto token = std::make_shared<int>();
  bool called = false;
  this->transport_->read_some(this->buffer_, [&called, token](std::error_code, std::size_t) { called = true; });
  const std::string too_much(8U << 20U, 'x');
  this->transport_->write(too_much, [&called, token](std::error_code) { called = true; });
  this->transport_.reset();
  EXPECT_EQ(token.use_count(), 1) << "handlers outlive the Transport";
  this->run_ready();
  EXPECT_FALSE(called);
}

TYPED_TEST(TransportTest, DestructionDuringConnectDropsTheHandler) {
  auto token = std::make_shared<int>();
  bool called = false;
  this->transport_->connect([&called, token](std::error_code) { called = true; });
  this->transport_.reset();
  EXPECT_EQ(token.use_count(), 1);
  // A look-up in another thread may still be under way; it must find nothing to call.
  this->loop_.restart();
  this->loop_.run();
  EXPECT_FALSE(called);
}

TYPED_TEST(TransportTest, DestructionAfterCloseDropsTheCancelledHandlers) {
  this->connect();
  bool called = false;
  this->transport_->read_some(this->buffer_, [&](std::error_code, std::size_t) { called = true; });
  this->transport_->close();
  this->transport_.reset();
  this->run_ready();
  EXPECT_FALSE(called);
}

TYPED_TEST(TransportTest, AHandlerMayDestroyTheTransport) {
  this->connect();
  bool read = false;
  bool written = false;
  this->transport_->read_some(this->buffer_, [&](std::error_code, std::size_t) {
    this->transport_.reset();
    read = true;
  });
  const std::string too_much(8U << 20U, 'x');
  this->transport_->write(too_much, [&](std::error_code) { written = true; });
  this->peer_->write("x");
  ASSERT_TRUE(this->run_until([&] { return read; }));
  this->run_ready();
  EXPECT_FALSE(written);
}

TYPED_TEST(TransportTest, ACancelledHandlerMayDestroyTheTransport) {
  this->connect();
  bool read = false;
  bool written = false;
  this->transport_->read_some(this->buffer_, [&](std::error_code, std::size_t) {
    read = true;
    this->transport_.reset();
  });
  this->transport_->write("x", [&](std::error_code) { written = true; });
  this->transport_->close();
  ASSERT_TRUE(this->run_until([&] { return read; }));
  this->run_ready();
  EXPECT_FALSE(written);
}

TYPED_TEST(TransportTest, ARefusedConnectionIsAnError) {
  this->side_.acceptor.close();
  std::optional<std::error_code> connected;
  this->transport_->connect([&](std::error_code error) { connected = error; });
  EXPECT_FALSE(connected);
  ASSERT_TRUE(this->run_until([&] { return connected.has_value(); }));
  EXPECT_EQ(*connected, std::errc::connection_refused);
}

class TcpTransportTest : public TransportTest<TcpSide> {};

TEST_F(TcpTransportTest, SendsSmallPacketsAtOnceAndLeavesKeepAliveToMqtt) {
  connect();
  // The only socket of this process that is connected to the listener's port.
  const auto port = side_.url.port;
  int found = 0;
  for (int descriptor = 0; descriptor < 256; ++descriptor) {
    sockaddr_in remote{};
    socklen_t size = sizeof remote;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&remote), &size) != 0 || remote.sin_family != AF_INET ||
        ntohs(remote.sin_port) != port) {
      continue;
    }
    ++found;
    int no_delay = -1;
    int keep_alive = -1;
    socklen_t length = sizeof no_delay;
    ASSERT_EQ(::getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), 0);
    ASSERT_EQ(::getsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &keep_alive, &length), 0);
    EXPECT_NE(no_delay, 0);
    EXPECT_EQ(keep_alive, 0);
  }
  EXPECT_EQ(found, 1);
}

TEST_F(TcpTransportTest, ANumericAddressNeedsNoLookUp) {
  side_.url.host = "127.0.0.1";
  transport_ = make_transport(loop_.get_executor(), side_.url, nullptr);
  connect();
}

TEST_F(TcpTransportTest, ANameThatDoesNotExistIsAnError) {
  transport_ = make_transport(loop_.get_executor(), {mqtt::Carrier::tcp, "name.invalid", 1883, {}}, nullptr);
  std::optional<std::error_code> connected;
  transport_->connect([&](std::error_code error) { connected = error; });
  ASSERT_TRUE(run_until([&] { return connected.has_value(); }, std::chrono::seconds(60)));
  EXPECT_NE(*connected, success);
  EXPECT_FALSE(connected->message().empty());
}

TEST_F(TcpTransportTest, CloseDoesNotWaitForALookUp) {
  transport_ = make_transport(loop_.get_executor(), {mqtt::Carrier::tcp, "name.invalid", 1883, {}}, nullptr);
  std::optional<std::error_code> connected;
  transport_->connect([&](std::error_code error) { connected = error; });
  transport_->close();
  run_ready();
  ASSERT_TRUE(connected);
  EXPECT_EQ(*connected, std::errc::operation_canceled);
}

TEST_F(TcpTransportTest, TheInternetIsNotThisHost) {
  // By its address, by a name for it, and in the old notation that resolvers understand.
  for (const std::string host : {"127.0.0.1", "localhost", "2130706433", "::ffff:127.0.0.1"}) {
    transport_ =
        make_transport(loop_.get_executor(), {mqtt::Carrier::tcp, host, side_.url.port, {}}, nullptr, Reach::internet);
    std::optional<std::error_code> connected;
    transport_->connect([&](std::error_code error) { connected = error; });
    EXPECT_FALSE(connected) << "the handler is not called from within";
    ASSERT_TRUE(run_until([&] { return connected.has_value(); })) << host;
    EXPECT_EQ(*connected, ReachError::private_address) << host;
  }
}

class UnixTransportTest : public TransportTest<UnixSide> {};

TEST_F(UnixTransportTest, APathThatIsTooLongIsAnErrorAndNoException) {
  transport_ =
      make_transport(loop_.get_executor(), {mqtt::Carrier::unix_socket, {}, 0, "/" + std::string(200, 'a')}, nullptr);
  std::optional<std::error_code> connected;
  transport_->connect([&](std::error_code error) { connected = error; });
  EXPECT_FALSE(connected);
  ASSERT_TRUE(run_until([&] { return connected.has_value(); }));
  EXPECT_EQ(*connected, std::errc::filename_too_long);
}

TEST_F(UnixTransportTest, AMissingSocketIsAnError) {
  transport_ = make_transport(loop_.get_executor(),
                              {mqtt::Carrier::unix_socket, {}, 0, (directory_.path() / "nobody").string()}, nullptr);
  std::optional<std::error_code> connected;
  transport_->connect([&](std::error_code error) { connected = error; });
  ASSERT_TRUE(run_until([&] { return connected.has_value(); }));
  EXPECT_EQ(*connected, std::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace lobbyd::upstream
