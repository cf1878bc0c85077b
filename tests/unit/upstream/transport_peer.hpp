#pragma once

// The server's side of each kind of transport, for tests of the client's.

#include "protocol/mqtt/broker_url.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace lobbyd::upstream {

// Takes one connection; handlers are called when it has gone well, and never else.
template <typename Protocol, bool has_tls, bool has_websocket>
class TransportPeer {
 public:
  using Socket = typename Protocol::socket;
  using Secured = std::conditional_t<has_tls, boost::asio::ssl::stream<Socket>, Socket>;
  using Stream = std::conditional_t<has_websocket, boost::beast::websocket::stream<Secured, false>, Secured>;

  // `context` is null without TLS. `subprotocol`: what a WebSocket answers; empty for nothing.
  TransportPeer(boost::asio::io_context& loop, boost::asio::ssl::context* context, std::string subprotocol = "mqtt")
      : stream_(make_stream(loop, context)), subprotocol_(std::move(subprotocol)) {}

  template <typename Acceptor>
  void accept(Acceptor& acceptor, std::function<void()> done) {
    done_ = std::move(done);
    acceptor.async_accept(socket(), [this](boost::system::error_code error) {
      if (!error) begin_tls();
    });
  }

  // Blocks: for what a socket takes at once.
  void write(const std::string& text) {
    if constexpr (has_websocket) {
      stream_.binary(true);
      stream_.write(boost::asio::buffer(text));
    } else {
      boost::asio::write(stream_, boost::asio::buffer(text));
    }
  }

  // The next `size` bytes, or a few more.
  void read(std::size_t size, std::function<void(std::string)> done) {
    if (buffer_.size() >= size) {
      const auto data = buffer_.data();
      return done(std::string(static_cast<const char*>(data.data()), data.size()));
    }
    const auto on_read = [this, size, done = std::move(done)](boost::system::error_code error, std::size_t bytes) {
      if (error) return;
      if constexpr (!has_websocket) buffer_.commit(bytes);
      read(size, done);
    };
    if constexpr (has_websocket) {
      stream_.async_read(buffer_, on_read);
    } else {
      stream_.async_read_some(buffer_.prepare(64U << 10U), on_read);
    }
  }

  void close() { socket().close(); }

  Stream& stream() { return stream_; }
  Secured& secured() {
    if constexpr (has_websocket) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  Socket& socket() {
    if constexpr (has_tls) {
      return secured().next_layer();
    } else {
      return secured();
    }
  }

 private:
  static Stream make_stream(boost::asio::io_context& loop, boost::asio::ssl::context* context) {
    if constexpr (has_tls) {
      return Stream(loop, *context);
    } else {
      return Stream(loop);
    }
  }

  void begin_tls() {
    if constexpr (has_tls) {
      secured().async_handshake(boost::asio::ssl::stream_base::server, [this](boost::system::error_code error) {
        if (!error) begin_websocket();
      });
    } else {
      begin_websocket();
    }
  }

  void begin_websocket() {
    if constexpr (has_websocket) {
      namespace websocket = boost::beast::websocket;
      stream_.set_option(websocket::stream_base::decorator([this](websocket::response_type& answer) {
        if (!subprotocol_.empty()) answer.set(boost::beast::http::field::sec_websocket_protocol, subprotocol_);
      }));
      stream_.read_message_max(0);
      stream_.async_accept([this](boost::system::error_code error) {
        if (!error) done_();
      });
    } else {
      done_();
    }
  }

  Stream stream_;
  std::string subprotocol_;
  boost::beast::flat_buffer buffer_;
  std::function<void()> done_;
};

}  // namespace lobbyd::upstream
