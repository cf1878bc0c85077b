// Packets that each break one rule, and the error that names it. The notation is that of packet_notation.hpp:
// (...) has its two-byte length before it, [...] its length as a variable byte integer.

#include "protocol/mqtt/decoder.hpp"
#include "tests/unit/mqtt/packet_notation.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {
namespace {

using enum DecodeError;

struct Row {
  Version version;
  std::string_view packet;
  DecodeError expected;
};

constexpr Version v3 = Version::v3_1_1;
constexpr Version v5 = Version::v5;
constexpr std::uint32_t limit = 1'000'000;

constexpr Row rows[] = {
    // The fixed header (MQTT5 §2.1)
    {v5, "00 00", packet_type_reserved},
    {v3, "00 00", packet_type_reserved},
    {v3, "F0 00", packet_type_not_in_version},
    {v3, "F0 [00 [15 ('m')]]", packet_type_not_in_version},
    {v5, "11 00", fixed_header_flags_reserved},
    {v5, "28 00", fixed_header_flags_reserved},
    {v5, "44 [00 01]", fixed_header_flags_reserved},
    {v5, "60 [00 01]", fixed_header_flags_reserved},
    {v5, "63 [00 01]", fixed_header_flags_reserved},
    {v3, "80 [00 01 ('a') 00]", fixed_header_flags_reserved},
    {v3, "A0 [00 01 ('a')]", fixed_header_flags_reserved},
    {v5, "C1 00", fixed_header_flags_reserved},
    {v5, "E2 00", fixed_header_flags_reserved},
    {v5, "F1 00", fixed_header_flags_reserved},
    {v5, "36 [('a') 00 01 00]", publish_qos_invalid},
    {v3, "3E [('a') 00 01]", publish_qos_invalid},
    {v5, "38 [('a') 00]", publish_duplicate_at_qos_0},
    {v3, "39 [('a')]", publish_duplicate_at_qos_0},
    {v5, "30 80 80 80 80 01", variable_byte_integer_too_long},
    {v5, "C0 80 00", variable_byte_integer_not_shortest},
    {v5, "30 84 00 ('a') 00", variable_byte_integer_not_shortest},
    {v5, "30 FF FF FF 7F", packet_too_large},
    {v5, "30 BE 84 3D", packet_too_large},
    {v5, "E0 02 00", body_incomplete},
    {v3, "30 05 ('ab')", body_incomplete},

    // CONNECT: the variable header (MQTT5 §3.1.2)
    {v5, "10 00", field_beyond_end},
    {v5, "10 [('MQIsdp') 03 02 00 00 ('c')]", protocol_name_invalid},
    {v5, "10 [('mqtt') 05 02 00 00 [] ('c')]", protocol_name_invalid},
    {v5, "10 [('MQTT ') 05 02 00 00 [] ('c')]", protocol_name_invalid},
    {v5, "10 [() 05 02 00 00 [] ('c')]", protocol_name_invalid},
    {v5, "10 [('MQTT') 03 02 00 00 ('c')]", protocol_version_unsupported},
    {v5, "10 [('MQTT') 06 02 00 00 [] ('c')]", protocol_version_unsupported},
    {v5, "10 [('MQTT') 00 02 00 00 ('c')]", protocol_version_unsupported},
    {v5, "10 [('MQTT') 84 02 00 00 ('c')]", protocol_version_unsupported},
    {v5, "10 [('MQTT') 05 03 00 00 [] ('c')]", connect_flag_reserved},
    {v3, "10 [('MQTT') 04 01 00 00 ('c')]", connect_flag_reserved},
    {v5, "10 [('MQTT') 05 0A 00 00 [] ('c')]", will_flags_without_will},
    {v5, "10 [('MQTT') 05 12 00 00 [] ('c')]", will_flags_without_will},
    {v3, "10 [('MQTT') 04 22 00 00 ('c')]", will_flags_without_will},
    {v5, "10 [('MQTT') 05 1E 00 00 [] ('c') [] ('t') ()]", will_qos_invalid},
    {v3, "10 [('MQTT') 04 1C 00 00 ('c') ('t') ()]", will_qos_invalid},
    {v3, "10 [('MQTT') 04 42 00 00 ('c') ('password')]", password_without_user_name},
    {v3, "10 [('MQTT') 04 00 00 00 ()]", client_id_empty_without_clean_session},
    {v5, "10 [('MQTT') 05 02 00]", field_beyond_end},
    {v5, "10 [('MQTT') 05 02 00 00]", field_beyond_end},

    // CONNECT: the payload (MQTT5 §3.1.3)
    {v5, "10 [('MQTT') 05 02 00 00 []]", field_beyond_end},
    {v5, "10 [('MQTT') 05 02 00 00 [] 00 05 'c']", field_beyond_end},
    {v5, "10 [('MQTT') 05 02 00 00 [] (FF)]", string_not_utf8},
    {v3, "10 [('MQTT') 04 02 00 00 ('a' 00 'b')]", string_contains_nul},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c')]", field_beyond_end},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [] ('t')]", field_beyond_end},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [] () ('gone')]", will_topic_empty},
    {v3, "10 [('MQTT') 04 06 00 00 ('c') () ('gone')]", will_topic_empty},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [] ('a/+') ('gone')]", will_topic_has_wildcard},
    {v3, "10 [('MQTT') 04 06 00 00 ('c') ('#') ('gone')]", will_topic_has_wildcard},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [] (C3 28) ('gone')]", string_not_utf8},
    {v5, "10 [('MQTT') 05 82 00 00 [] ('c')]", field_beyond_end},
    {v5, "10 [('MQTT') 05 82 00 00 [] ('c') (ED A0 80)]", string_not_utf8},
    {v3, "10 [('MQTT') 04 C2 00 00 ('c') ('user')]", field_beyond_end},
    {v3, "10 [('MQTT') 04 02 00 00 ('c') ('user')]", trailing_bytes},
    {v5, "10 [('MQTT') 05 02 00 00 [] ('c') 00]", trailing_bytes},

    // Properties as such (MQTT5 §2.2.2)
    {v5, "10 [('MQTT') 05 02 00 00 05 11]", property_length_beyond_end},
    {v5, "40 [00 01 00 01]", property_length_beyond_end},
    {v5, "E0 [00 7F]", property_length_beyond_end},
    {v5, "30 [('a') 80 80 80 80 01]", variable_byte_integer_too_long},
    {v5, "30 [('a') 80 00]", variable_byte_integer_not_shortest},
    {v5, "30 [('a') 80]", field_beyond_end},
    {v5, "40 [00 01 00 [1F]]", property_crosses_section_end},
    {v5, "40 [00 01 00 [1F 00 05 'x']]", property_crosses_section_end},
    {v5, "40 [00 01 00 [26 ('key')]]", property_crosses_section_end},
    {v5, "10 [('MQTT') 05 02 00 00 03 11 00 00 00 01 ('c')]", property_crosses_section_end},
    {v5, "30 [('a') [02 00 00] 'payload']", property_crosses_section_end},
    {v5, "30 [('a') [0B 80] 01]", property_crosses_section_end},
    {v5, "30 [('a') [0B FF FF FF FF 7F]]", variable_byte_integer_too_long},
    {v5, "30 [('a') [0B 81 00]]", variable_byte_integer_not_shortest},
    {v5, "30 [('a') [00]]", property_unknown},
    {v5, "30 [('a') [04 00]]", property_unknown},
    {v5, "30 [('a') [2B 00]]", property_unknown},
    {v5, "30 [('a') [7F 00]]", property_unknown},
    {v5, "30 [('a') [81 01]]", property_unknown},
    {v5, "30 [('a') [FF FF FF 7F]]", property_unknown},
    {v5, "30 [('a') [83 00 ('x')]]", variable_byte_integer_not_shortest},
    {v5, "40 [00 01 00 [1F (FF)]]", string_not_utf8},
    {v5, "40 [00 01 00 [26 (00) ('v')]]", string_contains_nul},
    {v5, "40 [00 01 00 [26 ('k') (C0 80)]]", string_not_utf8},
    {v5, "30 [('a') [03 (F4 90 80 80)]]", string_not_utf8},

    // Properties in packets that may not hold them (MQTT5 §2.2.2.2)
    {v5, "10 [('MQTT') 05 02 00 00 [01 00] ('c')]", property_not_allowed},
    {v5, "10 [('MQTT') 05 02 00 00 [18 00 00 00 01] ('c')]", property_not_allowed},
    {v5, "10 [('MQTT') 05 02 00 00 [24 01] ('c')]", property_not_allowed},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [23 00 01] ('t') ()]", property_not_allowed},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [11 00 00 00 01] ('t') ()]", property_not_allowed},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [0B 01] ('t') ()]", property_not_allowed},
    {v5, "20 [00 00 [17 01]]", property_not_allowed},
    {v5, "20 [00 00 [23 00 01]]", property_not_allowed},
    {v5, "30 [('a') [11 00 00 00 01]]", property_not_allowed},
    {v5, "30 [('a') [1F ('x')]]", property_not_allowed},
    {v5, "30 [('a') [18 00 00 00 01]]", property_not_allowed},
    {v5, "40 [00 01 00 [03 ('x')]]", property_not_allowed},
    {v5, "50 [00 01 00 [1C ('x')]]", property_not_allowed},
    {v5, "62 [00 01 00 [23 00 01]]", property_not_allowed},
    {v5, "70 [00 01 00 [11 00 00 00 01]]", property_not_allowed},
    {v5, "82 [00 01 [1F ('x')] ('a') 00]", property_not_allowed},
    {v5, "90 [00 01 [0B 01] 00]", property_not_allowed},
    {v5, "A2 [00 01 [0B 01] ('a')]", property_not_allowed},
    {v5, "B0 [00 01 [1C ('x')] 00]", property_not_allowed},
    {v5, "E0 [00 [15 ('m')]]", property_not_allowed},
    {v5, "F0 [18 [15 ('m') 1C ('x')]]", property_not_allowed},

    // Properties twice (each property's own section)
    {v5, "10 [('MQTT') 05 02 00 00 [11 00 00 00 01 11 00 00 00 01] ('c')]", property_repeated},
    {v5, "10 [('MQTT') 05 02 00 00 [21 00 01 21 00 02] ('c')]", property_repeated},
    {v5, "10 [('MQTT') 05 02 00 00 [27 00 00 00 09 27 00 00 00 09] ('c')]", property_repeated},
    {v5, "10 [('MQTT') 05 02 00 00 [22 00 00 22 00 00] ('c')]", property_repeated},
    {v5, "10 [('MQTT') 05 02 00 00 [19 00 19 00] ('c')]", property_repeated},
    {v5, "10 [('MQTT') 05 02 00 00 [17 01 17 01] ('c')]", property_repeated},
    {v5, "10 [('MQTT') 05 02 00 00 [15 ('m') 15 ('m')] ('c')]", property_repeated},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [18 00 00 00 01 18 00 00 00 01] ('t') ()]", property_repeated},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [09 () 09 ()] ('t') ()]", property_repeated},
    {v5, "20 [00 00 [13 00 01 13 00 01]]", property_repeated},
    {v5, "20 [00 00 [12 ('x') 12 ('x')]]", property_repeated},
    {v5, "20 [00 00 [1A ('x') 1A ('x')]]", property_repeated},
    {v5, "20 [00 00 [28 01 28 01]]", property_repeated},
    {v5, "30 [('a') [01 00 01 00]]", property_repeated},
    {v5, "30 [('a') [02 00 00 00 01 02 00 00 00 01]]", property_repeated},
    {v5, "30 [('a') [08 ('r') 08 ('r')]]", property_repeated},
    {v5, "30 [('a') [23 00 01 23 00 01]]", property_repeated},
    {v5, "30 [('a') [03 ('x') 26 ('k') ('v') 03 ('x')]]", property_repeated},
    {v5, "82 [00 01 [0B 01 0B 01] ('a') 00]", property_repeated},
    {v5, "B0 [00 01 [1F ('x') 1F ('x')] 00]", property_repeated},
    {v5, "E0 [9D [1C ('x') 1C ('x')]]", property_repeated},
    {v5, "F0 [18 [15 ('m') 16 () 16 ()]]", property_repeated},

    // Properties out of range
    {v5, "10 [('MQTT') 05 02 00 00 [17 02] ('c')]", boolean_property_invalid},
    {v5, "10 [('MQTT') 05 02 00 00 [19 FF] ('c')]", boolean_property_invalid},
    {v5, "20 [00 00 [25 02]]", boolean_property_invalid},
    {v5, "20 [00 00 [28 02]]", boolean_property_invalid},
    {v5, "20 [00 00 [29 02]]", boolean_property_invalid},
    {v5, "20 [00 00 [2A 80]]", boolean_property_invalid},
    {v5, "30 [('a') [01 02]]", payload_format_indicator_invalid},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [01 02] ('t') ()]", payload_format_indicator_invalid},
    {v5, "20 [00 00 [24 02]]", maximum_qos_invalid},
    {v5, "10 [('MQTT') 05 02 00 00 [21 00 00] ('c')]", receive_maximum_zero},
    {v5, "20 [00 00 [21 00 00]]", receive_maximum_zero},
    {v5, "10 [('MQTT') 05 02 00 00 [27 00 00 00 00] ('c')]", maximum_packet_size_zero},
    {v5, "20 [00 00 [27 00 00 00 00]]", maximum_packet_size_zero},
    {v5, "30 [('a') [23 00 00]]", topic_alias_zero},
    {v5, "30 [('a') [0B 00]]", subscription_identifier_zero},
    {v5, "30 [('a') [0B 01 0B 00]]", subscription_identifier_zero},
    {v5, "82 [00 01 [0B 00] ('a') 00]", subscription_identifier_zero},
    {v5, "30 [('a') [08 ()]]", response_topic_empty},
    {v5, "30 [('a') [08 ('r/#')]]", response_topic_has_wildcard},
    {v5, "10 [('MQTT') 05 06 00 00 [] ('c') [08 ('+')] ('t') ()]", response_topic_has_wildcard},
    {v5, "10 [('MQTT') 05 02 00 00 [16 ('data')] ('c')]", authentication_method_missing},
    {v5, "F0 [18 []]", authentication_method_missing},
    {v5, "F0 [00 []]", authentication_method_missing},
    {v5, "F0 [18 [16 ('data')]]", authentication_method_missing},

    // CONNACK (MQTT5 §3.2)
    {v5, "20 [02 00 []]", connack_flags_reserved},
    {v3, "20 [80 00]", connack_flags_reserved},
    {v5, "20 [01 87 []]", session_present_with_refusal},
    {v3, "20 [01 05]", session_present_with_refusal},
    {v3, "20 [00 06]", connack_return_code_reserved},
    {v3, "20 [00 80]", connack_return_code_reserved},
    {v5, "20 [00 01 []]", reason_code_not_allowed},
    {v5, "20 [00 8E []]", reason_code_not_allowed},
    {v5, "20 00", field_beyond_end},
    {v3, "20 [00]", field_beyond_end},
    {v5, "20 [00 00]", field_beyond_end},
    {v3, "20 [00 00 00]", trailing_bytes},
    {v5, "20 [00 00 [] 00]", trailing_bytes},

    // PUBLISH (MQTT5 §3.3)
    {v5, "30 00", field_beyond_end},
    {v5, "30 [00]", field_beyond_end},
    {v3, "30 [00 02 'a']", field_beyond_end},
    {v5, "30 [('a')]", field_beyond_end},
    {v3, "32 [('a') 00]", field_beyond_end},
    {v3, "32 [('a') 00 00]", packet_id_zero},
    {v5, "34 [('a') 00 00 []]", packet_id_zero},
    {v5, "3A [('a') 00 00 []]", packet_id_zero},
    {v5, "30 [() []]", topic_missing},
    {v3, "30 [()]", topic_missing},
    {v5, "30 [('a/+') []]", topic_has_wildcard},
    {v3, "30 [('#')]", topic_has_wildcard},
    {v5, "30 [('a#b') []]", topic_has_wildcard},
    {v5, "30 [(80) []]", string_not_utf8},
    {v3, "30 [(E0 80 80)]", string_not_utf8},
    {v5, "30 [(00) []]", string_contains_nul},

    // PUBACK, PUBREC, PUBREL, PUBCOMP (MQTT5 §3.4 to §3.7)
    {v5, "40 00", field_beyond_end},
    {v3, "40 [01]", field_beyond_end},
    {v3, "50 [00 00]", packet_id_zero},
    {v5, "62 [00 00 00]", packet_id_zero},
    {v5, "70 [00 00]", packet_id_zero},
    {v5, "40 [00 01 01]", reason_code_not_allowed},
    {v5, "40 [00 01 92]", reason_code_not_allowed},
    {v5, "50 [00 01 FF]", reason_code_not_allowed},
    {v5, "62 [00 01 10]", reason_code_not_allowed},
    {v5, "70 [00 01 80]", reason_code_not_allowed},
    {v3, "40 [00 01 00]", trailing_bytes},
    {v5, "40 [00 01 00 [] 00]", trailing_bytes},
    {v5, "62 [00 01 00 [1F ('x')] 'y']", trailing_bytes},

    // SUBSCRIBE (MQTT5 §3.8)
    {v5, "82 00", field_beyond_end},
    {v5, "82 [00 00 [] ('a') 00]", packet_id_zero},
    {v3, "82 [00 00 ('a') 00]", packet_id_zero},
    {v5, "82 [00 01]", field_beyond_end},
    {v5, "82 [00 01 []]", subscription_list_empty},
    {v3, "82 [00 01]", subscription_list_empty},
    {v5, "82 [00 01 [] ('a')]", field_beyond_end},
    {v3, "82 [00 01 ('a') 00 00]", field_beyond_end},
    {v5, "82 [00 01 [] ('a') 40]", subscription_options_reserved},
    {v5, "82 [00 01 [] ('a') 80]", subscription_options_reserved},
    {v3, "82 [00 01 ('a') 04]", subscription_options_reserved},
    {v3, "82 [00 01 ('a') 81]", subscription_options_reserved},
    {v5, "82 [00 01 [] ('a') 03]", subscription_qos_invalid},
    {v3, "82 [00 01 ('a') 00 ('b') 03]", subscription_qos_invalid},
    {v5, "82 [00 01 [] ('a') 30]", retain_handling_invalid},
    {v5, "82 [00 01 [] ('$share/g/a') 04]", no_local_on_shared_subscription},
    {v5, "82 [00 01 [] () 00]", filter_empty},
    {v3, "82 [00 01 () 00]", filter_empty},
    {v5, "82 [00 01 [] ('#/a') 00]", filter_multi_level_wildcard_not_last},
    {v5, "82 [00 01 [] ('a+') 00]", filter_wildcard_not_alone},
    {v3, "82 [00 01 ('a/b#') 00]", filter_wildcard_not_alone},
    {v5, "82 [00 01 [] ('$share//a') 00]", filter_shared_malformed},
    {v5, "82 [00 01 [] ('$share/g') 00]", filter_shared_malformed},
    {v5, "82 [00 01 [] ('$share/+/a') 00]", filter_shared_malformed},
    {v5, "82 [00 01 [] ('$share/g/') 00]", filter_shared_malformed},
    {v5, "82 [00 01 [] (F8 88 80 80 80) 00]", string_not_utf8},
    {v3, "82 [00 01 ('a' 00) 00]", string_contains_nul},

    // SUBACK (MQTT5 §3.9)
    {v5, "90 [00 00 [] 00]", packet_id_zero},
    {v5, "90 [00 01]", field_beyond_end},
    {v5, "90 [00 01 []]", reason_list_empty},
    {v3, "90 [00 01]", reason_list_empty},
    {v5, "90 [00 01 [] 03]", reason_code_not_allowed},
    {v5, "90 [00 01 [] 00 11]", reason_code_not_allowed},
    {v3, "90 [00 01 03]", suback_return_code_reserved},
    {v3, "90 [00 01 00 87]", suback_return_code_reserved},

    // UNSUBSCRIBE (MQTT5 §3.10)
    {v5, "A2 [00 00 [] ('a')]", packet_id_zero},
    {v5, "A2 [00 01 []]", unsubscription_list_empty},
    {v3, "A2 [00 01]", unsubscription_list_empty},
    {v5, "A2 [00 01 [] 00]", field_beyond_end},
    {v3, "A2 [00 01 ()]", filter_empty},
    {v5, "A2 [00 01 [] ('a/#/b')]", filter_multi_level_wildcard_not_last},
    {v3, "A2 [00 01 ('++')]", filter_wildcard_not_alone},
    {v5, "A2 [00 01 [] ('$share/g')]", filter_shared_malformed},
    {v5, "A2 [00 01 [] (C1 BF)]", string_not_utf8},

    // UNSUBACK (MQTT5 §3.11)
    {v3, "B0 [00 00]", packet_id_zero},
    {v3, "B0 [00 01 00]", trailing_bytes},
    {v5, "B0 [00 01]", field_beyond_end},
    {v5, "B0 [00 01 []]", reason_list_empty},
    {v5, "B0 [00 01 [] 01]", reason_code_not_allowed},

    // PINGREQ, PINGRESP, DISCONNECT, AUTH (MQTT5 §3.12 to §3.15)
    {v5, "C0 [00]", trailing_bytes},
    {v3, "D0 [00 00]", trailing_bytes},
    {v3, "E0 [00]", trailing_bytes},
    {v5, "E0 [00 [] 00]", trailing_bytes},
    {v5, "E0 [01]", reason_code_not_allowed},
    {v5, "E0 [84 []]", reason_code_not_allowed},
    {v5, "F0 [00]", field_beyond_end},
    {v5, "F0 [01 [15 ('m')]]", reason_code_not_allowed},
    {v5, "F0 [18 [15 ('m')] 00]", trailing_bytes},
};

