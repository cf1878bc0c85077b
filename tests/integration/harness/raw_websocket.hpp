#pragma once

#include "tests/integration/harness/closing.hpp"
#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/tcp_socket.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::integration {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// One WebSocket frame (RFC 6455 §5.2), every field free, so that a test can send what the standard forbids.
struct RawFrame {
  Opcode opcode = Opcode::text;
  std::string payload = {};
  bool final = true;
  std::uint8_t reserved = 0;    // RSV1 = 4, RSV2 = 2, RSV3 = 1
  bool masked = true;           // what clients must do; servers must not
  bool longest_length = false;  // the 64-bit length field, whatever the payload's size
};

std::string encode(const RawFrame& frame);

/// A WebSocket client without manners: it sends exactly the bytes it is told to, answers no ping, and reads only when
/// asked to.
class RawWebSocket {
 public:
  /// Throws std::runtime_error if the upgrade is refused.
  explicit RawWebSocket(const Endpoint& endpoint, const HttpRequest& request = upgrade_request(),
                        std::optional<int> receive_buffer = std::nullopt);

  void send(const RawFrame& frame) { socket_.send(encode(frame)); }
  void send_text(std::string text) { send({.opcode = Opcode::text, .payload = std::move(text)}); }
  TcpSocket& socket() { return socket_; }

  /// The next frame from the server; nullopt at the end of the connection.
  std::optional<RawFrame> receive(Deadline deadline = default_deadline());

  /// Reads, and forgets, everything up to the server's close frame or the end of the connection.
  Closing wait_closed(Deadline deadline = default_deadline());

 private:
  bool fill(std::size_t size, Deadline deadline);

  TcpSocket socket_;
  std::string buffer_;
};

}  // namespace lobbyd::integration
