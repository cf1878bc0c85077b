// Packets and their bytes, written by hand from the standard: each is encoded, decoded, and compared.

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "tests/unit/mqtt/packet_equality.hpp"
#include "tests/unit/mqtt/packet_notation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lobbyd::mqtt {
namespace {

using test::packet_bytes;
using test::same;
using test::to_hex;
using namespace std::string_view_literals;

void expect_bytes(const Packet& packet, Version version, std::string_view notation) {
  SCOPED_TRACE(notation);
  std::string encoded;
  ASSERT_TRUE(encode(packet, version, encoded));
  const std::string expected = packet_bytes(notation);
  EXPECT_EQ(to_hex(encoded), to_hex(expected));

  const auto header = read_fixed_header(expected, 0xFFFFFFFF);
  ASSERT_TRUE(header && *header);
  ASSERT_EQ((**header).packet_size(), expected.size());
  Decoder decoder(version);
  const auto decoded = decoder.decode(**header, std::string_view(expected).substr((**header).size));
  ASSERT_TRUE(decoded) << describe(decoded.error());
  EXPECT_TRUE(same(*decoded, packet));
}

constexpr UserProperty user_properties[] = {{"k", "v"}, {"k", "w"}};

// The example of MQTT3 §3.1.2, with a client identifier.
TEST(ByteExact, ConnectOfMqtt311) {
  expect_bytes(Connect{.version = Version::v3_1_1, .clean_start = true, .keep_alive = 60, .client_id = "id"},
               Version::v3_1_1, "10 0E 00 04 'MQTT' 04 02 00 3C 00 02 'id'");
  expect_bytes(Connect{.version = Version::v3_1_1,
                       .clean_start = false,
                       .keep_alive = 10,
                       .client_id = "id",
                       .will = Will{.topic = "w", .payload = "\x00\xFF"sv, .qos = QoS::at_least_once, .retain = true},
                       .username = "user",
                       .password = "pw"},
               Version::v3_1_1,
               "10 1F 00 04 'MQTT' 04 EC 00 0A 00 02 'id' 00 01 'w' 00 02 00 FF 00 04 'user' 00 02 'pw'");
}

TEST(ByteExact, ConnectOfMqtt5) {
  expect_bytes(Connect{}, Version::v5, "10 0D 00 04 'MQTT' 05 02 00 00 00 00 00");
  expect_bytes(Connect{.clean_start = false,
                       .keep_alive = 30,
                       .client_id = "c",
                       .password = "secret",
                       .session_expiry = 0x01020304,
                       .receive_maximum = 10,
                       .maximum_packet_size = 0x10000,
                       .topic_alias_maximum = 5,
                       .request_response_information = true,
                       .request_problem_information = false,
                       .authentication_method = "m",
                       .authentication_data = "\x00"sv,
                       .user_properties = user_properties},
               Version::v5,
               "10 40 00 04 'MQTT' 05 40 00 1E"
               "2A 11 01 02 03 04  21 00 0A  27 00 01 00 00  22 00 05  19 01  17 00  15 00 01 'm'  16 00 01 00"
               "26 00 01 'k' 00 01 'v'  26 00 01 'k' 00 01 'w'"
               "00 01 'c' 00 06 'secret'");
}

TEST(ByteExact, ConnectOfMqtt5WithAWill) {
  expect_bytes(Connect{.client_id = "c",
                       .will = Will{.topic = "t",
                                    .payload = "gone",
                                    .qos = QoS::exactly_once,
                                    .delay_interval = 7,
                                    .properties = {.payload_is_utf8 = true,
                                                   .message_expiry = 60,
                                                   .content_type = "x",
                                                   .response_topic = "r",
                                                   .correlation_data = "\xFF"sv,
                                                   .user_properties = UserProperties(user_properties).first(1)}}},
               Version::v5,
               "10 37 00 04 'MQTT' 05 16 00 00 00 00 01 'c'"
               "1F 18 00 00 00 07  01 01  02 00 00 00 3C  03 00 01 'x'  08 00 01 'r'  09 00 01 FF"
               "26 00 01 'k' 00 01 'v'"
               "00 01 't' 00 04 'gone'");
}

TEST(ByteExact, Connack) {
  expect_bytes(Connack{}, Version::v3_1_1, "20 02 00 00");
  expect_bytes(Connack{.session_present = true}, Version::v3_1_1, "20 02 01 00");
  expect_bytes(Connack{.reason = ReasonCode::not_authorized}, Version::v3_1_1, "20 02 00 05");
  expect_bytes(Connack{}, Version::v5, "20 03 00 00 00");
  expect_bytes(Connack{.reason = ReasonCode::banned, .reason_string = "no"}, Version::v5,
               "20 08 00 8A 05 1F 00 02 'no'");
  expect_bytes(Connack{.session_present = true,
                       .session_expiry = 1,
                       .receive_maximum = 2,
                       .maximum_qos = QoS::at_least_once,
                       .retain_available = false,
                       .maximum_packet_size = 3,
                       .assigned_client_id = "i",
                       .topic_alias_maximum = 4,
                       .reason_string = "s",
                       .user_properties = user_properties,
                       .wildcard_available = true,
                       .subscription_identifiers_available = false,
                       .shared_available = true,
                       .server_keep_alive = 5,
                       .response_information = "p",
                       .server_reference = "f",
                       .authentication_method = "m",
                       .authentication_data = "d"},
               Version::v5,
               "20 46 01 00 43"
               "11 00 00 00 01  21 00 02  24 01  25 00  27 00 00 00 03  12 00 01 'i'  22 00 04  1F 00 01 's'"
               "26 00 01 'k' 00 01 'v'  26 00 01 'k' 00 01 'w'  28 01  29 00  2A 01  13 00 05"
               "1A 00 01 'p'  1C 00 01 'f'  15 00 01 'm'  16 00 01 'd'");
}

TEST(ByteExact, Publish) {
  // MQTT3 §3.3.2, example
  expect_bytes(Publish{.topic = "a/b", .qos = QoS::at_least_once, .packet_id = 10}, Version::v3_1_1,
               "32 07 00 03 'a/b' 00 0A");
  expect_bytes(Publish{.topic = "a/b", .payload = "hello"}, Version::v3_1_1, "30 0A 00 03 'a/b' 'hello'");
  expect_bytes(Publish{.topic = "a/b", .payload = "hello", .retain = true}, Version::v5,
               "31 0B 00 03 'a/b' 00 'hello'");
  expect_bytes(
      Publish{.topic = "t", .payload = "\x00"sv, .qos = QoS::exactly_once, .duplicate = true, .packet_id = 0xFFFF},
      Version::v5, "3C 07 00 01 't' FF FF 00 00");
  expect_bytes(Publish{.topic_alias = std::uint16_t{3}}, Version::v5, "30 06 00 00 03 23 00 03");
  constexpr std::uint32_t ids[] = {1, 128, 268'435'455};
  expect_bytes(Publish{.topic = "t",
                       .payload = "p",
                       .qos = QoS::at_least_once,
                       .retain = true,
                       .packet_id = 1,
                       .topic_alias = std::uint16_t{0x0102},
                       .properties = {.payload_is_utf8 = false,
                                      .message_expiry = 1,
                                      .content_type = "x",
                                      .response_topic = "r",
                                      .correlation_data = "c",
                                      .user_properties = user_properties},
                       .subscription_ids = ids},
               Version::v5,
               "33 35 00 01 't' 00 01 2E"
               "23 01 02  01 00  02 00 00 00 01  03 00 01 'x'  08 00 01 'r'  09 00 01 'c'"
               "26 00 01 'k' 00 01 'v'  26 00 01 'k' 00 01 'w'  0B 01  0B 80 01  0B FF FF FF 7F 'p'");
}

TEST(ByteExact, PublishReplies) {
  expect_bytes(Puback{.packet_id = 1}, Version::v3_1_1, "40 02 00 01");
  expect_bytes(Pubrec{.packet_id = 1}, Version::v3_1_1, "50 02 00 01");
  expect_bytes(Pubrel{.packet_id = 1}, Version::v3_1_1, "62 02 00 01");
  expect_bytes(Pubcomp{.packet_id = 1}, Version::v3_1_1, "70 02 00 01");
  expect_bytes(Puback{.packet_id = 0x0203}, Version::v5, "40 02 02 03");
  expect_bytes(Puback{.packet_id = 1, .reason = ReasonCode::no_matching_subscribers}, Version::v5, "40 03 00 01 10");
  expect_bytes(Pubrec{.packet_id = 1, .reason = ReasonCode::quota_exceeded, .reason_string = "x"}, Version::v5,
               "50 08 00 01 97 04 1F 00 01 'x'");
  expect_bytes(Pubrel{.packet_id = 1, .reason = ReasonCode::packet_identifier_not_found}, Version::v5,
               "62 03 00 01 92");
  expect_bytes(Pubcomp{.packet_id = 1, .user_properties = UserProperties(user_properties).first(1)}, Version::v5,
               "70 0B 00 01 00 07 26 00 01 'k' 00 01 'v'");
}

TEST(ByteExact, Subscribe) {
  // MQTT3 §3.8.3, example
  constexpr Subscription plain[] = {{.filter = "a/b", .qos = QoS::at_least_once},
                                    {.filter = "c/d", .qos = QoS::exactly_once}};
  expect_bytes(Subscribe{.packet_id = 10, .subscriptions = plain}, Version::v3_1_1,
               "82 0E 00 0A 00 03 'a/b' 01 00 03 'c/d' 02");
  constexpr Subscription subscriptions[] = {{.filter = "#",
                                             .qos = QoS::exactly_once,
                                             .no_local = true,
                                             .retain_as_published = true,
                                             .retain_handling = RetainHandling::do_not_send},
                                            {.filter = "$share/g/+", .retain_handling = RetainHandling::send_if_new}};
  expect_bytes(Subscribe{.packet_id = 1, .subscriptions = subscriptions}, Version::v5,
               "82 14 00 01 00 00 01 '#' 2E 00 0A '$share/g/+' 10");
  expect_bytes(Subscribe{.packet_id = 1,
                         .subscriptions = std::span(subscriptions).first(1),
                         .subscription_id = 200,
                         .user_properties = UserProperties(user_properties).first(1)},
               Version::v5, "82 11 00 01 0A 0B C8 01 26 00 01 'k' 00 01 'v' 00 01 '#' 2E");
}

TEST(ByteExact, Suback) {
  constexpr ReasonCode plain[] = {ReasonCode::success, ReasonCode::granted_qos_2, ReasonCode::unspecified_error};
  expect_bytes(Suback{.packet_id = 10, .reasons = plain}, Version::v3_1_1, "90 05 00 0A 00 02 80");
  constexpr ReasonCode reasons[] = {ReasonCode::granted_qos_1, ReasonCode::not_authorized};
  expect_bytes(Suback{.packet_id = 10, .reasons = reasons, .reason_string = "r"}, Version::v5,
               "90 09 00 0A 04 1F 00 01 'r' 01 87");
}

TEST(ByteExact, Unsubscribe) {
  constexpr std::string_view filters[] = {"a/b", "c/d"};
  expect_bytes(Unsubscribe{.packet_id = 10, .filters = filters}, Version::v3_1_1,
               "A2 0C 00 0A 00 03 'a/b' 00 03 'c/d'");
  expect_bytes(Unsubscribe{.packet_id = 10, .filters = filters}, Version::v5, "A2 0D 00 0A 00 00 03 'a/b' 00 03 'c/d'");
}

TEST(ByteExact, Unsuback) {
  expect_bytes(Unsuback{.packet_id = 10}, Version::v3_1_1, "B0 02 00 0A");
  constexpr ReasonCode reasons[] = {ReasonCode::success, ReasonCode::no_subscription_existed};
  expect_bytes(Unsuback{.packet_id = 10, .reasons = reasons}, Version::v5, "B0 05 00 0A 00 00 11");
}

TEST(ByteExact, Pings) {
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    expect_bytes(Pingreq{}, version, "C0 00");
    expect_bytes(Pingresp{}, version, "D0 00");
  }
}

TEST(ByteExact, Disconnect) {
  expect_bytes(Disconnect{}, Version::v3_1_1, "E0 00");
  expect_bytes(Disconnect{}, Version::v5, "E0 00");
  expect_bytes(Disconnect{.reason = ReasonCode::disconnect_with_will}, Version::v5, "E0 01 04");
  expect_bytes(Disconnect{.session_expiry = 1}, Version::v5, "E0 07 00 05 11 00 00 00 01");
  expect_bytes(Disconnect{.reason = ReasonCode::server_moved, .reason_string = "r", .server_reference = "s"},
               Version::v5, "E0 0A 9D 08 1F 00 01 'r' 1C 00 01 's'");
}

TEST(ByteExact, Auth) {
  expect_bytes(Auth{}, Version::v5, "F0 00");
  expect_bytes(
      Auth{
          .reason = ReasonCode::continue_authentication, .authentication_method = "m", .authentication_data = "\x01"sv},
      Version::v5, "F0 0A 18 08 15 00 01 'm' 16 00 01 01");
}

}  // namespace
}  // namespace lobbyd::mqtt
