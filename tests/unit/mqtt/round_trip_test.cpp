// What is encoded is decoded to the same, for random packets of every type in both versions.

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "tests/unit/mqtt/packet_equality.hpp"
#include "tests/unit/mqtt/packet_generator.hpp"
#include "tests/unit/mqtt/packet_notation.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace lobbyd::mqtt {
namespace {

using test::PacketGenerator;
using test::same;
using test::to_hex;

class RoundTrip : public ::testing::TestWithParam<std::tuple<PacketType, Version>> {
 protected:
  static PacketType type() { return std::get<0>(GetParam()); }
  static Version version() { return std::get<1>(GetParam()); }

  static std::string encoded(const Packet& packet) {
    std::string bytes;
    const auto result = encode(packet, version(), bytes);
    EXPECT_TRUE(result) << describe(result.error());
    return bytes;
  }
};

TEST_P(RoundTrip, KeepsEveryField) {
  Decoder decoder(version());
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    PacketGenerator generator(seed);
    const Packet packet = generator.packet(type(), version());
    const std::string bytes = encoded(packet);
    const auto header = read_fixed_header(bytes, 0xFFFFFFFF);
    ASSERT_TRUE(header && *header) << "seed " << seed;
    ASSERT_EQ((**header).packet_size(), bytes.size()) << "seed " << seed;
    ASSERT_EQ((**header).type, type()) << "seed " << seed;
    const auto decoded = decoder.decode(**header, std::string_view(bytes).substr((**header).size));
    ASSERT_TRUE(decoded) << "seed " << seed << ": " << describe(decoded.error()) << "\n" << to_hex(bytes);
    ASSERT_TRUE(same(*decoded, packet)) << "seed " << seed << "\n" << to_hex(bytes);
    ASSERT_EQ(to_hex(encoded(*decoded)), to_hex(bytes)) << "seed " << seed;
  }
}

// A packet cut short at any byte is awaited, never read: neither its header nor its body.
TEST_P(RoundTrip, AwaitsACutPacket) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    PacketGenerator generator(seed);
    const std::string bytes = encoded(generator.packet(type(), version()));
    const auto whole = read_fixed_header(bytes, 0xFFFFFFFF);
    ASSERT_TRUE(whole && *whole);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // A copy of its own, so that the address sanitizer sees a read beyond the cut.
      const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string_view view(cut.data(), cut.size());
      const auto header = read_fixed_header(view, 0xFFFFFFFF);
      ASSERT_TRUE(header) << describe(header.error());
      ASSERT_EQ(header->has_value(), size >= (**whole).size);
      if (!*header) continue;
      Decoder decoder(version());
      const auto decoded = decoder.decode(**header, view.substr((**header).size));
      ASSERT_FALSE(decoded);
      ASSERT_EQ(decoded.error(), DecodeError::body_incomplete);
    }
  }
}

// A packet whose header says that it ends earlier than its fields do is either refused, or is a packet that the
// standard allows to end there, and then says the same when it is encoded and decoded once more.
TEST_P(RoundTrip, RefusesABodyThatEndsTooEarly) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    PacketGenerator generator(seed);
    const std::string bytes = encoded(generator.packet(type(), version()));
    const auto whole = read_fixed_header(bytes, 0xFFFFFFFF);
    ASSERT_TRUE(whole && *whole);
    for (std::uint32_t size = 0; size < (**whole).remaining_length; ++size) {
      const char* const begin = bytes.data() + (**whole).size;
      const std::vector<char> body(begin, begin + size);
      FixedHeader header = **whole;
      header.remaining_length = size;
      Decoder decoder(version());
      const auto decoded = decoder.decode(header, std::string_view(body.data(), body.size()));
      const bool has_fixed_end = type() == PacketType::connect || type() == PacketType::connack;
      ASSERT_FALSE(has_fixed_end && decoded) << "seed " << seed << ", " << size << " bytes";
      if (!decoded) continue;
      const std::string again = encoded(*decoded);
      const auto again_header = read_fixed_header(again, 0xFFFFFFFF);
      ASSERT_TRUE(again_header && *again_header);
      Decoder second(version());
      const auto again_decoded = second.decode(**again_header, std::string_view(again).substr((**again_header).size));
      ASSERT_TRUE(again_decoded) << describe(again_decoded.error());
      ASSERT_TRUE(same(*decoded, *again_decoded)) << "seed " << seed << ", " << size << " bytes";
    }
  }
}

// One byte changed at random: anything may come of it but a crash, and a read beyond the bytes.
TEST_P(RoundTrip, SurvivesChangedBytes) {
  Decoder decoder(version());
  std::mt19937_64 random(1);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    PacketGenerator generator(seed);
    const std::string bytes = encoded(generator.packet(type(), version()));
    const auto header = read_fixed_header(bytes, 0xFFFFFFFF);
    ASSERT_TRUE(header && *header);
    std::vector<char> body(bytes.begin() + (**header).size, bytes.end());
    if (body.empty()) continue;
    body[random() % body.size()] = static_cast<char>(random() & 0xFF);
    decoder.set_version(version());
    const auto decoded = decoder.decode(**header, std::string_view(body.data(), body.size()));
    ASSERT_TRUE(decoded || describe(decoded.error()) != "unknown");
  }
}

std::vector<std::tuple<PacketType, Version>> all_packets() {
  std::vector<std::tuple<PacketType, Version>> packets;
  for (int type = 1; type <= 15; ++type) {
    packets.emplace_back(static_cast<PacketType>(type), Version::v5);
    if (type != 15) packets.emplace_back(static_cast<PacketType>(type), Version::v3_1_1);
  }
  return packets;
}

std::string test_name(const ::testing::TestParamInfo<RoundTrip::ParamType>& instance) {
  const auto& [type, version] = instance.param;
  return std::string(name(type)) + (version == Version::v5 ? "_v5" : "_v311");
}

INSTANTIATE_TEST_SUITE_P(AllPackets, RoundTrip, ::testing::ValuesIn(all_packets()), test_name);

}  // namespace
}  // namespace lobbyd::mqtt
