#include "tests/integration/harness/websocket_client.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <netinet/tcp.h>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace lobbyd::integration {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

// The thread on which all clients of the program read and write.
class IoThread {
 public:
  static IoThread& instance() {
    static IoThread thread;
    return thread;
  }
  ~IoThread() {
    context_.stop();
    thread_.join();
  }
  asio::io_context& context() { return context_; }

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_{[this] { context_.run(); }};
};

constexpr std::size_t maximum_message = std::size_t{32} * 1024 * 1024;

}  // namespace

// Everything but the state under `mutex_` is touched on the I/O thread only.
class WebSocketClient::Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Sending = std::function<void(Connection&)>;

  void open(const Endpoint& endpoint, const WebSocketOptions& options);
  void start();
  void enqueue(Sending sending);
  void post(std::function<void(Connection&)> action);

  void write(const std::string& payload, bool binary);
  void ping(const std::string& payload);
  void close(const Closing& closing);
  void read();
  void set_reading(bool reading);
  void end_socket(bool reset);
  void shutdown_send();

  template <typename Predicate>
  void wait(Predicate predicate, Deadline deadline, const char* what) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline, [&] { return predicate(); })) throw DeadlineExceeded(what);
  }
  template <typename Query>
  auto locked(Query query) const {
    const std::lock_guard lock(mutex_);
    return query();
  }

  std::deque<std::string> frames;
  std::optional<Closing> closing;
  std::multiset<std::string> pongs;
  std::size_t pings = 0;
  std::string subprotocol;
  std::string extensions;

 private:
  using Outcome = std::shared_ptr<std::promise<std::string>>;  // why the upgrade was refused; empty if it was not

  void handshake(const Endpoint& endpoint, const WebSocketOptions& options, const Outcome& outcome);
  void on_control(websocket::frame_type kind, beast::string_view payload);
  void on_read(error_code error);
  void next_sending();
  void sent(error_code error);
  void end(const Closing& how);
  Closing received_closing() const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;

  websocket::stream<asio::ip::tcp::socket> stream_{IoThread::instance().context()};
  websocket::response_type response_;
  beast::flat_buffer buffer_;
  std::deque<Sending> outbox_;
  std::string outgoing_;
  websocket::ping_data outgoing_ping_;
  bool sending_ = false;
  bool reading_ = true;
  bool read_pending_ = false;
  bool closing_ = false;
};

void WebSocketClient::Connection::open(const Endpoint& endpoint, const WebSocketOptions& options) {
  auto& socket = stream_.next_layer();
  const asio::ip::tcp::endpoint address(asio::ip::make_address(endpoint.host), endpoint.port);
  socket.open(address.protocol());
  if (options.receive_buffer) socket.set_option(asio::socket_base::receive_buffer_size(*options.receive_buffer));
  if (options.segment_size) {
    socket.set_option(asio::detail::socket_option::integer<IPPROTO_TCP, TCP_MAXSEG>(*options.segment_size));
  }
  socket.connect(address);
  socket.set_option(asio::ip::tcp::no_delay(true));
  const auto outcome = std::make_shared<std::promise<std::string>>();
  auto refusal = outcome->get_future();
  post([endpoint, options, outcome](Connection& connection) { connection.handshake(endpoint, options, outcome); });
  if (refusal.wait_until(default_deadline()) != std::future_status::ready) {
    post([](Connection& connection) { connection.end_socket(true); });
    throw DeadlineExceeded("the WebSocket upgrade is not answered");
  }
  if (const auto why = refusal.get(); !why.empty()) throw std::runtime_error("upgrade refused: " + why);
}

void WebSocketClient::Connection::handshake(const Endpoint& endpoint, const WebSocketOptions& options,
                                            const Outcome& outcome) {
  stream_.read_message_max(maximum_message);
  stream_.auto_fragment(false);  // as other clients do; fragments have tests of their own
  if (options.compression_window) {
    websocket::permessage_deflate offer;
    offer.client_enable = true;
    offer.server_max_window_bits = *options.compression_window;
    stream_.set_option(offer);
  }
  stream_.set_option(websocket::stream_base::decorator([headers = options.headers](websocket::request_type& request) {
    for (const auto& [name, value] : headers) request.set(name, value);
  }));
  stream_.control_callback(
      [this](websocket::frame_type kind, beast::string_view payload) { on_control(kind, payload); });
  stream_.async_handshake(response_, options.host.value_or(endpoint.authority()), options.path,
                          [self = shared_from_this(), outcome](error_code error) {
                            if (error) {
                              const auto status = self->response_.result_int();
                              outcome->set_value(error.message() + " (HTTP " + std::to_string(status) + ")");
                              return;
                            }
                            self->subprotocol = self->response_[beast::http::field::sec_websocket_protocol];
                            self->extensions = self->response_[beast::http::field::sec_websocket_extensions];
                            outcome->set_value("");
                            self->read();
                          });
}

void WebSocketClient::Connection::post(std::function<void(Connection&)> action) {
  asio::post(stream_.get_executor(), [self = shared_from_this(), action = std::move(action)] { action(*self); });
}

void WebSocketClient::Connection::enqueue(Sending sending) {
  post([sending = std::move(sending)](Connection& connection) {
    connection.outbox_.push_back(sending);
    if (!connection.sending_) connection.next_sending();
  });
}

void WebSocketClient::Connection::next_sending() {
  if (outbox_.empty()) {
    sending_ = false;
    return;
  }
  sending_ = true;
  const auto sending = std::move(outbox_.front());
  outbox_.pop_front();
  sending(*this);
}

void WebSocketClient::Connection::sent(error_code error) {
  if (error) {
    outbox_.clear();  // the reader learns, and tells, how the connection ended
    sending_ = false;
    return;
  }
  next_sending();
}

