#pragma once

// A WebSocket client's side (RFC 6455), as far as a load generator needs it: the upgrade, frames that are masked with
// one key, and whole, unfragmented frames from the server, which is all that the servers under test send.

#include "protocol/websocket/frame.hpp"
#include "tests/bench/load/client.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lobbyd::load {

class FrameClient : public Client {
 public:
  using Client::Client;

 protected:
  // Asks for `path` with this subprotocol ("" for none). on_upgraded() follows.
  void upgrade(std::string_view path, std::string_view subprotocol);
  // For a server that speaks frames from the first byte on.
  void skip_upgrade() { upgraded_ = true; }
  virtual void on_upgraded() {}
  // Text or binary. What is pinged is answered here.
  virtual void on_frame(std::span<char> payload) = 0;

  void send_frame(websocket::Opcode opcode, std::string_view payload);

 private:
  std::size_t on_bytes(std::span<char> bytes) final;
  std::size_t read_upgrade(std::span<char> bytes);
  // 0: it is not whole yet.
  std::size_t read_frame(std::span<char> bytes);

  bool upgraded_ = false;
};

}  // namespace lobbyd::load
