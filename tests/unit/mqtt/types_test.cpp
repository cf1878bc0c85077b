#include "protocol/mqtt/types.hpp"

#include "protocol/mqtt/decode_error.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "protocol/mqtt/properties.hpp"
#include "protocol/mqtt/reason_codes.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

namespace lobbyd::mqtt {
namespace {

TEST(Names, OfReasonCodes) {
  EXPECT_EQ(name(ReasonCode::success), "success");
  EXPECT_EQ(name(ReasonCode::not_authorized), "not_authorized");
  EXPECT_EQ(name(static_cast<ReasonCode>(0xA2)), "wildcard_subscriptions_not_supported");
  EXPECT_EQ(name(static_cast<ReasonCode>(0x03)), "unknown");
  EXPECT_EQ(name(static_cast<ReasonCode>(0xFF)), "unknown");
  std::set<std::string_view> names;
  for (int value = 0; value <= 0xFF; ++value) names.insert(name(static_cast<ReasonCode>(value)));
  EXPECT_EQ(names.size(), 43U + 1U) << "43 codes, and \"unknown\"";
}

TEST(Names, OfPacketTypes) {
  EXPECT_EQ(name(PacketType::connect), "CONNECT");
  EXPECT_EQ(name(PacketType::auth), "AUTH");
  std::set<std::string_view> names;
  for (int value = 0; value <= 16; ++value) names.insert(name(static_cast<PacketType>(value)));
  EXPECT_EQ(names.size(), 15U + 1U);
}

TEST(Names, OfVersions) {
  EXPECT_EQ(name(Version::v3_1_1), "3.1.1");
  EXPECT_EQ(name(Version::v5), "5");
  EXPECT_EQ(name(static_cast<Version>(3)), "unknown");
}

TEST(ReasonCodes, FailuresBeginAt128) {
  EXPECT_FALSE(is_failure(ReasonCode::re_authenticate));
  EXPECT_TRUE(is_failure(ReasonCode::unspecified_error));
}

std::size_t allowed_codes(PacketType type) {
  std::size_t count = 0;
  for (int value = 0; value <= 0xFF; ++value) {
    if (reason_code_for(type, static_cast<std::uint8_t>(value))) ++count;
  }
  return count;
}

// As many as the standard's tables have rows.
TEST(ReasonCodes, AreAllowedByPacketType) {
  EXPECT_EQ(allowed_codes(PacketType::connack), 22U);
  EXPECT_EQ(allowed_codes(PacketType::puback), 9U);
  EXPECT_EQ(allowed_codes(PacketType::pubrec), 9U);
  EXPECT_EQ(allowed_codes(PacketType::pubrel), 2U);
  EXPECT_EQ(allowed_codes(PacketType::pubcomp), 2U);
  EXPECT_EQ(allowed_codes(PacketType::suback), 12U);
  EXPECT_EQ(allowed_codes(PacketType::unsuback), 7U);
  EXPECT_EQ(allowed_codes(PacketType::auth), 3U);
  EXPECT_EQ(allowed_codes(PacketType::publish), 0U);
  EXPECT_EQ(reason_code_for(PacketType::disconnect, 0x04), ReasonCode::disconnect_with_will);
  EXPECT_EQ(reason_code_for(PacketType::disconnect, 0x8E), ReasonCode::session_taken_over);
  EXPECT_EQ(reason_code_for(PacketType::disconnect, 0x18), std::nullopt);
}

TEST(ReasonCodes, HaveTwinsInMqtt311) {
  for (std::uint8_t code = 0; code <= 5; ++code) {
    const auto reason = from_connack_return_code(code);
    ASSERT_TRUE(reason);
    EXPECT_EQ(to_connack_return_code(*reason), code);
  }
  EXPECT_EQ(from_connack_return_code(6), std::nullopt);
  EXPECT_EQ(to_connack_return_code(ReasonCode::banned), 5);
  EXPECT_EQ(to_connack_return_code(ReasonCode::quota_exceeded), 3);
  EXPECT_EQ(from_suback_return_code(2), ReasonCode::granted_qos_2);
  EXPECT_EQ(from_suback_return_code(3), std::nullopt);
  EXPECT_EQ(from_suback_return_code(0x80), ReasonCode::unspecified_error);
  EXPECT_EQ(from_suback_return_code(0x87), std::nullopt);
  EXPECT_EQ(to_suback_return_code(ReasonCode::granted_qos_1), 1);
  EXPECT_EQ(to_suback_return_code(ReasonCode::not_authorized), 0x80);
}

TEST(DecodeErrors, NameTheirRuleAndSection) {
  std::set<std::string_view> descriptions;
  for (std::size_t value = 0; value < decode_error_count; ++value) {
    const auto error = static_cast<DecodeError>(value);
    const std::string_view words = describe(error);
    EXPECT_TRUE(words.starts_with("MQTT5 §") || words.starts_with("MQTT3 §")) << value << ": " << words;
    EXPECT_TRUE(descriptions.insert(words).second) << "twice: " << words;
    EXPECT_TRUE(is_failure(reason_code(error))) << words;
    const bool can_be_said = reason_code_for(PacketType::disconnect, static_cast<std::uint8_t>(reason_code(error))) ||
                             reason_code_for(PacketType::connack, static_cast<std::uint8_t>(reason_code(error)));
    EXPECT_TRUE(can_be_said) << words;
  }
}

TEST(EncodeErrors, NameTheirRuleAndSection) {
  std::set<std::string_view> descriptions;
  for (int value = 0; value <= static_cast<int>(EncodeError::needs_version_5); ++value) {
    const std::string_view words = describe(static_cast<EncodeError>(value));
    EXPECT_TRUE(words.starts_with("MQTT")) << value;
    EXPECT_TRUE(descriptions.insert(words).second) << "twice: " << words;
  }
}

TEST(Properties, AreTheTwentySevenOfTheStandard) {
  std::size_t count = 0;
  for (std::uint32_t id = 0; id < 300; ++id) {
    if (property_rule(id).type != PropertyType::undefined) ++count;
  }
  EXPECT_EQ(count, 27U);
  EXPECT_EQ(property_rule(0xFFFFFFFF).type, PropertyType::undefined);
}

// The packets of MQTT5 §2.2.2.2, table 2-4, as a count for each property's row.
TEST(Properties, AreAllowedWhereTheTableSays) {
  const auto places = [](PropertyId id) {
    int count = property_rule(id).allowed_in(PropertyPlace::will) ? 1 : 0;
    for (unsigned type = 1; type <= 15; ++type) {
      if (property_rule(id).allowed_in(place_of(static_cast<PacketType>(type)))) ++count;
    }
    return count;
  };
  EXPECT_EQ(places(PropertyId::payload_format_indicator), 2);
  EXPECT_EQ(places(PropertyId::subscription_identifier), 2);
  EXPECT_EQ(places(PropertyId::session_expiry_interval), 3);
  EXPECT_EQ(places(PropertyId::assigned_client_identifier), 1);
  EXPECT_EQ(places(PropertyId::authentication_data), 3);
  EXPECT_EQ(places(PropertyId::will_delay_interval), 1);
  EXPECT_EQ(places(PropertyId::server_reference), 2);
  EXPECT_EQ(places(PropertyId::reason_string), 9);
  EXPECT_EQ(places(PropertyId::topic_alias), 1);
  EXPECT_EQ(places(PropertyId::maximum_packet_size), 2);
  EXPECT_EQ(places(PropertyId::user_property), 14) << "all but the pings, and the will";
}

}  // namespace
}  // namespace lobbyd::mqtt
