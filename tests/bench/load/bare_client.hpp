#pragma once

// A client of bench_bare, and what the two say to each other:
//
//   'S' topic size (2 bytes), topic                                     subscribe: answered by an empty text frame
//   'P' topic size (2 bytes), frame size (4 bytes), topic, frame        pass the frame on, as it is
//
// Sizes are in the machine's own byte order. What comes back is WebSocket frames, without an upgrade before. Each
// message has the frame that lobbyd would make of it, so that the same bytes go to the same number of clients.

#include "tests/bench/load/frames.hpp"

namespace lobbyd::load {

class BareClient final : public FrameClient {
 public:
  using FrameClient::FrameClient;

  void subscribe(std::span<const std::string> filters) override;
  // At QoS 0 alone, and not retained.
  void publish(const Message& message) override;

 private:
  void on_connected() override;
  void on_frame(std::span<char> payload) override;

  std::string frame_;
};

}  // namespace lobbyd::load
