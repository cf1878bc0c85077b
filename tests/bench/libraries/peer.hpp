#pragma once

// What the benchmark asks of an MQTT library. Each library has a program of its own, which links one implementation of
// make_peer(): so a process's CPU time is that library's alone.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace lobbyd::bench {

struct Load {
  std::string topic;
  std::string payload;
  int qos = 0;
  std::size_t messages = 0;
  // Handed to the library and not yet answered by it (at QoS 0: not yet reported as written).
  std::size_t outstanding = 1;
};

// Each call returns when what it asks for is done, and throws std::runtime_error where it fails. MQTT 5 throughout.
class Peer {
 public:
  virtual ~Peer() = default;

  // To a broker on the loopback. `window`: its receive maximum. Towards us it may have as many in flight as it likes,
  // and is told so: to Mosquitto silence means the same window.
  virtual void connect(std::uint16_t port, std::uint16_t window) = 0;
  // Until the library has told the last message's end: PUBACK, PUBCOMP, or that it is written.
  virtual void publish(const Load& load) = 0;
  virtual void subscribe(const std::string& filter, int qos) = 0;
  // Until that many messages have come since `subscribe`.
  virtual void receive(std::size_t messages) = 0;
};

std::unique_ptr<Peer> make_peer();

}  // namespace lobbyd::bench
