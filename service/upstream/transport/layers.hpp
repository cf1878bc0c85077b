#pragma once

// The layers of a connection to a broker, made one after the other and then read and written as one stream: a socket;
// perhaps TLS on it (RFC 8446); perhaps a WebSocket on that (RFC 6455).
//
// They outlive their Transport until the last pending operation has come back. The handlers live here, not in Asio's
// operations: so destruction can drop them at once, and close() need not wait for an operation that cannot be
// interrupted (a name look-up). An operation that comes back finds its handler gone.

#include "protocol/mqtt/secret.hpp"
#include "service/upstream/transport/connector.hpp"
#include "service/upstream/transport/errors.hpp"
#include "service/upstream/transport/handshake.hpp"
#include "service/upstream/transport/tls_client.hpp"
#include "service/upstream/transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace lobbyd::upstream {

template <typename Connector, bool has_tls, bool has_websocket>
class Layers : public std::enable_shared_from_this<Layers<Connector, has_tls, has_websocket>> {
 public:
  using Socket = typename Connector::Socket;
  using Secured = std::conditional_t<has_tls, boost::asio::ssl::stream<Socket>, Socket>;
  using Stream = std::conditional_t<has_websocket, boost::beast::websocket::stream<Secured, false>, Secured>;

  // `tls` is null without TLS.
  Layers(const boost::asio::any_io_executor& executor, const mqtt::BrokerUrl& url, const TlsClient* tls, Reach reach)
      : executor_(executor),
        url_(url),
        connector_(std::make_shared<Connector>(executor, url, reach)),
        tls_(tls == nullptr ? nullptr : tls->context()),
        stream_(make_stream(executor, tls_.get())) {
    if constexpr (has_tls) {
      is_expected_ = expect_host(secured().native_handle(), url.host, tls->verifies());
    }
    if constexpr (has_websocket) {
      prepare_websocket(stream_);
      // Without this, a server that says goodbye and keeps the connection would be waited for.
      stream_.control_callback([this](boost::beast::websocket::frame_type kind, boost::beast::string_view) {
        if (kind == boost::beast::websocket::frame_type::close) {
          peer_closed_ = true;
          close_socket();
        }
      });
    }
  }

  void connect(Transport::ConnectHandler handler) {
    connect_handler_ = std::move(handler);
    if (closed_) return cancel_soon();
    connector_->connect(socket(), [self = this->shared_from_this()](std::error_code error) {
      error ? self->finish(self->connect_handler_, error) : self->begin_tls();
    });
  }

  void read_some(std::span<char> buffer, Transport::ReadHandler handler) {
    read_handler_ = std::move(handler);
    read_buffer_ = buffer;
    closed_ ? cancel_soon() : read();
  }

  void write(std::string_view bytes, Transport::WriteHandler handler) {
    write_handler_ = std::move(handler);
    written_ = true;
    if (closed_) return cancel_soon();
    if constexpr (is_layered) {
      output_ = bytes;
      bytes = output_;
    }
    const boost::asio::const_buffer buffer(bytes.data(), bytes.size());
    const auto written = [self = this->shared_from_this()](boost::system::error_code error, std::size_t) {
      // CONNECT comes first, perhaps with a password.
      if (!std::exchange(self->wrote_connect_, true)) mqtt::wipe(self->output_);
      self->finish(self->write_handler_, error);
    };
    if constexpr (has_websocket) {
      stream_.async_write(buffer, written);
    } else {
      boost::asio::async_write(stream_, buffer, written);
    }
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    connector_->cancel();
    close_socket();
    cancel_soon();
  }

  void abandon() {
    connect_handler_ = nullptr;
    read_handler_ = nullptr;
    write_handler_ = nullptr;
    close();
  }

 private:
  // What has TLS or a WebSocket goes on for a moment after the socket is closed, with buffers that may be gone then: it
  // has its own.
  static constexpr bool is_layered = has_tls || has_websocket;
  static constexpr std::size_t max_layered_read = 64U << 10U;

