#include "protocol/mqtt/encoder.hpp"

#include "protocol/mqtt/decoder.hpp"
#include "tests/unit/mqtt/packet_notation.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt {
namespace {

using test::to_hex;

template <class Packet>
std::string encoded(const Packet& packet, Version version) {
  std::string out;
  const auto result = encode(packet, version, out);
  return result ? to_hex(out) : std::string(describe(result.error()));
}

template <class Packet>
std::optional<EncodeError> error_of(const Packet& packet, Version version) {
  std::string out = "before";
  const auto result = encode(packet, version, out);
  if (result) return std::nullopt;
  EXPECT_EQ(out, "before") << "a failed encode() leaves the bytes as they were";
  return result.error();
}

const std::string longest_string(65'535, 'x');
const std::string too_long_string(65'536, 'x');

TEST(Encoder, AppendsPacketAfterPacket) {
  std::string out;
  ASSERT_TRUE(encode(Pingreq{}, Version::v5, out));
  ASSERT_TRUE(encode(Puback{.packet_id = 1}, Version::v5, out));
  ASSERT_TRUE(encode(Pingresp{}, Version::v5, out));
  EXPECT_EQ(to_hex(out), "C0 00 40 02 00 01 D0 00");
}

TEST(Encoder, LeavesOutWhatMqtt311CannotSay) {
  constexpr UserProperty user_properties[] = {{"k", "v"}};
  constexpr std::uint32_t ids[] = {7};
  EXPECT_EQ(encoded(Publish{.topic = "t",
                            .payload = "p",
                            .topic_alias = std::uint16_t{1},
                            .properties = {.message_expiry = 1, .user_properties = user_properties},
                            .subscription_ids = ids},
                    Version::v3_1_1),
            "30 04 00 01 74 70");
  constexpr Subscription subscriptions[] = {{.filter = "a",
                                             .qos = QoS::at_least_once,
                                             .no_local = true,
                                             .retain_as_published = true,
                                             .retain_handling = RetainHandling::do_not_send}};
  EXPECT_EQ(encoded(Subscribe{.packet_id = 1, .subscriptions = subscriptions, .subscription_id = 5}, Version::v3_1_1),
            "82 06 00 01 00 01 61 01");
  EXPECT_EQ(
      encoded(Puback{.packet_id = 1, .reason = ReasonCode::quota_exceeded, .reason_string = "x"}, Version::v3_1_1),
      "40 02 00 01");
  EXPECT_EQ(encoded(Disconnect{.reason = ReasonCode::server_busy}, Version::v3_1_1), "E0 00");
  constexpr ReasonCode reasons[] = {ReasonCode::success};
  EXPECT_EQ(encoded(Unsuback{.packet_id = 1, .reasons = reasons}, Version::v3_1_1), "B0 02 00 01");
}

TEST(Encoder, MapsReasonCodesToReturnCodes) {
  EXPECT_EQ(encoded(Connack{.reason = ReasonCode::unsupported_protocol_version}, Version::v3_1_1), "20 02 00 01");
  EXPECT_EQ(encoded(Connack{.reason = ReasonCode::banned}, Version::v3_1_1), "20 02 00 05");
  EXPECT_EQ(encoded(Connack{.reason = ReasonCode::server_busy}, Version::v3_1_1), "20 02 00 03");
  constexpr ReasonCode reasons[] = {ReasonCode::granted_qos_2, ReasonCode::not_authorized};
  EXPECT_EQ(encoded(Suback{.packet_id = 1, .reasons = reasons}, Version::v3_1_1), "90 04 00 01 02 80");
}

TEST(Encoder, WritesAConnectInItsOwnVersion) {
  const Connect packet{.version = Version::v3_1_1, .client_id = "c"};
  EXPECT_EQ(encoded(packet, Version::v5), encoded(packet, Version::v3_1_1));
  EXPECT_EQ(encoded(packet, Version::v5), "10 0D 00 04 4D 51 54 54 04 02 00 00 00 01 63");
}

TEST(Encoder, IgnoresThePacketIdAtQos0) {
  EXPECT_EQ(encoded(Publish{.topic = "t", .packet_id = 9}, Version::v5), "30 04 00 01 74 00");
}

TEST(Encoder, RefusesStringsOfMoreThan65535Bytes) {
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    EXPECT_EQ(error_of(Publish{.topic = longest_string}, version), std::nullopt);
    EXPECT_EQ(error_of(Publish{.topic = too_long_string}, version), EncodeError::string_too_long);
    EXPECT_EQ(error_of(Connect{.version = version, .client_id = too_long_string}, version),
              EncodeError::string_too_long);
    EXPECT_EQ(error_of(Connect{.version = version, .username = too_long_string}, version),
              EncodeError::string_too_long);
    EXPECT_EQ(error_of(Connect{.version = version, .username = "u", .password = too_long_string}, version),
              EncodeError::string_too_long);
    EXPECT_EQ(error_of(Connect{.version = version, .will = Will{.topic = "t", .payload = too_long_string}}, version),
              EncodeError::string_too_long);
    const Subscription subscriptions[] = {{.filter = too_long_string}};
    EXPECT_EQ(error_of(Subscribe{.packet_id = 1, .subscriptions = subscriptions}, version),
              EncodeError::string_too_long);
    const std::string_view filters[] = {too_long_string};
    EXPECT_EQ(error_of(Unsubscribe{.packet_id = 1, .filters = filters}, version), EncodeError::string_too_long);
  }
}

TEST(Encoder, RefusesPropertiesOfMoreThan65535Bytes) {
  EXPECT_EQ(error_of(Puback{.packet_id = 1, .reason_string = longest_string}, Version::v5), std::nullopt);
  EXPECT_EQ(error_of(Puback{.packet_id = 1, .reason_string = too_long_string}, Version::v5),
            EncodeError::string_too_long);
  const UserProperty long_value[] = {{"k", too_long_string}};
  EXPECT_EQ(error_of(Publish{.topic = "t", .properties = {.user_properties = long_value}}, Version::v5),
            EncodeError::string_too_long);
  const UserProperty long_key[] = {{too_long_string, "v"}};
  EXPECT_EQ(error_of(Disconnect{.user_properties = long_key}, Version::v5), EncodeError::string_too_long);
  EXPECT_EQ(error_of(Publish{.topic = "t", .properties = {.correlation_data = too_long_string}}, Version::v5),
            EncodeError::string_too_long);
}

// Filters that all lie in the same memory, so that the packet is the only thing here that is large.
TEST(Encoder, RefusesPacketsThatTheRemainingLengthCannotSay) {
  constexpr std::size_t greatest = 268'435'455;
  constexpr std::size_t filter_size = 2 + 65'535;
  std::vector<std::string_view> filters((greatest - 2) / filter_size, longest_string);
  const std::size_t left = greatest - 2 - filters.size() * filter_size;
  filters.push_back(std::string_view(longest_string).substr(0, left - 2 + 1));
  const Unsubscribe packet{.packet_id = 1, .filters = filters};
  EXPECT_EQ(error_of(packet, Version::v3_1_1), EncodeError::packet_too_large);
  filters.back().remove_suffix(1);
  std::string out;
  ASSERT_TRUE(encode(packet, Version::v3_1_1, out));
  EXPECT_EQ(out.size(), 5 + greatest);
  EXPECT_EQ(to_hex(std::string_view(out).substr(0, 5)), "A2 FF FF FF 7F");
}

TEST(Encoder, RefusesNumbersThatTheStandardExcludes) {
  constexpr auto out_of_range = EncodeError::value_out_of_range;
  EXPECT_EQ(error_of(Connect{.receive_maximum = std::uint16_t{0}}, Version::v5), out_of_range);
  EXPECT_EQ(error_of(Connect{.maximum_packet_size = 0U}, Version::v5), out_of_range);
  EXPECT_EQ(error_of(Connack{.receive_maximum = std::uint16_t{0}}, Version::v5), out_of_range);
  EXPECT_EQ(error_of(Connack{.maximum_qos = QoS::exactly_once}, Version::v5), out_of_range);
  EXPECT_EQ(error_of(Publish{.topic = "t", .topic_alias = std::uint16_t{0}}, Version::v5), out_of_range);
  constexpr std::uint32_t too_large[] = {1, 268'435'456};
  EXPECT_EQ(error_of(Publish{.topic = "t", .subscription_ids = too_large}, Version::v5), out_of_range);
  constexpr Subscription subscriptions[] = {{.filter = "a"}};
  EXPECT_EQ(error_of(Subscribe{.packet_id = 1, .subscriptions = subscriptions, .subscription_id = 0U}, Version::v5),
            out_of_range);
}

TEST(Encoder, RefusesAPacketIdOfZero) {
  constexpr Subscription subscriptions[] = {{.filter = "a"}};
  constexpr std::string_view filters[] = {"a"};
  constexpr ReasonCode reasons[] = {ReasonCode::success};
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    EXPECT_EQ(error_of(Publish{.topic = "t", .qos = QoS::at_least_once}, version), EncodeError::packet_id_zero);
    EXPECT_EQ(error_of(Puback{}, version), EncodeError::packet_id_zero);
    EXPECT_EQ(error_of(Pubrec{}, version), EncodeError::packet_id_zero);
    EXPECT_EQ(error_of(Pubrel{}, version), EncodeError::packet_id_zero);
    EXPECT_EQ(error_of(Pubcomp{}, version), EncodeError::packet_id_zero);
    EXPECT_EQ(error_of(Subscribe{.subscriptions = subscriptions}, version), EncodeError::packet_id_zero);
    EXPECT_EQ(error_of(Suback{.reasons = reasons}, version), EncodeError::packet_id_zero);
    EXPECT_EQ(error_of(Unsubscribe{.filters = filters}, version), EncodeError::packet_id_zero);
    EXPECT_EQ(error_of(Unsuback{.reasons = reasons}, version), EncodeError::packet_id_zero);
  }
}

TEST(Encoder, RefusesEmptyLists) {
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    EXPECT_EQ(error_of(Subscribe{.packet_id = 1}, version), EncodeError::list_empty);
    EXPECT_EQ(error_of(Suback{.packet_id = 1}, version), EncodeError::list_empty);
    EXPECT_EQ(error_of(Unsubscribe{.packet_id = 1}, version), EncodeError::list_empty);
  }
  EXPECT_EQ(error_of(Unsuback{.packet_id = 1}, Version::v5), EncodeError::list_empty);
}

