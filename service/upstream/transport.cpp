#include "service/upstream/transport.hpp"

#include "service/upstream/endpoint.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::upstream {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// An address that swallows packets must not hold up the ones after it.
constexpr std::chrono::seconds address_patience{3};

// What the pending operations share with the Transport, and what outlives it until the last of them has come back.
//
// The handlers live here, not in Asio's operations: so destruction can drop them at once, and close() need not wait
// for an operation that cannot be interrupted (a name look-up). An operation that comes back finds its handler gone.
template <typename Protocol>
class Stream : public std::enable_shared_from_this<Stream<Protocol>> {
 public:
  explicit Stream(const asio::any_io_executor& executor) : executor_(executor), socket_(executor) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  void connect(Transport::ConnectHandler handler) {
    connect_handler_ = std::move(handler);
    if (closed_) return cancel_soon();
    start_connect();
  }

  void read_some(std::span<char> buffer, Transport::ReadHandler handler) {
    read_handler_ = std::move(handler);
    if (closed_) return cancel_soon();
    socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                            [self = this->shared_from_this()](error_code error, std::size_t bytes) {
                              self->finish(self->read_handler_, error, bytes);
                            });
  }

  void write(std::string_view bytes, Transport::WriteHandler handler) {
    write_handler_ = std::move(handler);
    if (closed_) return cancel_soon();
    asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                      [self = this->shared_from_this()](error_code error, std::size_t) {
                        self->finish(self->write_handler_, error);
                      });
  }

  void close() {
    if (closed_) return;
    closed_ = true;
    stop_connect();
    // The descriptor is released whatever close(2) says, and there is nobody to act on its error.
    error_code ignored;
    socket_.close(ignored);
    cancel_soon();
  }

  void abandon() {
    connect_handler_ = nullptr;
    read_handler_ = nullptr;
    write_handler_ = nullptr;
    close();
  }

 protected:
  virtual void start_connect() = 0;
  virtual void stop_connect() {}

  bool closed() const { return closed_; }
  asio::any_io_executor executor() const { return executor_; }
  typename Protocol::socket& socket() { return socket_; }
  void finish_connect(std::error_code error) { finish(connect_handler_, error); }

  // For a failure found before any operation was begun: handlers are never called from within the call that took them.
  void fail_connect_soon(std::error_code error) {
    asio::post(executor_, [self = this->shared_from_this(), error] { self->finish_connect(error); });
  }

 private:
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
    asio::post(executor_, [self = this->shared_from_this()] {
      const auto cancelled = std::make_error_code(std::errc::operation_canceled);
      call(self->connect_handler_, cancelled);
      call(self->read_handler_, cancelled, std::size_t{0});
      call(self->write_handler_, cancelled);
    });
  }

  asio::any_io_executor executor_;
  typename Protocol::socket socket_;
  bool closed_ = false;
  Transport::ConnectHandler connect_handler_;
  Transport::ReadHandler read_handler_;
  Transport::WriteHandler write_handler_;
};

class TcpStream final : public Stream<asio::ip::tcp> {
 public:
  TcpStream(const asio::any_io_executor& executor, const Endpoint& endpoint)
      : Stream(executor), host_(endpoint.host), port_(endpoint.port), resolver_(executor), patience_(executor) {}

 private:
  void start_connect() override {
    error_code not_numeric;
    const auto address = asio::ip::make_address(host_, not_numeric);
    if (!not_numeric) {
      addresses_.emplace_back(address, port_);
      return try_next_address();
    }
    resolve();
  }

  void resolve() try {
    resolver_.async_resolve(
        host_, std::to_string(port_), asio::ip::tcp::resolver::numeric_service,
        [self = self_as_tcp()](error_code error, const asio::ip::tcp::resolver::results_type& results) {
          if (self->closed()) return;
          if (error) return self->finish_connect(error);
          for (const auto& result : results) self->addresses_.push_back(result.endpoint());
          self->try_next_address();
        });
  } catch (const boost::system::system_error& failure) {
    // Asio starts its look-up thread here, and a process at its thread limit cannot.
    fail_connect_soon(failure.code());
  }

  void try_next_address() {
    const auto address = addresses_[tried_++];
    error_code ignored;
    socket().close(ignored);
    if (tried_ < addresses_.size()) limit_attempt();
    socket().async_connect(address, [self = self_as_tcp()](error_code error) { self->attempt_ended(error); });
  }

  void limit_attempt() {
    patience_.expires_after(address_patience);
    patience_.async_wait([self = self_as_tcp(), attempt = attempt_](error_code cancelled) {
      // A wait that had run out before it was cancelled still comes here.
      if (cancelled || self->closed() || attempt != self->attempt_) return;
      error_code ignored;
      self->socket().close(ignored);
    });
  }

  void attempt_ended(error_code error) {
    if (closed()) return;
    ++attempt_;
    patience_.cancel();
    // The patience may have run out in the very moment in which the connection came about.
    if (!error && !socket().is_open()) error = asio::error::timed_out;
    if (error && tried_ < addresses_.size()) return try_next_address();
    if (!error) socket().set_option(asio::ip::tcp::no_delay(true), error);
    finish_connect(error);
  }

  void stop_connect() override {
    resolver_.cancel();
    patience_.cancel();
  }

  std::shared_ptr<TcpStream> self_as_tcp() { return std::static_pointer_cast<TcpStream>(shared_from_this()); }

  std::string host_;
  std::uint16_t port_;
  asio::ip::tcp::resolver resolver_;
  asio::steady_timer patience_;
  std::vector<asio::ip::tcp::endpoint> addresses_;
  std::size_t tried_ = 0;    // of addresses_
  std::size_t attempt_ = 0;  // tells a late time-out from one of the running attempt
};

class UnixStream final : public Stream<asio::local::stream_protocol> {
 public:
  UnixStream(const asio::any_io_executor& executor, const Endpoint& endpoint)
      : Stream(executor), path_(endpoint.path) {}

 private:
  void start_connect() override {
    // Asio's endpoint throws on a path that is too long.
    if (path_.size() > unix_path_limit) return fail_connect_soon(std::make_error_code(std::errc::filename_too_long));
    socket().async_connect(asio::local::stream_protocol::endpoint(path_),
                           [self = std::static_pointer_cast<UnixStream>(shared_from_this())](error_code error) {
                             self->finish_connect(error);
                           });
  }

  std::string path_;
};

template <typename StreamType>
class StreamTransport final : public Transport {
 public:
  StreamTransport(const asio::any_io_executor& executor, const Endpoint& endpoint)
      : stream_(std::make_shared<StreamType>(executor, endpoint)) {}
  StreamTransport(const StreamTransport&) = delete;
  StreamTransport& operator=(const StreamTransport&) = delete;
  ~StreamTransport() override { stream_->abandon(); }

  void connect(ConnectHandler handler) override { stream_->connect(std::move(handler)); }
  void read_some(std::span<char> buffer, ReadHandler handler) override {
    stream_->read_some(buffer, std::move(handler));
  }
  void write(std::string_view bytes, WriteHandler handler) override { stream_->write(bytes, std::move(handler)); }
  void close() override { stream_->close(); }

 private:
  std::shared_ptr<StreamType> stream_;
};

}  // namespace

std::unique_ptr<Transport> make_transport(asio::any_io_executor executor, const Endpoint& endpoint) {
  if (endpoint.scheme == Scheme::unix_socket) return std::make_unique<StreamTransport<UnixStream>>(executor, endpoint);
  return std::make_unique<StreamTransport<TcpStream>>(executor, endpoint);
}

}  // namespace lobbyd::upstream
