#include "service/gateway/http_connection.hpp"

#include "service/gateway/poller.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <sys/socket.h>
#include <utility>

namespace lobbyd::gateway {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::size_t max_header_bytes = 16U << 10U;
// Of what came in and has not been answered.
constexpr std::size_t max_input_bytes = max_header_bytes + 4096;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

class BeastConnection final : public HttpConnection,
                              public Pollable,
                              public std::enable_shared_from_this<BeastConnection> {
 public:
  BeastConnection(FileDescriptor socket, std::string address, Loop& loop, const HttpService& service)
      : socket_(std::move(socket)), address_(std::move(address)), loop_(loop), service_(service) {}

  // Whether it goes on.
  bool start() {
    await_request();
    go_on();
    Poller::Slot slot = 0;
    if (state_ != State::over && !loop_.poller().add(socket_.get(), shared_from_this(), slot)) {
      end();
    }
    if (state_ != State::over) {
      slot_ = slot;
    }
    return state_ != State::over;
  }

  void abort() override { end(); }

  void when_over(std::function<void()> over) override { over_ = std::move(over); }

  void on_ready(Ready ready) override {
    if (ready.readable) {
      unread_ = true;
      client_has_ended_ = client_has_ended_ || ready.ended;
    }
    if (ready.writable && state_ == State::writing) {
      write();
    }
    go_on();
  }

  void on_tick(TimePoint now) override {
    if (now >= deadline_) {
      end();
    }
  }

 private:
  enum class State : std::uint8_t { reading, writing, draining, over };
  enum class Then : std::uint8_t { upgrade, next_request, drain };

  // Reading ---------------------------------------------------------------------------------------------------------

  // One read and one answer at most: others have their turn before the next.
  void go_on() {
    bool answered = answer_next();
    if (!answered && unread_ && (state_ == State::reading || state_ == State::draining)) {
      receive();
      answered = answer_next();
    }
    const bool more = unread_ || (answered && !input_.empty());
    if (more && (state_ == State::reading || state_ == State::draining)) {
      boost::asio::post(loop_.context(), [self = shared_from_this()] { self->go_on(); });
    }
  }

  void receive() {
    const std::size_t room = max_input_bytes - input_.size();
    const std::span<char> buffer = loop_.read_buffer().first(std::min(room, loop_.read_buffer().size()));
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      unread_ = errno == EINTR;
      return;
    }
    if (size <= 0) {
      return end();
    }
    // A shorter read has emptied the socket, but the end is told of only once.
    unread_ = client_has_ended_ || static_cast<std::size_t>(size) == buffer.size();
    if (state_ == State::reading) {
      input_.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }

  void await_request() {
    state_ = State::reading;
    parser_.emplace();
    parser_->header_limit(max_header_bytes);
    deadline_ = steady_clock::now() + service_.limit;
  }

  // Whether there was a whole request, or something that is none.
  bool answer_next() {
    if (state_ != State::reading || input_.empty()) {
      return false;
    }
    error_code error;
    input_.erase(0, parser_->put(boost::asio::buffer(input_), error));
    if (error == http::error::need_more) {
      return false;
    }
    if (error == http::error::header_limit) {
      refuse({.status = 431, .body = "The request's header is too large.\n"});
    } else if (error) {
      refuse({.status = 400, .body = "This is not HTTP/1.1.\n"});
    } else {
      answer();
    }
    return true;
  }

  void answer() {
    const auto& message = parser_->get();
    if (message.count(http::field::host) > 1) {
      // RFC 9112 §3.2: who is meant must not depend on which of them is read.
      return refuse({.status = 400, .body = "There is more than one Host header.\n"});
    }
    const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
    if (has_body && message.method() == http::verb::get) {
      return refuse({.status = 413, .body = "No request here has a body.\n"});
    }
    auto answer = service_.route(request());
    if (auto* upgrade = std::get_if<UpgradeAnswer>(&answer)) {
      upgrade_ = std::move(*upgrade);
      send(write_upgrade(upgrade_), Then::upgrade);
    } else {
      respond(std::get<HttpResponse>(answer), message.keep_alive() && !has_body);
    }
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
            .query = target.substr(std::min(target.find('?'), target.size() - 1) + 1),
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

  // Writing ---------------------------------------------------------------------------------------------------------

  void refuse(const HttpResponse& response) { respond(response, false); }

  void respond(const HttpResponse& response, bool keep_alive) {
    const bool head_only = parser_->get().method() == http::verb::head;
    send(write_response(response, {.keep_alive = keep_alive, .head_only = head_only}),
         keep_alive ? Then::next_request : Then::drain);
  }

  void send(std::string output, Then then) {
    output_ = std::move(output);
    sent_ = 0;
    then_ = then;
    state_ = State::writing;
    deadline_ = steady_clock::now() + service_.limit;
    write();
  }

  void write() {
    while (sent_ < output_.size()) {
      const ssize_t size = ::send(socket_.get(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
      if (size < 0 && errno == EINTR) {
        continue;
      }
      if (size < 0 && errno == EAGAIN) {
        return;
      }
      if (size < 0) {
        return end();
      }
      sent_ += static_cast<std::size_t>(size);
    }
    switch (then_) {
      case Then::upgrade:
        return upgrade();
      case Then::next_request:
        return await_request();
      case Then::drain:
        return drain();
    }
  }

  // The end ---------------------------------------------------------------------------------------------------------

  // Closing with unread bytes would reset the connection and could take the answer with it.
  void drain() {
    state_ = State::draining;
    input_.clear();
    ::shutdown(socket_.get(), SHUT_WR);
  }

  void upgrade() {
    const auto self = shared_from_this();
    leave();
    service_.upgraded(std::move(socket_), std::move(address_), std::move(input_), upgrade_);
  }

  void end() {
    const auto self = shared_from_this();
    leave();
    socket_.reset();
  }

  void leave() {
    state_ = State::over;
    if (const auto slot = std::exchange(slot_, std::nullopt)) {
      loop_.poller().remove(socket_.get(), *slot);
    }
    if (const auto over = std::exchange(over_, nullptr)) {
      over();
    }
  }

  FileDescriptor socket_;
  std::string address_;
  Loop& loop_;
  const HttpService& service_;
  std::function<void()> over_;
  std::optional<Poller::Slot> slot_;                              // while it is polled
  std::optional<http::request_parser<http::empty_body>> parser_;  // one for each request
  std::string input_;                                             // what has come in and has not been taken apart
  std::string output_;
  std::size_t sent_ = 0;  // of it, in bytes
  TimePoint deadline_;
  UpgradeAnswer upgrade_;  // once it has been decided on
  State state_ = State::reading;
  Then then_ = Then::next_request;
  bool unread_ = true;  // the socket may hold something
  bool client_has_ended_ = false;
};

}  // namespace

std::shared_ptr<HttpConnection> serve_http(FileDescriptor socket, std::string address, Loop& loop,
                                           const HttpService& service) {
  auto connection = std::make_shared<BeastConnection>(std::move(socket), std::move(address), loop, service);
  return connection->start() ? connection : nullptr;
}

}  // namespace lobbyd::gateway
