#include "service/gateway/http_connection.hpp"

#include <boost/asio/buffers_iterator.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <utility>

namespace lobbyd::gateway {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::size_t max_header_bytes = 16U << 10U;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

class BeastConnection final : public HttpConnection, public std::enable_shared_from_this<BeastConnection> {
 public:
  BeastConnection(boost::asio::ip::tcp::socket socket, std::chrono::seconds limit, HttpRoute route, Upgraded upgraded)
      : stream_(std::move(socket)),
        buffer_(max_header_bytes + 4096),
        limit_(limit),
        route_(std::move(route)),
        upgraded_(std::move(upgraded)) {}

  void abort() override { stream_.close(); }

  void read() {
    parser_.emplace();
    parser_->header_limit(max_header_bytes);
    stream_.expires_after(limit_);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const error_code& error, std::size_t) { self->on_read(error); });
  }

 private:
  void on_read(const error_code& error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return refuse({.status = 431, .body = "The request's header is too large.\n"});
    }
    if (is_malformed(error)) {
      return refuse({.status = 400, .body = "This is not HTTP/1.1.\n"});
    }
    if (error) {
      return;
    }
    const auto& message = parser_->get();
    if (message.count(http::field::host) > 1) {
      // RFC 9112 §3.2: who is meant must not depend on which of them is read.
      return refuse({.status = 400, .body = "There is more than one Host header.\n"});
    }
    const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
    if (has_body && message.method() == http::verb::get) {
      return refuse({.status = 413, .body = "No request here has a body.\n"});
    }
    auto answer = route_(request());
    if (auto* upgrade = std::get_if<UpgradeAnswer>(&answer)) {
      accept_upgrade(std::move(*upgrade));
    } else {
      respond(std::get<HttpResponse>(std::move(answer)), message.keep_alive() && !has_body);
    }
  }

  static bool is_malformed(const error_code& error) {
    return error && error.category() == make_error_code(http::error::bad_version).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
  }

  HttpRequest request() const {
    const auto& message = parser_->get();
    const auto field = [&](http::field name) -> std::optional<std::string_view> {
      const auto found = message.find(name);
      return found == message.end() ? std::nullopt : std::optional(view(found->value()));
    };
    const std::string_view target = view(message.target());
    const auto host = field(http::field::host);
    return {.method = view(message.method_string()),
            .path = target.substr(0, target.find('?')),
            .host = host,
            .upgrade = {.host = host.value_or(""),
                        .origin = field(http::field::origin),
                        .connection = field(http::field::connection).value_or(""),
                        .upgrade = field(http::field::upgrade).value_or(""),
                        .version = field(http::field::sec_websocket_version).value_or(""),
                        .key = field(http::field::sec_websocket_key).value_or(""),
                        .subprotocols = joined(http::field::sec_websocket_protocol),
                        .extensions = joined(http::field::sec_websocket_extensions)}};
  }

  // A list may be divided among several headers (RFC 9110 §5.3).
  std::optional<std::string> joined(http::field name) const {
    std::optional<std::string> joined;
    const auto [first, last] = parser_->get().equal_range(name);
    for (auto header = first; header != last; ++header) {
      joined = (joined ? *joined + "," : std::string()) + std::string(view(header->value()));
    }
    return joined;
  }

  void accept_upgrade(UpgradeAnswer answer) {
    auto response = std::make_shared<http::response<http::empty_body>>(http::status::switching_protocols, 11);
    response->set(http::field::upgrade, "websocket");
    response->set(http::field::connection, "Upgrade");
    response->set(http::field::sec_websocket_accept, answer.accept);
    if (!answer.subprotocol.empty()) {
      response->set(http::field::sec_websocket_protocol, answer.subprotocol);
    }
    if (answer.deflate) {
      response->set(http::field::sec_websocket_extensions, answer.deflate->answer);
    }
    stream_.expires_after(limit_);
    http::async_write(
        stream_, *response,
        [self = shared_from_this(), response, answer = std::move(answer)](const error_code& error, std::size_t) {
          if (!error) {
            const auto data = self->buffer_.cdata();
            std::string early(static_cast<const char*>(data.data()), data.size());
            self->upgraded_(self->stream_.release_socket(), std::move(early), answer);
          }
        });
  }

  void refuse(const HttpResponse& answer) { respond(answer, false); }

  void respond(HttpResponse answer, bool keep_alive) {
    auto response = std::make_shared<http::response<http::string_body>>(http::int_to_status(answer.status), 11);
    response->set(http::field::content_type, answer.content_type);
    response->set(http::field::cache_control, "no-store");
    response->set("X-Content-Type-Options", "nosniff");
    if (answer.status == 426) {
      // RFC 9110 §15.5.22, RFC 6455 §4.2.2
      response->set(http::field::upgrade, "websocket");
      response->set(http::field::sec_websocket_version, "13");
    }
    if (!answer.allow.empty()) {
      response->set(http::field::allow, answer.allow);
    }
    response->keep_alive(keep_alive);
    response->body() = std::move(answer.body);
    response->prepare_payload();
    if (parser_->get().method() == http::verb::head) {
      // The length stays that of the body which a GET would have (RFC 9110 §9.3.2).
      response->body().clear();
    }
    stream_.expires_after(limit_);
    http::async_write(stream_, *response, [self = shared_from_this(), response](const error_code& error, std::size_t) {
      if (error) {
        return;
      }
      response->keep_alive() ? self->read() : self->drain();
    });
  }

  // Closing with unread bytes would reset the connection and could take the answer with it.
  void drain() {
    error_code ignored;
    stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(4096), [self = shared_from_this()](const error_code& error, std::size_t) {
      if (!error) {
        self->drain();
      }
    });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;  // one for each request
  std::chrono::seconds limit_;
  HttpRoute route_;
  Upgraded upgraded_;
};

}  // namespace

std::weak_ptr<HttpConnection> serve_http(boost::asio::ip::tcp::socket socket, std::chrono::seconds limit,
                                         HttpRoute route, Upgraded upgraded) {
  const auto connection =
      std::make_shared<BeastConnection>(std::move(socket), limit, std::move(route), std::move(upgraded));
  connection->read();
  return connection;
}

}  // namespace lobbyd::gateway
