#pragma once

// Makes the lowest connection of a transport: TCP to the first address of a name that answers, or a Unix socket.

#include "protocol/mqtt/broker_url.hpp"
#include "service/upstream/transport/reach.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace lobbyd::upstream {

// Used once. The socket outlives the connector's operation, or is closed by it. After `cancel` the handler is not
// called; it is never called from within `connect`.
class TcpConnector : public std::enable_shared_from_this<TcpConnector> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Handler = std::move_only_function<void(std::error_code)>;

  TcpConnector(boost::asio::any_io_executor executor, const mqtt::BrokerUrl& url, Reach reach);

  void connect(Socket& socket, Handler handler);
  void cancel();

  // A broker that gathers small writes (Nagle's algorithm, Mosquitto's default) waits for the acknowledgement of the
  // one before, which the system else delays by up to 40 ms. It has to be asked for again after each read (tcp(7)).
  static void after_read(Socket& socket);

 private:
  void resolve();
  void try_addresses(std::vector<boost::asio::ip::tcp::endpoint> addresses);
  void try_next_address();
  void limit_attempt();
  void attempt_ended(boost::system::error_code error);
  void finish_soon(std::error_code error);
  void finish(std::error_code error);

  boost::asio::any_io_executor executor_;
  std::string host_;
  std::uint16_t port_;
  Reach reach_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer patience_;
  Socket* socket_ = nullptr;  // null once cancelled
  Handler handler_;
  std::vector<boost::asio::ip::tcp::endpoint> addresses_;
  std::size_t tried_ = 0;    // of addresses_
  std::size_t attempt_ = 0;  // tells a late time-out from one of the running attempt
};

// The same for a Unix socket.
class UnixConnector : public std::enable_shared_from_this<UnixConnector> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using Handler = std::move_only_function<void(std::error_code)>;

  UnixConnector(boost::asio::any_io_executor executor, const mqtt::BrokerUrl& url, Reach reach);

  void connect(Socket& socket, Handler handler);
  void cancel() { handler_ = nullptr; }

  static void after_read(Socket&) {}

 private:
  boost::asio::any_io_executor executor_;
  std::string path_;
  Handler handler_;
};

}  // namespace lobbyd::upstream