static_assert(std::size(rows) >= 120);

std::expected<Packet, DecodeError> decode(Decoder& decoder, std::string_view bytes) {
  const auto header = read_fixed_header(bytes, limit);
  if (!header) return std::unexpected(header.error());
  if (!*header) throw std::invalid_argument("the row has no whole fixed header");
  return decoder.decode(**header, bytes.substr((**header).size));
}

class Malformed : public ::testing::TestWithParam<Row> {};

TEST_P(Malformed, IsRefusedForTheRuleThatItBreaks) {
  const Row& row = GetParam();
  const std::string bytes = test::packet_bytes(row.packet);
  Decoder decoder(row.version);
  const auto decoded = decode(decoder, bytes);
  ASSERT_FALSE(decoded) << row.packet;
  EXPECT_EQ(decoded.error(), row.expected) << row.packet << "\n" << describe(decoded.error());
  EXPECT_EQ(decoder.version(), row.version) << "a packet that is refused changes nothing";
}

INSTANTIATE_TEST_SUITE_P(Table, Malformed, ::testing::ValuesIn(rows));

TEST(MalformedTable, HasARowForEveryRule) {
  std::set<DecodeError> tested;
  for (const Row& row : rows) tested.insert(row.expected);
  for (std::size_t value = 0; value < decode_error_count; ++value) {
    const auto error = static_cast<DecodeError>(value);
    EXPECT_TRUE(tested.contains(error)) << describe(error);
  }
}

// After each refused packet the same decoder reads a good one.
TEST(MalformedTable, LeavesTheDecoderUsable) {
  Decoder decoder;
  const std::string good = test::packet_bytes("30 [('a') [26 ('k') ('v')] 'payload']");
  for (const Row& row : rows) {
    decoder.set_version(row.version);
    EXPECT_FALSE(decode(decoder, test::packet_bytes(row.packet)));
    decoder.set_version(v5);
    const auto packet = decode(decoder, good);
    ASSERT_TRUE(packet) << "after " << row.packet;
    EXPECT_EQ(std::get<Publish>(*packet).payload, "payload");
    EXPECT_EQ(std::get<Publish>(*packet).properties.user_properties.size(), 1U);
  }
}

}  // namespace
}  // namespace lobbyd::mqtt
