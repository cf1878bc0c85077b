#include "tests/unit/mqtt/client_scene.hpp"

// Our own messages on one connection (MQTT5 §4.3, §4.9): handshakes, quotas, answers that do not fit.

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"q0_needs_no_answer", R"(
        start v5
        publish q0 a/b x
        client: PUBLISH q0 a/b x
        publish q0 retain a/b
        client: PUBLISH q0 retain a/b
        in_flight
        result: 0
    )"},
    {"q1", R"(
        start v5
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        in_flight
        result: 1
        server: PUBACK #1
        event: published 7
        in_flight
        result: 0
    )"},
    {"q1_reasons_are_told", R"(
        start v5
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        server: PUBACK #1 no_matching_subscribers
        event: published 7 no_matching_subscribers
        publish q1 tag=8 a/b x
        client: PUBLISH q1 #2 a/b x
        server: PUBACK #2 not_authorized
        event: published 8 not_authorized
    )"},
    {"q2", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        in_flight
        result: 1
        server: PUBCOMP #1
        event: published 7
        in_flight
        result: 0
    )"},
    {"q2_in_v3", R"(
        start v3.1.1
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
    )"},
    {"q2_reason_of_pubrec_is_told", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1 no_matching_subscribers
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7 no_matching_subscribers
    )"},
    {"q2_refused_by_pubrec", R"(
        start v5 receive_maximum=1
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        quota
        result: 0
        server: PUBREC #1 quota_exceeded
        event: published 7 quota_exceeded
        quota
        result: 1
    )"},
    {"q2_identifier_lost_at_the_end_is_no_failure", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1 packet_identifier_not_found
        event: published 7
    )"},
    {"answers_in_any_order", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        publish q2 tag=2 a/b x
        client: PUBLISH q2 #2 a/b x
        publish q1 tag=3 a/b x
        client: PUBLISH q1 #3 a/b x
        server: PUBACK #3
        event: published 3
        server: PUBREC #2
        client: PUBREL #2
        server: PUBACK #1
        event: published 1
        server: PUBCOMP #2
        event: published 2
    )"},
    {"identifiers_go_round", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        server: PUBACK #1
        event: published 1
        publish q1 tag=2 a/b x
        client: PUBLISH q1 #2 a/b x
        subscribe tag=3 a:0
        client: SUBSCRIBE #3 a:0
    )"},
    {"receive_maximum_1", R"(
        start v5 receive_maximum=1
        quota
        result: 1
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        publish q2 tag=2 a/b x
        result: quota_exceeded
        publish q0 a/b x
        client: PUBLISH q0 a/b x
        server: PUBACK #1
        event: published 1
        publish q2 tag=2 a/b x
        client: PUBLISH q2 #2 a/b x
        server: PUBREC #2
        client: PUBREL #2
        quota
        result: 0
        publish q1 tag=3 a/b x
        result: quota_exceeded
        server: PUBCOMP #2
        event: published 2
        quota
        result: 1
    )"},
    {"send_maximum_below_the_receive_maximum", R"(
        options send_maximum=2
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        quota
        result: 1
        publish q1 tag=2 a/b x
        client: PUBLISH q1 #2 a/b x
        publish q1 tag=3 a/b x
        result: quota_exceeded
    )"},
    {"receive_maximum_of_v3", R"(
        options receive_maximum_3_1_1=3
        start v3.1.1
        quota
        result: 3
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        quota
        result: 2
    )"},
    {"send_maximum_of_v3", R"(
        options send_maximum=2 receive_maximum_3_1_1=3
        start v3.1.1
        quota
        result: 2
    )"},
    {"limits_that_v3_cannot_tell", R"(
        options maximum_qos_3_1_1=1 retain_3_1_1=0 maximum_packet_size_3_1_1=100
        start v3.1.1
        publish q2 tag=1 a/b x
        result: qos_not_supported
        publish q0 retain a/b x
        result: retain_not_supported
        publish q0 a/b 94*x
        result: packet_too_large
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
    )"},
    {"limits_that_v5_tells_itself", R"(
        options maximum_qos_3_1_1=1 retain_3_1_1=0 maximum_packet_size_3_1_1=100
        start v5
        publish q2 retain tag=1 a/b 94*x
        client: PUBLISH q2 #1 retain a/b 94*x
    )"},
    {"usual_send_maximum", R"(
        start v5
        quota
        result: 1024
        closed
        quota
        result: 0
        open v3.1.1 resume
        client: CONNECT v3.1.1
        quota
        result: 0
        server: CONNACK
        event: connected v3.1.1
        quota
        result: 20
    )"},
    {"puback_of_unknown_identifier_is_ignored", R"(
        start v5
        server: PUBACK #9
        server: PUBCOMP #9
        server: PUBREC #9 quota_exceeded
        state
        result: connected
    )"},
    {"pubrec_of_unknown_identifier", R"(
        start v5
        server: PUBREC #9
        client: PUBREL #9 packet_identifier_not_found
        server: PUBCOMP #9 packet_identifier_not_found
    )"},
    {"pubrec_of_unknown_identifier_in_v3", R"(
        start v3.1.1
        server: PUBREC #9
        client: PUBREL #9
        server: PUBCOMP #9
    )"},
    {"answers_to_a_subscribe_as_if_it_were_a_publish", R"(
        start v5
        subscribe tag=1 a:1
        client: SUBSCRIBE #1 a:1
        server: PUBACK #1
        server: PUBREC #1
        client: PUBREL #1 packet_identifier_not_found
        server: SUBACK #1 granted_qos_1
        event: subscribed 1 granted_qos_1
    )"},
    {"repeated_puback", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        server: PUBACK #1
        event: published 1
        server: PUBACK #1
    )"},
    {"repeated_pubrec_and_pubcomp", R"(
        start v5
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 1
        server: PUBCOMP #1
    )"},
    {"repeated_pubrec_after_pubcomp", R"(
        start v5
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 1
        server: PUBREC #1
        client: PUBREL #1 packet_identifier_not_found
    )"},
    {"repeated_pubrec_that_refuses_is_the_answer", R"(
        start v5 receive_maximum=1
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBREC #1 quota_exceeded
        event: published 1 quota_exceeded
        server: PUBCOMP #1
        quota
        result: 1
    )"},
    {"puback_for_q2_is_the_answer_of_a_server_that_has_only_q1", R"(
        start v3.1.1
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBACK #1
        event: published 1
        in_flight
        result: 0
    )"},
    {"puback_for_q2_that_was_received", R"(
        start v5
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBACK #1
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §4.3
        in_flight
        result: 1
    )"},
    {"pubrec_for_q1", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        server: PUBREC #1
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §4.3
    )"},
    {"pubcomp_before_pubrec", R"(
        start v3.1.1
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBCOMP #1
        event: failed protocol protocol_error text=MQTT5 §4.3
    )"},
    {"abandon_while_connected_ends_the_handshakes_quietly", R"(
        start v5 receive_maximum=2
        publish q1 tag=1 a/1 x
        client: PUBLISH q1 #1 a/1 x
        publish q2 tag=2 a/2 x
        client: PUBLISH q2 #2 a/2 x
        abandon
        result: 1 2
        quota
        result: 0
        server: PUBACK #1
        quota
        result: 1
        server: PUBREC #2
        client: PUBREL #2
        server: PUBCOMP #2
        quota
        result: 2
    )"},
    {"qos_above_the_maximum", R"(
        start v5 maximum_qos=0
        publish q1 tag=1 a/b x
        result: qos_not_supported
        publish q2 tag=1 a/b x
        result: qos_not_supported
        publish q0 a/b x
        client: PUBLISH q0 a/b x
    )"},
    {"retain_not_available", R"(
        start v5 retain=0
        publish q0 retain a/b x
        result: retain_not_supported
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
    )"},
    {"packet_too_large_for_the_server", R"(
        start v5 maximum_packet_size=100
        publish q0 a/b 92*x
        client: PUBLISH q0 a/b 92*x
        publish q0 a/b 93*x
        result: packet_too_large
        publish q1 tag=1 a/b 90*x
        client: PUBLISH q1 #1 a/b 90*x
        publish q1 tag=2 a/b 91*x
        result: packet_too_large
        in_flight
        result: 1
        publish q1 tag=3 a/b x
        client: PUBLISH q1 #3 a/b x
    )"},
    {"malformed_topics", R"(
        start v5
        publish q0 a/+ x
        result: malformed
        publish q1 tag=1 # x
        result: malformed
        in_flight
        result: 0
    )"},
};

class ClientOutbound : public ClientScene {};
TEST_P(ClientOutbound, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientOutbound, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
