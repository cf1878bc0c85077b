// What may go wrong, or must be so, while TLS and WebSocket are set up.

#include "service/upstream/transport/errors.hpp"
#include "service/upstream/transport/handshake.hpp"
#include "service/upstream/transport/tls_client.hpp"
#include "service/upstream/transport/transport.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"
#include "tests/unit/upstream/temporary_directory.hpp"
#include "tests/unit/upstream/transport_peer.hpp"

#include <boost/asio/ssl/context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::upstream {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;

class HandshakeTest : public LoopTest {
 protected:
  mqtt::BrokerUrl url(mqtt::Carrier carrier, std::string host = "localhost") {
    return {carrier, std::move(host), acceptor_.local_endpoint().port(), "/mqtt"};
  }

  void serve_with(const test::CertificateFiles& files) {
    server_.use_certificate_chain_file(files.certificate);
    server_.use_private_key_file(files.key, asio::ssl::context::pem);
  }

  // What comes of it, in words; empty where all is well.
  std::string connect(const mqtt::BrokerUrl& target, const TlsClient* tls) {
    transport_ = make_transport(loop_.get_executor(), target, tls);
    std::optional<std::error_code> result;
    transport_->connect([&](std::error_code error) { result = error; });
    EXPECT_TRUE(run_until([&] { return result.has_value(); }));
    return *result ? result->message() : "";
  }

  std::string connect_tls(TlsOptions options, const std::string& host = "localhost") {
    auto& peer = keep<TlsPeer>(&server_);
    peer.accept(acceptor_, [] {});
    TlsClient client(std::move(options));
    if (auto loaded = client.load(); !loaded) return loaded.error();
    return connect(url(mqtt::Carrier::tls, host), &client);
  }

  using TlsPeer = TransportPeer<tcp, true, false>;
  using WebSocketPeer = TransportPeer<tcp, false, true>;

  // The loop goes on with them after the call that made them.
  template <class Peer, class... Arguments>
  Peer& keep(Arguments&&... arguments) {
    auto peer = std::make_shared<Peer>(loop_, std::forward<Arguments>(arguments)...);
    peers_.push_back(peer);
    return *peer;
  }

  TemporaryDirectory directory_;
  test::Authority authority_{directory_.path()};
  asio::ssl::context server_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_{loop_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::vector<std::shared_ptr<void>> peers_;
  std::unique_ptr<Transport> transport_;
};

using TlsTest = HandshakeTest;

TEST_F(TlsTest, ACertificateOfATrustedAuthorityIsAcceptedByNameAndByAddress) {
  serve_with(authority_.issue("server"));
  EXPECT_EQ(connect_tls({.ca_file = authority_.file()}), "");
  EXPECT_EQ(connect_tls({.ca_file = authority_.file()}, "127.0.0.1"), "");
}

TEST_F(TlsTest, OneOfAnUnknownAuthorityIsNot) {
  serve_with(authority_.issue("server"));
  const test::Authority other(directory_.path(), "other");
  EXPECT_THAT(connect_tls({.ca_file = other.file()}), HasSubstr("give the authority that signed it as ca_file"));
  EXPECT_THAT(connect_tls({}), HasSubstr("certificate is not accepted")) << "the system does not know it either";
}

TEST_F(TlsTest, OneForAnotherNameIsNot) {
  serve_with(authority_.issue("server", {.subject = "localhost", .alternative_names = "DNS:broker.example.org"}));
  EXPECT_THAT(connect_tls({.ca_file = authority_.file()}), HasSubstr("another name than the URL's"));
  EXPECT_THAT(connect_tls({.ca_file = authority_.file()}, "127.0.0.1"), HasSubstr("another name than the URL's"));
}

TEST(ExpectHost, AZoneIsNoPartOfTheAddress) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  const auto expected = [&](const std::string& host) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context.native_handle()), &SSL_free);
    EXPECT_TRUE(expect_host(session.get(), host, true)) << host;
    const std::unique_ptr<char, void (*)(char*)> address(X509_VERIFY_PARAM_get1_ip_asc(SSL_get0_param(session.get())),
                                                         [](char* text) { OPENSSL_free(text); });
    return address ? std::string(address.get()) : std::string();
  };
  EXPECT_EQ(expected("fe80::1%eth0"), expected("fe80::1"));
  EXPECT_NE(expected("fe80::1%eth0"), "");
  EXPECT_EQ(expected("127.0.0.1"), "127.0.0.1");
}

