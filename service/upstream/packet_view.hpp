#pragma once

#include "protocol/mqtt/packets.hpp"

#include <vector>

namespace lobbyd::upstream {

struct Message;

// A message as the packet that carries it, without copying: the packet borrows from the message and from the view.
// Kept and used again, it allocates nothing.
class PacketView {
 public:
  const mqtt::Publish& of(const Message& message);

 private:
  mqtt::Publish packet_;
  std::vector<mqtt::UserProperty> user_properties_;
};

}  // namespace lobbyd::upstream
