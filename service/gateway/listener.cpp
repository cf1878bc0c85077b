#include "service/gateway/listener.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <spdlog/spdlog.h>

#include <sstream>
#include <utility>

namespace lobbyd::gateway {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds descriptor_pause{100};

bool is_descriptor_shortage(const error_code& error) {
  return error == boost::system::errc::too_many_files_open ||
         error == boost::system::errc::too_many_files_open_in_system || error == boost::system::errc::no_buffer_space ||
         error == boost::system::errc::not_enough_memory;
}

}  // namespace

Listener::Listener(boost::asio::io_context& context, Accepted accepted)
    : accepted_(std::move(accepted)), acceptor_(context), pause_(context) {}

std::expected<void, std::string> Listener::start(const std::string& host, std::uint16_t port) {
  error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  const tcp::endpoint endpoint(address, port);
  const auto step = [&](auto action) {
    if (!error) {
      action();
    }
  };
  step([&] { acceptor_.open(endpoint.protocol(), error); });
  step([&] { acceptor_.set_option(tcp::acceptor::reuse_address(true), error); });
  if (address.is_v6()) {
    // Each address family is listened on where it is asked for, and nowhere else.
    step([&] { acceptor_.set_option(boost::asio::ip::v6_only(true), error); });
  }
  step([&] { acceptor_.bind(endpoint, error); });
  step([&] { acceptor_.listen(boost::asio::socket_base::max_listen_connections, error); });
  if (error) {
    std::ostringstream text;
    text << "cannot listen on " << endpoint << ": " << error.message();
    return std::unexpected(text.str());
  }
  accept();
  return {};
}

void Listener::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

std::string Listener::address() const {
  error_code ignored;
  std::ostringstream text;
  text << acceptor_.local_endpoint(ignored);
  return text.str();
}

bool Listener::is_loopback() const {
  error_code ignored;
  return acceptor_.local_endpoint(ignored).address().is_loopback();
}

void Listener::accept() {
  acceptor_.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
    if (!self->acceptor_.is_open()) {
      return;
    }
    if (is_descriptor_shortage(error)) {
      if (!std::exchange(self->out_of_descriptors_, true)) {
        spdlog::error("new connections wait: {}; raise the limit on open files (ulimit -n, LimitNOFILE)",
                      error.message());
      }
      self->pause_.expires_after(descriptor_pause);
      self->pause_.async_wait([self](const error_code& cancelled) {
        if (!cancelled) {
          self->accept();
        }
      });
      return;
    }
    self->out_of_descriptors_ = false;
    if (!error) {
      self->accepted_(std::move(socket));
    }
    self->accept();
  });
}

}  // namespace lobbyd::gateway
