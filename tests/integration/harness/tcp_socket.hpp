#pragma once

#include "tests/integration/harness/deadline.hpp"
#include "tests/integration/harness/file_descriptor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::integration {

/// An address without name resolution: "127.0.0.1" or "::1", and the port.
struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;

  /// "127.0.0.1:80", "[::1]:80", as in a Host header.
  std::string authority() const;
};

/// A TCP connection for exact bytes, every call with a deadline.
class TcpSocket {
 public:
  /// Throws std::system_error if the connection is refused. A small `receive_buffer` makes a consumer that is slow
  /// for its sender at once, when it stops reading.
  explicit TcpSocket(const Endpoint& endpoint, std::optional<int> receive_buffer = std::nullopt);

  void send(std::string_view bytes, Deadline deadline = default_deadline());

  /// What has come, at least one byte; empty at the end of the stream, also by a reset. Throws DeadlineExceeded.
  std::string receive(Deadline deadline = default_deadline());

  void shutdown_send();
  void close() { descriptor_.reset(); }
  /// Closes with a RST, as a crashed machine's peer would see it.
  void abort();

 private:
  FileDescriptor descriptor_;
};

/// A loopback port that nobody listens on, from below the range out of which the system takes ports for connections:
/// nobody gets it by chance while a server that has gone is to come back to it. No other program of the tests gets it
/// while this one runs.
std::uint16_t free_port(const std::string& host = "127.0.0.1");

/// So many on 127.0.0.1.
std::vector<std::uint16_t> free_ports(std::size_t count);

/// Whether this machine has a loopback address of IPv6.
bool has_ipv6();

}  // namespace lobbyd::integration
