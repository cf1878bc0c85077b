// Reads arbitrary bytes as one packet, in both versions of MQTT. What is accepted must say the same after it was
// written and read once more, and by the direct way for PUBLISH.

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "tests/unit/mqtt/packet_equality.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace lobbyd::mqtt;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_direct_way(const FixedHeader& header, std::string_view body, Version version,
                      const std::expected<Packet, DecodeError>& packet) {
  Decoder decoder(version);
  const auto publish = decoder.decode_publish(header, body);
  require(publish.has_value() == packet.has_value());
  require(publish ? test::same(*publish, std::get<Publish>(*packet)) : publish.error() == packet.error());
}

std::string encoded(const Packet& packet, Version version) {
  std::string bytes;
  require(encode(packet, version, bytes).has_value());
  return bytes;
}

void check_round_trip(const Packet& packet, Version version) {
  const std::string bytes = encoded(packet, version);
  const auto header = read_fixed_header(bytes, 0xFFFFFFFF);
  require(header && *header && (**header).packet_size() == bytes.size());
  Decoder decoder(version);
  const auto again = decoder.decode(**header, std::string_view(bytes).substr((**header).size));
  require(again && test::same(*again, packet));
  require(encoded(*again, version) == bytes);
}

void check(std::string_view bytes, Version version) {
  const auto header = read_fixed_header(bytes, 1U << 20U);
  if (!header) return require(describe(header.error()) != "unknown");
  if (!*header) return;
  // A copy of the size announced, so that the address sanitizer sees a read beyond it.
  const std::string_view rest = bytes.substr((**header).size).substr(0, (**header).remaining_length);
  const std::vector<char> copy(rest.begin(), rest.end());
  const std::string_view body(copy.data(), copy.size());
  Decoder decoder(version);
  const auto packet = decoder.decode(**header, body);
  if ((**header).type == PacketType::publish) check_direct_way(**header, body, version, packet);
  if (!packet) return require(describe(packet.error()) != "unknown");
  check_round_trip(*packet, version);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes, Version::v3_1_1);
  check(bytes, Version::v5);
  return 0;
}