  void read() {
    std::span<char> buffer = read_buffer_;
    if constexpr (is_layered) {
      input_.resize(std::min(buffer.size(), max_layered_read));
      buffer = input_;
    }
    stream_.async_read_some(boost::asio::buffer(buffer.data(), buffer.size()),
                            [self = this->shared_from_this()](boost::system::error_code error, std::size_t bytes) {
                              self->on_read(error, bytes);
                            });
  }

  // Neither TLS nor the WebSocket is ended in form: MQTT's DISCONNECT has said all.
  void close_socket() {
    // The descriptor is released whatever close(2) says, and there is nobody to act on its error.
    boost::system::error_code ignored;
    socket().close(ignored);
  }

  void on_read(std::error_code error, std::size_t bytes) {
    if (closed_) return;
    if (error && peer_closed_) error = boost::system::error_code(boost::asio::error::eof);
    if constexpr (has_websocket) {
      if (!error && !stream_.got_binary()) {
        error = WebSocketError::text_frame;
        bytes = 0;
      } else if (!error && bytes == 0) {
        // An empty message says nothing.
        return read();
      }
    }
    if constexpr (is_layered) {
      std::copy_n(input_.begin(), bytes, read_buffer_.begin());
    }
    written_ = false;
    finish(read_handler_, error, bytes);
    // What the handler has written carries the acknowledgement.
    if (!written_ && !closed_) Connector::after_read(socket());
  }

  static Stream make_stream(const boost::asio::any_io_executor& executor, boost::asio::ssl::context* context) {
    if constexpr (has_tls) {
      return Stream(executor, *context);
    } else {
      return Stream(executor);
    }
  }

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

  void begin_tls() {
    if constexpr (has_tls) {
      if (!is_expected_) return finish(connect_handler_, certificate_error(X509_V_ERR_HOSTNAME_MISMATCH));
      secured().async_handshake(
          boost::asio::ssl::stream_base::client, [self = this->shared_from_this()](boost::system::error_code error) {
            error ? self->finish(self->connect_handler_, explain_handshake(self->secured().native_handle(), error))
                  : self->begin_websocket();
          });
    } else {
      begin_websocket();
    }
  }

  void begin_websocket() {
    if constexpr (has_websocket) {
      stream_.async_handshake(answer_, host_header(url_), url_.path,
                              [self = this->shared_from_this()](boost::system::error_code error) {
                                self->finish(self->connect_handler_, judge_handshake(error, self->answer_));
                              });
    } else {
      finish(connect_handler_, {});
    }
  }

  // After close() the outcome no longer matters: cancel_soon() reports to whoever still waits.
  template <typename Handler, typename... Values>
  void finish(Handler& handler, std::error_code error, Values... values) {
    if (!closed_) call(handler, error, values...);
  }

  // The handler may destroy the Transport, or begin the next operation: so its place is empty before it runs.
  template <typename Handler, typename... Values>
  static void call(Handler& handler, std::error_code error, Values... values) {
    if (auto taken = std::exchange(handler, nullptr)) taken(error, values...);
  }

  void cancel_soon() {
    if (!connect_handler_ && !read_handler_ && !write_handler_) return;
    boost::asio::post(executor_, [self = this->shared_from_this()] {
      const auto cancelled = std::make_error_code(std::errc::operation_canceled);
      call(self->connect_handler_, cancelled);
      call(self->read_handler_, cancelled, std::size_t{0});
      call(self->write_handler_, cancelled);
    });
  }

  boost::asio::any_io_executor executor_;
  mqtt::BrokerUrl url_;
  std::shared_ptr<Connector> connector_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  bool is_expected_ = true;  // TLS knows whose certificate to expect
  Stream stream_;
  boost::beast::websocket::response_type answer_;
  bool closed_ = false;
  bool peer_closed_ = false;     // by a Close frame
  bool written_ = false;         // since the last read
  std::span<char> read_buffer_;  // the caller's
  std::string input_;            // where is_layered
  std::string output_;           // where is_layered
  bool wrote_connect_ = false;
  Transport::ConnectHandler connect_handler_;
  Transport::ReadHandler read_handler_;
  Transport::WriteHandler write_handler_;
};

}  // namespace lobbyd::upstream