TEST_F(TlsTest, AnExpiredOneIsNot) {
  serve_with(authority_.issue("server", {.expired = true}));
  EXPECT_THAT(connect_tls({.ca_file = authority_.file()}), HasSubstr("expired"));
}

TEST_F(TlsTest, WithoutVerificationAnyIs) {
  serve_with(authority_.issue("server", {.alternative_names = "DNS:other", .expired = true}));
  EXPECT_EQ(connect_tls({.verify = false}), "");
}

TEST_F(TlsTest, OldVersionsAreNotSpoken) {
  serve_with(authority_.issue("server"));
  SSL_CTX_set_max_proto_version(server_.native_handle(), TLS1_1_VERSION);
  EXPECT_NE(connect_tls({.ca_file = authority_.file()}), "");
}

TEST_F(TlsTest, TheServerLearnsTheNameAndTheClientsCertificate) {
  serve_with(authority_.issue("server"));
  server_.load_verify_file(authority_.file());
  server_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  const auto own = authority_.issue("daemon", {.subject = "lobbyd", .alternative_names = ""});
  auto& peer = keep<TlsPeer>(&server_);
  bool accepted = false;
  peer.accept(acceptor_, [&] { accepted = true; });
  TlsClient client({.ca_file = authority_.file(), .cert_file = own.certificate, .key_file = own.key});
  ASSERT_TRUE(client.load());
  EXPECT_EQ(connect(url(mqtt::Carrier::tls), &client), "");
  ASSERT_TRUE(run_until([&] { return accepted; }));
  EXPECT_STREQ(SSL_get_servername(peer.secured().native_handle(), TLSEXT_NAMETYPE_host_name), "localhost");
}

TEST_F(TlsTest, FilesThatCannotBeUsedAreNamed) {
  const auto own = authority_.issue("daemon");
  const std::string missing = (directory_.path() / "missing.pem").string();
  EXPECT_THAT(TlsClient({.ca_file = missing}).load().error(), HasSubstr("ca_file: " + missing));
  EXPECT_THAT(TlsClient({.cert_file = missing, .key_file = own.key}).load().error(),
              HasSubstr("cert_file: " + missing));
  EXPECT_THAT(TlsClient({.cert_file = own.certificate, .key_file = missing}).load().error(),
              HasSubstr("key_file: " + missing));
  EXPECT_THAT(TlsClient({.cert_file = own.certificate, .key_file = authority_.issue("second").key}).load().error(),
              HasSubstr("key_file"))
      << "of another certificate";
}

