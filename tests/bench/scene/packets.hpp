#pragma once

#include "protocol/mqtt/encoder.hpp"

#include <string>

namespace lobbyd::bench {

// As bytes of MQTT 5.
template <class Packet>
std::string encoded(const Packet& packet) {
  std::string bytes;
  mqtt::encode(packet, mqtt::Version::v5, bytes).value();
  return bytes;
}

}  // namespace lobbyd::bench
