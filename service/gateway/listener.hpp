#pragma once

// Accepts TCP connections on one address: several in one turn of the loop, and then the other sockets have theirs.
//
// When descriptors or the system's memory run out it pauses, and who comes meanwhile waits in the backlog; nothing but
// `stop` ends it. It leaves some descriptors to the daemon itself, so that connections to the broker can be made anew
// however many clients there are.

#include "service/system/file_descriptor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace lobbyd::gateway {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  // A socket that does not block, without Nagle's algorithm, and where the client connects from.
  using Accepted = std::function<void(FileDescriptor socket, std::string address)>;

  // `reserve`: the descriptors that it leaves to others, of those that the process may have; a quarter of them at most.
  Listener(boost::asio::io_context& context, std::size_t reserve, Accepted accepted);

  // `host` is numeric. The error is a sentence for the operator.
  std::expected<void, std::string> start(const std::string& host, std::uint16_t port);
  void stop();

  // With the port that is in use: "127.0.0.1:8787", "[::1]:8787".
  std::string address() const;

 private:
  void wait();
  void accept();
  void pause(int error);
  void end_pause();

  std::size_t reserve_;
  Accepted accepted_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::chrono::steady_clock::time_point quiet_until_;  // the log has been told
};

}  // namespace lobbyd::gateway
