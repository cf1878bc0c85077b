#pragma once

#include "tests/integration/harness/closing.hpp"
#include "tests/integration/harness/deadline.hpp"
#include "tests/integration/harness/tcp_socket.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace lobbyd::integration {

struct WebSocketOptions {
  std::string path = "/ws";
  std::optional<std::string> host = {};             // the Host header; the endpoint itself if unset
  std::map<std::string, std::string> headers = {};  // further ones, such as Origin and Sec-WebSocket-Protocol
  std::optional<int> receive_buffer = {};           // SO_RCVBUF, for consumers that are to be slow
  std::optional<int> compression_window = {};       // offers permessage-deflate, with server_max_window_bits below 15
  // TCP_MAXSEG: with that of a real network (1,400) the server's socket holds some tens of KB, and not megabytes.
  std::optional<int> segment_size = {};
};

/// A well-behaved WebSocket client. It reads on a thread that all of them share, and answers pings; the calls are
/// synchronous, and may come from any one thread at a time.
class WebSocketClient {
 public:
  /// Throws std::runtime_error if the upgrade is refused, DeadlineExceeded if it is not answered.
  explicit WebSocketClient(const Endpoint& endpoint, WebSocketOptions options = {});
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;
  /// Closes the connection without a closing handshake.
  ~WebSocketClient();

  const std::string& subprotocol() const;
  /// The server's Sec-WebSocket-Extensions.
  const std::string& extensions() const;

  // What is sent leaves in the order of the calls, which wait for nothing.
  void send_text(std::string text);
  void send_binary(std::string bytes);
  void send_ping(std::string payload);
  void close(Closing closing = {1000, ""});

  /// The next data frame's payload; nullopt once the connection has ended and all is read. Throws DeadlineExceeded.
  std::optional<std::string> receive(Deadline deadline = default_deadline());

  /// Waits until the connection has ended, whether or not all frames were received. Throws DeadlineExceeded.
  Closing wait_closed(Deadline deadline = default_deadline());
  bool closed() const;

  std::size_t pings_received() const;
  /// Waits for the pong with this payload. Throws DeadlineExceeded.
  void wait_pong(const std::string& payload, Deadline deadline = default_deadline());
  /// Waits until so many pings have come from the server. Throws DeadlineExceeded.
  void wait_pings(std::size_t count, Deadline deadline = default_deadline());

  /// Leaves what comes from now on in the socket, but for one frame that may already be under way.
  void stop_reading();
  void resume_reading();

  /// FIN without a close frame, after all that was sent: the process has ended.
  void drop();
  /// RST: the process was killed with unread input, or the network is gone.
  void reset();

 private:
  class Connection;
  std::shared_ptr<Connection> connection_;
};

}  // namespace lobbyd::integration