TEST(Encoder, RefusesAPublishWithoutATopic) {
  EXPECT_EQ(error_of(Publish{}, Version::v5), EncodeError::topic_missing);
  EXPECT_EQ(error_of(Publish{.topic_alias = std::uint16_t{1}}, Version::v5), std::nullopt);
  EXPECT_EQ(error_of(Publish{.topic_alias = std::uint16_t{1}}, Version::v3_1_1), EncodeError::topic_missing);
}

TEST(Encoder, RefusesWhatNeedsMqtt5) {
  EXPECT_EQ(error_of(Auth{}, Version::v3_1_1), EncodeError::needs_version_5);
  EXPECT_EQ(error_of(Connect{.version = Version::v3_1_1, .password = "p"}, Version::v3_1_1),
            EncodeError::needs_version_5);
  EXPECT_EQ(error_of(Connect{.password = "p"}, Version::v5), std::nullopt);
}

TEST(EncodedSize, IsTheSizeOfThePacket) {
  constexpr UserProperty user_properties[] = {{"key", "value"}};
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    for (const std::size_t payload_size : {0U, 1U, 120U, 121U, 122U, 123U, 124U, 125U, 16'378U, 16'379U, 16'380U,
                                           16'381U, 16'382U, 2'097'140U, 2'097'150U}) {
      const std::string payload(payload_size, 'x');
      for (const QoS qos : {QoS::at_most_once, QoS::at_least_once}) {
        const Publish packet{.topic = "t",
                             .payload = payload,
                             .qos = qos,
                             .packet_id = 1,
                             .properties = {.message_expiry = 5, .user_properties = user_properties}};
        std::string out;
        ASSERT_TRUE(encode(packet, version, out));
        ASSERT_EQ(encoded_size(packet, version), out.size()) << payload_size;
      }
    }
  }
}

// The property length, too, takes one to four bytes.
TEST(Encoder, WritesPropertyLengthsOfEverySize) {
  for (const std::size_t value_size : {120U, 121U, 122U, 123U, 16'376U, 16'377U, 16'378U, 16'379U, 65'535U}) {
    const std::string value(value_size, 'x');
    const std::vector<UserProperty> properties(value_size == 65'535 ? 40 : 1, UserProperty{"k", value});
    std::string out;
    ASSERT_TRUE(encode(Publish{.topic = "t", .properties = {.user_properties = properties}}, Version::v5, out));
    const auto header = read_fixed_header(out, 0xFFFFFFFF);
    ASSERT_TRUE(header && *header);
    Decoder decoder;
    const auto decoded = decoder.decode_publish(**header, std::string_view(out).substr((**header).size));
    ASSERT_TRUE(decoded) << describe(decoded.error());
    ASSERT_EQ(decoded->properties.user_properties.size(), properties.size());
    EXPECT_EQ(decoded->properties.user_properties.back().value, value);
  }
}

}  // namespace
}  // namespace lobbyd::mqtt
