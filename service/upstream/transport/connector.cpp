#include "service/upstream/transport/connector.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace lobbyd::upstream {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// An address that swallows packets must not hold up the ones after it.
constexpr std::chrono::seconds address_patience{3};

}  // namespace

TcpConnector::TcpConnector(asio::any_io_executor executor, const mqtt::BrokerUrl& url, Reach reach)
    : executor_(std::move(executor)),
      host_(url.host),
      port_(url.port),
      reach_(reach),
      resolver_(executor_),
      patience_(executor_) {}

void TcpConnector::connect(Socket& socket, Handler handler) {
  socket_ = &socket;
  handler_ = std::move(handler);
  error_code not_numeric;
  const auto address = asio::ip::make_address(host_, not_numeric);
  if (!not_numeric) {
    return try_addresses({{address, port_}});
  }
  resolve();
}

void TcpConnector::cancel() {
  socket_ = nullptr;
  handler_ = nullptr;
  resolver_.cancel();
  patience_.cancel();
}

void TcpConnector::after_read(Socket& socket) {
  const int on = 1;
  // Where the system refuses, all that is lost is time.
  static_cast<void>(::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on));
}

void TcpConnector::resolve() try {
  resolver_.async_resolve(
      host_, std::to_string(port_), asio::ip::tcp::resolver::numeric_service,
      [self = shared_from_this()](error_code error, const asio::ip::tcp::resolver::results_type& results) {
        if (self->socket_ == nullptr) return;
        if (error) return self->finish(error);
        self->try_addresses({results.begin(), results.end()});
      });
} catch (const boost::system::system_error& failure) {
  // Asio starts its look-up thread here, and a process at its thread limit cannot.
  finish_soon(failure.code());
}

// The address that was judged is the one that is used: asking for the name again might bring another.
void TcpConnector::try_addresses(std::vector<asio::ip::tcp::endpoint> addresses) {
  addresses_ = std::move(addresses);
  if (reach_ == Reach::internet) {
    std::erase_if(addresses_,
                  [](const auto& endpoint) { return !is_internet(endpoint.address()) || is_own(endpoint.address()); });
  }
  addresses_.empty() ? finish_soon(ReachError::private_address) : try_next_address();
}

void TcpConnector::try_next_address() {
  const auto address = addresses_[tried_++];
  error_code ignored;
  socket_->close(ignored);
  if (tried_ < addresses_.size()) limit_attempt();
  socket_->async_connect(address, [self = shared_from_this()](error_code error) { self->attempt_ended(error); });
}

void TcpConnector::limit_attempt() {
  patience_.expires_after(address_patience);
  patience_.async_wait([self = shared_from_this(), attempt = attempt_](error_code cancelled) {
    // A wait that had run out before it was cancelled still comes here.
    if (cancelled || self->socket_ == nullptr || attempt != self->attempt_) return;
    error_code ignored;
    self->socket_->close(ignored);
  });
}

void TcpConnector::attempt_ended(error_code error) {
  if (socket_ == nullptr) return;
  ++attempt_;
  patience_.cancel();
  // The patience may have run out in the very moment in which the connection came about.
  if (!error && !socket_->is_open()) error = asio::error::timed_out;
  if (error && tried_ < addresses_.size()) return try_next_address();
  if (!error) socket_->set_option(asio::ip::tcp::no_delay(true), error);
  finish(error);
}

// For a failure found before any operation was begun.
void TcpConnector::finish_soon(std::error_code error) {
  asio::post(executor_, [self = shared_from_this(), error] { self->finish(error); });
}

void TcpConnector::finish(std::error_code error) {
  if (auto handler = std::exchange(handler_, nullptr)) handler(error);
}

UnixConnector::UnixConnector(asio::any_io_executor executor, const mqtt::BrokerUrl& url, Reach)
    : executor_(std::move(executor)), path_(url.path) {}

void UnixConnector::connect(Socket& socket, Handler handler) {
  handler_ = std::move(handler);
  const auto finish = [self = shared_from_this()](error_code error) {
    if (auto taken = std::exchange(self->handler_, nullptr)) taken(error);
  };
  // Asio's endpoint throws on a path that is too long.
  if (path_.size() > mqtt::unix_path_limit) {
    const error_code too_long = make_error_code(boost::system::errc::filename_too_long);
    asio::post(executor_, [finish, too_long] { finish(too_long); });
    return;
  }
  socket.async_connect(asio::local::stream_protocol::endpoint(path_), finish);
}

}  // namespace lobbyd::upstream
