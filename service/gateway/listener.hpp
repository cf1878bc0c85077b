#pragma once

// Accepts TCP connections on one address. Running out of file descriptors pauses accepting for a moment; nothing but
// `stop` ends it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace lobbyd::gateway {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Accepted = std::function<void(boost::asio::ip::tcp::socket)>;

  Listener(boost::asio::io_context& context, Accepted accepted);

  // `host` is numeric. The error is a sentence for the operator.
  std::expected<void, std::string> start(const std::string& host, std::uint16_t port);
  void stop();

  // With the port that is in use: "127.0.0.1:8787", "[::1]:8787".
  std::string address() const;
  bool is_loopback() const;

 private:
  void accept();

  Accepted accepted_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  bool out_of_descriptors_ = false;
};

}  // namespace lobbyd::gateway
