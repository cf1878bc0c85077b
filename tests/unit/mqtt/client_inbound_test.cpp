#include "tests/unit/mqtt/client_scene.hpp"

// The server's messages (MQTT5 §4.3, §4.6, §4.9): handshakes, repetitions, order, receive maximum.

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"q0", R"(
        start v5
        server: PUBLISH q0 a/b x
        event: PUBLISH q0 a/b x
        server: PUBLISH q0 retain a/b
        event: PUBLISH q0 retain a/b
        ack #0
    )"},
    {"q1_is_answered_when_the_application_has_it", R"(
        start v5
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        ack #5
        client: PUBACK #5
        ack #5
        server: PUBLISH q1 #5 a/b y
        event: PUBLISH q1 #5 a/b y
    )"},
    {"q1_acknowledged_within_the_event", R"(
        start v5
        ack on
        server: PUBLISH q1 #5 a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 a/b x
    )"},
    {"q2_once", R"(
        start v5
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        ack #5
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
        server: PUBLISH q2 #5 a/b y
        event: PUBLISH q2 #5 a/b y
    )"},
    {"q2_in_v3", R"(
        start v3.1.1
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"subscription_ids_are_told", R"(
        start v5
        server: PUBLISH q0 subscription=3 subscription=268435455 a/b x
        event: PUBLISH q0 subscription=3 subscription=268435455 a/b x
    )"},
    {"answers_keep_the_order_of_arrival", R"(
        start v5
        server: PUBLISH q1 #1 a/1 x
        event: PUBLISH q1 #1 a/1 x
        server: PUBLISH q2 #2 a/2 x
        event: PUBLISH q2 #2 a/2 x
        server: PUBLISH q1 #3 a/3 x
        event: PUBLISH q1 #3 a/3 x
        server: PUBLISH q2 #4 a/4 x
        event: PUBLISH q2 #4 a/4 x
        ack #3
        ack #4
        ack #2
        client: PUBREC #2
        client: PUBREC #4
        ack #1
        client: PUBACK #1
        client: PUBACK #3
    )"},
    {"q1_repeated_before_its_answer_is_reported_once", R"(
        start v3.1.1
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        server: PUBLISH q1 #5 dup a/b x
        ack #5
        client: PUBACK #5
    )"},
    {"q2_repeated_before_its_answer_is_reported_once", R"(
        start v3.1.1
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        server: PUBLISH q2 #5 dup a/b x
        ack #5
        client: PUBREC #5
    )"},
    {"q2_repeated_after_pubrec", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBLISH q2 #5 dup a/b x
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"q2_repeated_behind_one_that_waits", R"(
        start v5
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        ack #5
        client: PUBREC #5
        server: PUBLISH q2 #6 a/b y
        event: PUBLISH q2 #6 a/b y
        server: PUBLISH q2 #5 dup a/b x
        server: PUBREL #5
        client: PUBCOMP #5
        ack #6
        client: PUBREC #6
    )"},
    {"q2_cut_while_its_pubrec_waits_for_its_turn_is_not_reported_again", R"(
        start v5
        server: PUBLISH q2 #4 a/b w
        event: PUBLISH q2 #4 a/b w
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        ack #5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBLISH q2 #4 dup a/b w
        event: PUBLISH q2 #4 dup a/b w
        server: PUBLISH q2 #5 dup a/b x
        ack #4
        client: PUBREC #4
        client: PUBREC #5
    )"},
    {"q2_identifier_that_the_server_has_forgotten_comes_with_another_qos", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBLISH q1 #5 a/b y
        client: PUBACK #5
        event: PUBLISH q1 #5 a/b y
        server: PUBREL #5
        client: PUBCOMP #5 packet_identifier_not_found
        server: PUBLISH q2 #5 a/b z
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b z
    )"},
    {"q2_identifier_of_this_connection_does_not", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBLISH q1 #5 a/b y
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.2.1
    )"},
    {"q2_from_v5_to_v3", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        server: PUBLISH q2 #5 dup a/b x
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"q2_from_v3_to_v5", R"(
        start v3.1.1
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBREL #5
        client: PUBCOMP #5
        server: PUBREL #5
        client: PUBCOMP #5 packet_identifier_not_found
    )"},
    {"q2_identifier_of_a_session_that_is_perhaps_gone_comes_for_the_first_time", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 perhaps_new
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBLISH q2 #5 a/b y
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b y
        server: PUBLISH q2 #5 dup a/b y
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"q2_identifier_of_a_session_that_is_perhaps_gone_comes_again", R"(
        start v3.1.1
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 perhaps_new
        server: PUBLISH q2 #5 dup a/b x
        client: PUBREC #5
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"pubrel_of_unknown_identifier", R"(
        start v5
        server: PUBREL #5
        client: PUBCOMP #5 packet_identifier_not_found
    )"},
    {"pubrel_of_unknown_identifier_in_v3", R"(
        start v3.1.1
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"pubrel_with_a_reason_ends_the_message", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5 packet_identifier_not_found
        client: PUBCOMP #5
    )"},
    {"repeated_pubrel", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5
        server: PUBREL #5
        client: PUBCOMP #5 packet_identifier_not_found
    )"},
    {"pubrel_of_a_q1_identifier", R"(
        start v5
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5 packet_identifier_not_found
        ack #5
        client: PUBACK #5
    )"},
    {"pubrel_before_pubrec", R"(
        start v5
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §4.3.3
    )"},
    {"identifier_in_use_by_the_other_qos", R"(
        start v5
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        server: PUBLISH q1 #5 a/b x
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.2.1
    )"},
    {"over_receive_maximum", R"(
        options receive_maximum=2
        start v5
        server: PUBLISH q1 #1 a/b x
        event: PUBLISH q1 #1 a/b x
        server: PUBLISH q2 #2 a/b x
        event: PUBLISH q2 #2 a/b x
        server: PUBLISH q0 a/b x
        event: PUBLISH q0 a/b x
        server: PUBLISH q1 #3 a/b x
        client: DISCONNECT receive_maximum_exceeded
        event: failed protocol receive_maximum_exceeded text=MQTT5 §3.3.4
    )"},
    {"receive_maximum_counts_q2_until_pubcomp", R"(
        options receive_maximum=1
        start v5
        ack on
        server: PUBLISH q1 #1 a/b x
        client: PUBACK #1
        event: PUBLISH q1 #1 a/b x
        server: PUBLISH q2 #2 a/b x
        client: PUBREC #2
        event: PUBLISH q2 #2 a/b x
        server: PUBREL #2
        client: PUBCOMP #2
        server: PUBLISH q2 #3 a/b x
        client: PUBREC #3
        event: PUBLISH q2 #3 a/b x
        server: PUBLISH q1 #4 a/b x
        client: DISCONNECT receive_maximum_exceeded
        event: failed protocol receive_maximum_exceeded text=MQTT5 §3.3.4
    )"},
    {"receive_maximum_counts_anew_on_each_connection", R"(
        options receive_maximum=1
        start v5
        ack on
        server: PUBLISH q2 #1 a/b x
        client: PUBREC #1
        event: PUBLISH q2 #1 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBLISH q1 #2 a/b x
        client: PUBACK #2
        event: PUBLISH q1 #2 a/b x
        server: PUBLISH q2 #1 dup a/b x
        client: PUBREC #1
        server: PUBLISH q1 #3 a/b x
        client: DISCONNECT receive_maximum_exceeded
        event: failed protocol receive_maximum_exceeded text=MQTT5 §3.3.4
    )"},
    {"repeated_messages_count_against_receive_maximum", R"(
        options receive_maximum=1
        start v5
        ack on
        server: PUBLISH q2 #1 a/b x
        client: PUBREC #1
        event: PUBLISH q2 #1 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBLISH q2 #2 a/b y
        client: PUBREC #2
        event: PUBLISH q2 #2 a/b y
        server: PUBLISH q2 #1 dup a/b x
        client: DISCONNECT receive_maximum_exceeded
        event: failed protocol receive_maximum_exceeded text=MQTT5 §3.3.4
    )"},
    {"v3_has_no_receive_maximum", R"(
        options receive_maximum=1
        start v3.1.1
        server: PUBLISH q1 #1 a/b x
        event: PUBLISH q1 #1 a/b x
        server: PUBLISH q1 #2 a/b x
        event: PUBLISH q1 #2 a/b x
    )"},
    {"same_identifier_both_ways", R"(
        start v5
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBLISH q2 #1 c/d y
        event: PUBLISH q2 #1 c/d y
        ack #1
        client: PUBREC #1
        server: PUBREC #1
        client: PUBREL #1
        server: PUBREL #1
        client: PUBCOMP #1
        server: PUBCOMP #1
        event: published 1
    )"},
};

class ClientInbound : public ClientScene {};
TEST_P(ClientInbound, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientInbound, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
