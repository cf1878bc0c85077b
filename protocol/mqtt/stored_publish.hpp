#pragma once

// An application message that is kept for as long as it may have to be sent again (MQTT5 §4.4).

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "protocol/mqtt/packets.hpp"

#include <cstddef>
#include <expected>
#include <string>

namespace lobbyd::mqtt {

// Owns its content as one string: an MQTT 5 PUBLISH without topic alias, which is the form that loses nothing. The
// next connection may speak another version or know no aliases, so what goes out is encoded from it each time.
class StoredPublish {
 public:
  StoredPublish() = default;

  // Keeps all of `message` but its topic alias and its subscription identifiers.
  static std::expected<StoredPublish, EncodeError> make(const Publish& message);

  // Views into this object and the decoder, valid until the decoder's next use. The decoder reads MQTT 5.
  Publish read(Decoder& decoder) const;

  // As an MQTT 5 packet without topic alias.
  std::size_t packet_size() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

}  // namespace lobbyd::mqtt