void WebSocketClient::Connection::write(const std::string& payload, bool binary) {
  outgoing_ = payload;
  stream_.binary(binary);
  stream_.async_write(asio::buffer(outgoing_),
                      [self = shared_from_this()](error_code error, std::size_t) { self->sent(error); });
}

void WebSocketClient::Connection::ping(const std::string& payload) {
  outgoing_ping_.assign(payload.data(), payload.size());
  stream_.async_ping(outgoing_ping_, [self = shared_from_this()](error_code error) { self->sent(error); });
}

void WebSocketClient::Connection::close(const Closing& how) {
  closing_ = true;
  stream_.async_close({static_cast<websocket::close_code>(how.code), how.reason},
                      [self = shared_from_this()](error_code error) {
                        self->sent(error);
                        self->end(self->received_closing());
                      });
}

void WebSocketClient::Connection::read() {
  if (read_pending_ || !reading_) return;
  read_pending_ = true;
  stream_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
}

void WebSocketClient::Connection::on_read(error_code error) {
  read_pending_ = false;
  if (error) {
    // While a closing handshake of ours is under way, its handler tells how that ended. Else it was a write that found
    // the connection broken.
    if (error != asio::error::operation_aborted || !closing_) end(received_closing());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    frames.push_back(beast::buffers_to_string(buffer_.data()));
    changed_.notify_all();
  }
  buffer_.consume(buffer_.size());
  read();
}

void WebSocketClient::Connection::on_control(websocket::frame_type kind, beast::string_view payload) {
  const std::lock_guard lock(mutex_);
  if (kind == websocket::frame_type::ping) ++pings;
  if (kind == websocket::frame_type::pong) pongs.emplace(payload);
  changed_.notify_all();
}

// The close frame that has come from the server, whatever became of the TCP connection after it.
Closing WebSocketClient::Connection::received_closing() const {
  const auto& reason = stream_.reason();
  if (reason.code == websocket::close_code::none) return {};
  return {reason.code, std::string(reason.reason.data(), reason.reason.size())};
}

void WebSocketClient::Connection::set_reading(bool reading) {
  reading_ = reading;
  read();
}

void WebSocketClient::Connection::end_socket(bool reset) {
  error_code ignored;  // the connection may already be gone, which is what was wanted
  auto& socket = stream_.next_layer();
  if (reset) socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
  end({});
}

void WebSocketClient::Connection::shutdown_send() {
  error_code ignored;  // as above
  stream_.next_layer().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void WebSocketClient::Connection::end(const Closing& how) {
  const std::lock_guard lock(mutex_);
  if (!closing) closing = how;
  changed_.notify_all();
}

WebSocketClient::WebSocketClient(const Endpoint& endpoint, WebSocketOptions options)
    : connection_(std::make_shared<Connection>()) {
  connection_->open(endpoint, options);
}

WebSocketClient::~WebSocketClient() {
  connection_->post([](Connection& connection) { connection.end_socket(false); });
}

const std::string& WebSocketClient::subprotocol() const {
  return connection_->subprotocol;
}

const std::string& WebSocketClient::extensions() const {
  return connection_->extensions;
}

void WebSocketClient::send_text(std::string text) {
  connection_->enqueue([text = std::move(text)](Connection& connection) { connection.write(text, false); });
}

void WebSocketClient::send_binary(std::string bytes) {
  connection_->enqueue([bytes = std::move(bytes)](Connection& connection) { connection.write(bytes, true); });
}

void WebSocketClient::send_ping(std::string payload) {
  connection_->enqueue([payload = std::move(payload)](Connection& connection) { connection.ping(payload); });
}

void WebSocketClient::close(Closing closing) {
  connection_->enqueue([closing = std::move(closing)](Connection& connection) { connection.close(closing); });
}

std::optional<std::string> WebSocketClient::receive(Deadline deadline) {
  auto& connection = *connection_;
  connection.wait([&] { return !connection.frames.empty() || connection.closing; }, deadline,
                  "no frame has come from the server");
  return connection.locked([&]() -> std::optional<std::string> {
    if (connection.frames.empty()) return std::nullopt;
    auto frame = std::move(connection.frames.front());
    connection.frames.pop_front();
    return frame;
  });
}

Closing WebSocketClient::wait_closed(Deadline deadline) {
  auto& connection = *connection_;
  connection.wait([&] { return connection.closing.has_value(); }, deadline, "the connection is not closed");
  return connection.locked([&] { return *connection.closing; });
}

bool WebSocketClient::closed() const {
  return connection_->locked([&] { return connection_->closing.has_value(); });
}

std::size_t WebSocketClient::pings_received() const {
  return connection_->locked([&] { return connection_->pings; });
}

void WebSocketClient::wait_pong(const std::string& payload, Deadline deadline) {
  auto& connection = *connection_;
  connection.wait([&] { return connection.pongs.contains(payload); }, deadline, "no such pong has come");
}

void WebSocketClient::wait_pings(std::size_t count, Deadline deadline) {
  auto& connection = *connection_;
  connection.wait([&] { return connection.pings >= count; }, deadline, "the server sends no pings");
}

void WebSocketClient::stop_reading() {
  connection_->post([](Connection& connection) { connection.set_reading(false); });
}

void WebSocketClient::resume_reading() {
  connection_->post([](Connection& connection) { connection.set_reading(true); });
}

void WebSocketClient::drop() {
  connection_->enqueue([](Connection& connection) { connection.shutdown_send(); });
}

void WebSocketClient::reset() {
  connection_->post([](Connection& connection) { connection.end_socket(true); });
}

}  // namespace lobbyd::integration