TEST_F(TlsTest, FilesAreReadAgainWhenAsked) {
  serve_with(authority_.issue("server"));
  const std::string file = (directory_.path() / "trusted.pem").string();
  const test::Authority other(directory_.path(), "other");
  std::filesystem::copy_file(other.file(), file);
  TlsClient client({.ca_file = file});
  ASSERT_TRUE(client.load());
  const auto attempt = [&] {
    auto& peer = keep<TlsPeer>(&server_);
    peer.accept(acceptor_, [] {});
    return connect(url(mqtt::Carrier::tls), &client);
  };
  EXPECT_NE(attempt(), "");
  std::filesystem::copy_file(authority_.file(), file, std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(client.load());
  EXPECT_EQ(attempt(), "");
  std::ofstream(file) << "not a certificate";
  EXPECT_FALSE(client.load());
  EXPECT_EQ(attempt(), "") << "what could not be read changes nothing";
}

TEST_F(TlsTest, APeerThatIsNoneIsAnError) {
  tcp::socket peer(loop_);
  acceptor_.async_accept(peer, [&](auto) { asio::write(peer, asio::buffer("HTTP/1.1 400 Bad Request\r\n\r\n", 28)); });
  TlsClient client({.ca_file = authority_.file()});
  ASSERT_TRUE(client.load());
  EXPECT_NE(connect(url(mqtt::Carrier::tls), &client), "");
}

class WebSocketTest : public HandshakeTest {
 protected:
  // A server that answers the handshake with these bytes.
  std::string connect_to(const std::string& answer) {
    tcp::socket peer(loop_);
    std::array<char, 1000> request{};
    acceptor_.async_accept(peer, [&](auto) {
      peer.async_read_some(asio::buffer(request), [&](auto, std::size_t) { asio::write(peer, asio::buffer(answer)); });
    });
    return connect(url(mqtt::Carrier::websocket), nullptr);
  }

  // After the handshake, frames come as they are.
  std::string read_after(const std::string& bytes, std::size_t size) {
    auto& peer = keep<WebSocketPeer>(nullptr);
    peer.accept(acceptor_, [] {});
    EXPECT_EQ(connect(url(mqtt::Carrier::websocket), nullptr), "");
    std::string got;
    std::array<char, 64> buffer{};
    std::optional<std::error_code> failed;
    const std::function<void()> read = [&] {
      transport_->read_some(buffer, [&](std::error_code error, std::size_t count) {
        got.append(buffer.data(), count);
        if (error) {
          failed = error;
        } else {
          read();
        }
      });
    };
    read();
    for (const char byte : bytes) {
      asio::write(peer.socket(), asio::buffer(&byte, 1));
      run_ready();
    }
    run_until([&] { return failed || got.size() >= size; });
    return failed ? failed->message() : got;
  }
};

TEST_F(WebSocketTest, AnotherStatusIsNamed) {
  EXPECT_THAT(connect_to("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), HasSubstr("HTTP 404"));
  EXPECT_THAT(connect_to("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"), HasSubstr("HTTP 401"));
}

TEST_F(WebSocketTest, WhatIsNotHttpIsAnError) {
  EXPECT_NE(connect_to(std::string("\x20\x02\x00\x00 this is MQTT itself\r\n\r\n", 28)), "");
}

TEST_F(WebSocketTest, TheServerMustAgreeOnMqtt) {
  for (const std::string& subprotocol : {std::string(), std::string("chat")}) {
    auto& peer = keep<WebSocketPeer>(nullptr, subprotocol);
    peer.accept(acceptor_, [] {});
    EXPECT_THAT(connect(url(mqtt::Carrier::websocket), nullptr), HasSubstr("did not agree on the subprotocol"));
  }
}

TEST_F(WebSocketTest, TheRequestNamesHostPathAndSubprotocol) {
  tcp::socket peer(loop_);
  std::array<char, 2000> request{};
  std::size_t size = 0;
  acceptor_.async_accept(peer, [&](auto) {
    peer.async_read_some(asio::buffer(request), [&](auto, std::size_t bytes) {
      size = bytes;
      peer.close();
    });
  });
  auto target = url(mqtt::Carrier::websocket);
  target.path = "/broker?key=1";
  EXPECT_NE(connect(target, nullptr), "");
  const std::string text(request.data(), size);
  EXPECT_THAT(text, testing::StartsWith("GET /broker?key=1 HTTP/1.1\r\n"));
  EXPECT_THAT(text, HasSubstr("Host: localhost:" + std::to_string(target.port) + "\r\n"));
  EXPECT_THAT(text, HasSubstr("Sec-WebSocket-Protocol: mqtt\r\n"));
}

TEST_F(WebSocketTest, FramesMayComeByteByByteAndInFragments) {
  const std::string fragments(
      "\x02\x03"
      "abc"
      "\x00\x00"
      "\x80\x02"
      "de"
      "\x82\x00"
      "\x82\x01"
      "f",
      16);
  EXPECT_EQ(read_after(fragments, 6), "abcdef");
}

TEST_F(WebSocketTest, PingsBetweenThemAreAnsweredAndNoData) {
  EXPECT_EQ(read_after(std::string("\x89\x02"
                                   "hi"
                                   "\x82\x01"
                                   "x",
                                   7),
                       1),
            "x");
}

TEST_F(WebSocketTest, ATextFrameEndsTheConnection) {
  EXPECT_THAT(read_after(std::string("\x81\x01"
                                     "x",
                                     3),
                         1),
              HasSubstr("text frame"));
}

TEST_F(WebSocketTest, ACloseFrameEndsTheConnection) {
  EXPECT_NE(read_after(std::string("\x88\x02\x03\xe8", 4), 1), "");
}

TEST_F(WebSocketTest, AMaskedFrameIsAFault) {
  EXPECT_NE(read_after(std::string("\x82\x81"
                                   "\0\0\0\0"
                                   "x",
                                   7),
                       1),
            "x");
}

}  // namespace
}  // namespace lobbyd::upstream
