#include "tests/unit/mqtt/client_scene.hpp"

// How connections end: DISCONNECT, and everything that a server must not send (MQTT5 §3.14, §4.13).

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"disconnect", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        disconnect success
        client: DISCONNECT
        state
        result: closed
        publish q0 a/b x
        result: not_connected
        server: PUBACK #1
        wait 100
        disconnect success
        in_flight
        result: 1
    )"},
    {"disconnect_with_a_reason", R"(
        start v5
        disconnect disconnect_with_will
        client: DISCONNECT disconnect_with_will
    )"},
    {"disconnect_in_v3", R"(
        start v3.1.1
        disconnect success
        client: DISCONNECT
    )"},
    {"disconnect_with_a_reason_in_v3_is_silent_so_that_the_will_is_sent", R"(
        start v3.1.1
        disconnect disconnect_with_will
        state
        result: closed
    )"},
    {"server_disconnects", R"(
        start v5
        server: DISCONNECT text=bye reference=other.example server_moved
        event: failed server_disconnected server_moved text=bye reference=other.example
        publish q0 a/b x
        result: not_connected
    )"},
    {"server_disconnects_in_v3", R"(
        start v3.1.1
        server: bytes E0 00
        event: failed protocol protocol_error text=MQTT3 §3.14
    )"},
    {"nothing_counts_after_a_failure", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        server: CONNACK
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.2
        server: PUBACK #1
        server: PUBLISH q1 #2 a/b x
        disconnect success
        ack #2
        wait 100
        in_flight
        result: 1
        closed
        state
        result: closed
    )"},
    {"auth", R"(
        start v5
        server: bytes F0 00
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §4.12
    )"},
    {"connect_from_the_server", R"(
        start v5
        server: bytes 10 [('MQTT') 05 02 00 00 00 ('me')]
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.1.2
    )"},
    {"subscribe_from_the_server", R"(
        start v5
        server: bytes 82 [00 01 00 ('a') 00]
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.1.2
    )"},
    {"unsubscribe_from_the_server_in_v3", R"(
        start v3.1.1
        server: bytes A2 [00 01 ('a')]
        event: failed protocol protocol_error text=MQTT5 §2.1.2
    )"},
    {"pingreq_from_the_server", R"(
        start v5
        server: bytes C0 00
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.1.2
    )"},
    {"unasked_pingresp_is_ignored", R"(
        start v5
        server: PINGRESP
        state
        result: connected
    )"},
    {"malformed_packet", R"(
        start v5
        server: bytes 36 [('a') 00 01 00]
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §3.3.1.2
    )"},
    {"malformed_packet_in_v3", R"(
        start v3.1.1
        server: bytes 36 [('a') 00 01 00]
        event: failed protocol malformed_packet text=MQTT5 §3.3.1.2
    )"},
    {"malformed_body", R"(
        start v5
        server: bytes 30 [('a') 02 01 02]
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.3.2.3.2
    )"},
    {"topic_not_utf8", R"(
        start v5
        server: bytes 30 [(C0 80) 00]
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §1.5.4
    )"},
    {"topic_with_wildcard", R"(
        start v5
        server: bytes 30 [('a/+') 00]
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §3.3.2.1
    )"},
    {"puback_without_an_identifier", R"(
        start v5
        server: bytes 40 02 00 00
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.2.1
    )"},
    {"puback_that_is_too_short", R"(
        start v5
        server: bytes 40 01 00
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §2.1.4
    )"},
    {"pubrel_with_other_flags", R"(
        start v5
        server: bytes 60 02 00 01
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §2.1.3
    )"},
    {"suback_with_an_impossible_qos", R"(
        start v5
        server: bytes 90 04 00 01 00 03
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.4
    )"},
    {"length_of_five_bytes", R"(
        start v5
        server: bytes 30 FF FF FF FF 7F
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §1.5.5
    )"},
    {"reserved_packet_type", R"(
        start v5
        server: bytes 00 00
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §2.1.2
    )"},
    {"publish_without_an_identifier", R"(
        start v5
        server: bytes 32 [('a') 00 00 00]
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.2.1
    )"},
    {"properties_that_end_too_late", R"(
        start v5
        server: bytes 30 [('a') 09 01]
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §2.2.2.1
    )"},
    {"a_property_of_another_packet", R"(
        start v5
        server: bytes 30 [('a') 05 11 00 00 00 01]
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §2.2.2.2
    )"},
    {"topic_longer_than_the_packet", R"(
        start v5
        server: bytes 30 05 00 09 61 62 63
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §2.1.4
    )"},
    {"suback_for_nothing_is_ignored", R"(
        start v5
        server: SUBACK #4 success
        server: UNSUBACK #4 success
        state
        result: connected
    )"},
    {"packet_of_just_the_maximum_size", R"(
        options maximum_packet_size=60
        start v5
        server: PUBLISH q0 a/b 52*x
        event: PUBLISH q0 a/b 52*x
    )"},
    {"packet_over_the_maximum_size", R"(
        options maximum_packet_size=60
        start v5
        server: PUBLISH q0 a/b 53*x
        client: DISCONNECT packet_too_large
        event: failed protocol packet_too_large text=MQTT5 §3.1.2.11.4
    )"},
    {"packet_over_the_maximum_size_in_v3", R"(
        options maximum_packet_size=60
        start v3.1.1
        server: PUBLISH q0 a/b 54*x
        event: failed protocol packet_too_large text=MQTT5 §3.1.2.11.4
    )"},
    {"connack_over_the_maximum_size", R"(
        options maximum_packet_size=20
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK text=more-than-the-twenty-bytes server_busy
        client: DISCONNECT packet_too_large
        event: failed protocol packet_too_large text=MQTT5 §3.1.2.11.4
    )"},
};

class ClientFailure : public ClientScene {};
TEST_P(ClientFailure, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientFailure, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
