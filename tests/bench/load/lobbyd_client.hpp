#pragma once

// A client of lobbyd's API (docs/api.md). What comes is not parsed as JSON but searched for what lobbyd is known to
// write: the generator must not cost more than what it measures.

#include "tests/bench/load/frames.hpp"

namespace lobbyd::load {

// The payload within a `message` notification; empty where `frame` is none. It must need no escapes.
std::string_view payload_of_notification(std::string_view frame);

class LobbydClient final : public FrameClient {
 public:
  using FrameClient::FrameClient;

  void subscribe(std::span<const std::string> filters) override;
  void publish(const Message& message) override;

 private:
  void on_connected() override { upgrade("/ws", "lobbyd.v1"); }
  void on_upgraded() override;
  void on_frame(std::span<char> payload) override;
  void on_answer(std::string_view frame);

  std::string request_;
};

}  // namespace lobbyd::load
