#include "protocol/mqtt/decoder.hpp"
#include "tests/unit/mqtt/packet_notation.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {
namespace {

using test::packet_bytes;

constexpr std::uint32_t no_limit = 0xFFFFFFFF;

std::optional<FixedHeader> header_of(std::string_view notation, std::uint32_t limit = no_limit) {
  const auto header = read_fixed_header(packet_bytes(notation), limit);
  EXPECT_TRUE(header.has_value()) << notation << ": " << describe(header.error());
  return header.value_or(std::nullopt);
}

std::optional<DecodeError> error_of(std::string_view notation, std::uint32_t limit = no_limit) {
  const auto header = read_fixed_header(packet_bytes(notation), limit);
  return header ? std::nullopt : std::optional(header.error());
}

TEST(FixedHeader, HoldsTypeFlagsAndLength) {
  EXPECT_EQ(header_of("C0 00"), (FixedHeader{PacketType::pingreq, 0, 0, 2}));
  EXPECT_EQ(header_of("3D 05 AA BB"), (FixedHeader{PacketType::publish, 0x0D, 5, 2}));
  EXPECT_EQ(header_of("62 02"), (FixedHeader{PacketType::pubrel, 0x02, 2, 2}));
  EXPECT_EQ(header_of("C0 00")->packet_size(), 2U);
}

TEST(FixedHeader, HasALengthOfOneToFourBytes) {
  EXPECT_EQ(header_of("30 7F"), (FixedHeader{PacketType::publish, 0, 127, 2}));
  EXPECT_EQ(header_of("30 80 01"), (FixedHeader{PacketType::publish, 0, 128, 3}));
  EXPECT_EQ(header_of("30 FF 7F"), (FixedHeader{PacketType::publish, 0, 16'383, 3}));
  EXPECT_EQ(header_of("30 80 80 01"), (FixedHeader{PacketType::publish, 0, 16'384, 4}));
  EXPECT_EQ(header_of("30 FF FF 7F"), (FixedHeader{PacketType::publish, 0, 2'097'151, 4}));
  EXPECT_EQ(header_of("30 80 80 80 01"), (FixedHeader{PacketType::publish, 0, 2'097'152, 5}));
  EXPECT_EQ(header_of("30 FF FF FF 7F"), (FixedHeader{PacketType::publish, 0, 268'435'455, 5}));
  EXPECT_EQ(header_of("30 FF FF FF 7F")->packet_size(), 268'435'460U);
}

TEST(FixedHeader, IsAwaitedWhileBytesAreMissing) {
  for (const std::string_view notation : {"", "30", "30 80", "30 FF FF", "30 FF FF FF", "C0"}) {
    EXPECT_EQ(header_of(notation), std::nullopt) << notation;
  }
}

TEST(FixedHeader, IsRefusedAsSoonAsAByteIsWrong) {
  EXPECT_EQ(error_of("00"), DecodeError::packet_type_reserved);
  EXPECT_EQ(error_of("0F 00"), DecodeError::packet_type_reserved);
  EXPECT_EQ(error_of("36"), DecodeError::publish_qos_invalid);
  EXPECT_EQ(error_of("3F"), DecodeError::publish_qos_invalid);
  EXPECT_EQ(error_of("38"), DecodeError::publish_duplicate_at_qos_0);
  EXPECT_EQ(error_of("39"), DecodeError::publish_duplicate_at_qos_0);
  EXPECT_EQ(error_of("30 FF FF FF FF"), DecodeError::variable_byte_integer_too_long);
  EXPECT_EQ(error_of("30 80 80 80 80 01"), DecodeError::variable_byte_integer_too_long);
  EXPECT_EQ(error_of("30 80 00"), DecodeError::variable_byte_integer_not_shortest);
  EXPECT_EQ(error_of("30 FF 80 00"), DecodeError::variable_byte_integer_not_shortest);
  EXPECT_EQ(error_of("30 FF FF FF 00"), DecodeError::variable_byte_integer_not_shortest);
}

TEST(FixedHeader, HasOneValueOfItsFlagsForEachTypeButPublish) {
  for (unsigned type = 1; type <= 15; ++type) {
    if (static_cast<PacketType>(type) == PacketType::publish) continue;
    const bool has_flag = type == 6 || type == 8 || type == 10;
    for (unsigned flags = 0; flags <= 15; ++flags) {
      const std::string bytes{static_cast<char>(type << 4 | flags), '\0'};
      const auto header = read_fixed_header(bytes, no_limit);
      if (flags == (has_flag ? 2U : 0U)) {
        ASSERT_TRUE(header) << type << ", " << flags;
        EXPECT_EQ((**header).type, static_cast<PacketType>(type));
      } else {
        ASSERT_FALSE(header) << type << ", " << flags;
        EXPECT_EQ(header.error(), DecodeError::fixed_header_flags_reserved);
      }
    }
  }
}

TEST(FixedHeader, OfPublishHasTenValuesOfItsFlags) {
  int accepted = 0;
  for (unsigned flags = 0; flags <= 15; ++flags) {
    const std::string bytes{static_cast<char>(0x30 | flags), '\0'};
    if (read_fixed_header(bytes, no_limit)) ++accepted;
  }
  EXPECT_EQ(accepted, 10) << "retain or not, by: QoS 0, QoS 1 and QoS 2, the latter two also as duplicates";
}

TEST(FixedHeader, CountsTheWholePacketAgainstTheLimit) {
  EXPECT_TRUE(header_of("30 08", 10));
  EXPECT_EQ(error_of("30 08", 9), DecodeError::packet_too_large);
  EXPECT_TRUE(header_of("30 80 01", 131));
  EXPECT_EQ(error_of("30 80 01", 130), DecodeError::packet_too_large);
  EXPECT_EQ(error_of("30 FF FF FF 7F", 268'435'459), DecodeError::packet_too_large);
  EXPECT_EQ(error_of("C0 00", 1), DecodeError::packet_too_large);
}

}  // namespace
}  // namespace lobbyd::mqtt
