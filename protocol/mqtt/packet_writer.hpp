#pragma once

// The output of one client: packets in the version of the connection, within the server's limits.

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "protocol/mqtt/packets.hpp"
#include "protocol/mqtt/secret.hpp"
#include "protocol/mqtt/topic_aliases.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <stdexcept>
#include <string>

namespace lobbyd::mqtt {

CommandError command_error_of(EncodeError error);

class PacketWriter {
 public:
  // A new connection: what is left of the last one's output is dropped.
  void start(Version version);
  // CONNACK has come. `topic_aliases` is how many of ours may be used, 0 in MQTT 3.1.1.
  void set_limits(std::uint32_t maximum_packet_size, std::uint16_t topic_aliases);
  // Wipes what is left, since a CONNECT in it may hold a password.
  void clear() { wipe(output_); }

  // A packet that is made here, all valid, as opposed to one that holds what a user asked for.
  template <class Packet>
  void write(const Packet& packet) {
    if (const auto written = encode(packet, version_, output_); !written) {
      throw std::logic_error(std::string(describe(written.error())));
    }
  }

  // `packet` is SUBSCRIBE or UNSUBSCRIBE. After an error the output is as it was.
  template <class Packet>
  std::expected<void, CommandError> request(const Packet& packet) {
    const std::size_t before = output_.size();
    return finish(encode(packet, version_, output_), before);
  }

  // `message` has its topic and no alias. Whether it fits does not depend on the aliases in use. After an error the
  // output, and what the server knows of aliases, is as it was.
  std::expected<void, CommandError> publish(const Publish& message);

  std::string& output() { return output_; }
  const std::string& output() const { return output_; }

 private:
  bool fits(std::size_t packet_size) const { return maximum_packet_size_ == 0 || packet_size <= maximum_packet_size_; }
  std::expected<void, CommandError> finish(const EncodeResult& encoded, std::size_t before);

  std::string output_;
  Version version_ = Version::v5;
  std::uint32_t maximum_packet_size_ = 0;
  OutboundTopicAliases aliases_;
};

}  // namespace lobbyd::mqtt
