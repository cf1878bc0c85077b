#include "protocol/mqtt/stored_publish.hpp"

#include <limits>
#include <string_view>

namespace lobbyd::mqtt {

std::expected<StoredPublish, EncodeError> StoredPublish::make(const Publish& message) {
  Publish kept = message;
  kept.topic_alias.reset();
  kept.subscription_ids = {};
  StoredPublish stored;
  stored.bytes_.reserve(encoded_size(kept, Version::v5));
  if (const auto encoded = encode(kept, Version::v5, stored.bytes_); !encoded) return std::unexpected(encoded.error());
  return stored;
}

// Both values are there: the bytes are our own encoder's.
Publish StoredPublish::read(Decoder& decoder) const {
  const std::string_view bytes = bytes_;
  const FixedHeader header = *read_fixed_header(bytes, std::numeric_limits<std::uint32_t>::max()).value();
  return decoder.decode_publish(header, bytes.substr(header.size)).value();
}

}  // namespace lobbyd::mqtt
