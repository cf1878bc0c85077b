#pragma once

#include "protocol/mqtt/packets.hpp"

#include <chrono>
#include <vector>

namespace lobbyd::upstream {

struct Message;

// A message as the packet that carries it, without copying: the packet borrows from the message and from the view.
// Kept and used again, it allocates nothing.
class PacketView {
 public:
  // It must not have expired. The view is valid until the next call, and as long as the message.
  const mqtt::Publish& of(const Message& message, std::chrono::steady_clock::time_point now);

 private:
  mqtt::Publish packet_;
  std::vector<mqtt::UserProperty> user_properties_;
};

}  // namespace lobbyd::upstream
