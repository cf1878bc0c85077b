#include "tests/unit/mqtt/client_scene.hpp"

// What of our own messages a new connection does again, in which order, and what not (MQTT5 §4.4, §4.6, §4.9).

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"pubrel_is_answered_when_the_server_had_forgotten", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1 no_matching_subscribers
        client: PUBREL #1
        closed
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK
        event: connected v5
        event: published 7 no_matching_subscribers
    )"},
    {"clean_start_sends_anew", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        publish q2 tag=2 a/b y
        client: PUBLISH q2 #2 a/b y
        closed
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK
        client: PUBLISH q1 #1 a/b x
        client: PUBLISH q2 #2 a/b y
        event: connected v5
    )"},
    {"sent_again_in_the_order_sent_and_released_in_the_order_of_pubrec", R"(
        start v5
        publish q2 tag=1 a/1 x
        client: PUBLISH q2 #1 a/1 x
        publish q2 tag=2 a/2 x
        client: PUBLISH q2 #2 a/2 x
        publish q1 tag=3 a/3 x
        client: PUBLISH q1 #3 a/3 x
        publish q2 tag=4 a/4 x
        client: PUBLISH q2 #4 a/4 x
        publish q1 tag=5 a/5 x
        client: PUBLISH q1 #5 a/5 x
        server: PUBREC #4
        client: PUBREL #4
        server: PUBREC #1
        client: PUBREL #1
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBREL #4
        client: PUBREL #1
        client: PUBLISH q2 #2 dup a/2 x
        client: PUBLISH q1 #3 dup a/3 x
        client: PUBLISH q1 #5 dup a/5 x
        event: connected v5 present
    )"},
    {"lower_receive_maximum_after_reconnect", R"(
        start v5
        publish q1 tag=1 a/1 x
        client: PUBLISH q1 #1 a/1 x
        publish q1 tag=2 a/2 x
        client: PUBLISH q1 #2 a/2 x
        publish q2 tag=3 a/3 x
        client: PUBLISH q2 #3 a/3 x
        publish q1 tag=4 a/4 x
        client: PUBLISH q1 #4 a/4 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present receive_maximum=2
        client: PUBLISH q1 #1 dup a/1 x
        client: PUBLISH q1 #2 dup a/2 x
        event: connected v5 present receive_maximum=2
        quota
        result: 0
        publish q1 tag=5 a/5 x
        result: quota_exceeded
        server: PUBACK #2
        client: PUBLISH q2 #3 dup a/3 x
        event: published 2
        server: PUBREC #3
        client: PUBREL #3
        server: PUBCOMP #3
        client: PUBLISH q1 #4 dup a/4 x
        event: published 3
        server: PUBACK #1
        event: published 1
        quota
        result: 1
    )"},
    {"a_waiting_message_of_a_lost_session_is_sent_without_dup_later", R"(
        start v5
        publish q1 tag=1 a/1 x
        client: PUBLISH q1 #1 a/1 x
        publish q1 tag=2 a/2 x
        client: PUBLISH q1 #2 a/2 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK receive_maximum=1
        client: PUBLISH q1 #1 a/1 x
        event: connected v5 receive_maximum=1
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBLISH q1 #1 dup a/1 x
        client: PUBLISH q1 #2 a/2 x
        event: connected v5 present
    )"},
    {"answers_to_what_this_session_was_not_sent_count_for_nothing", R"(
        start v5
        publish q1 tag=1 a/1 x
        client: PUBLISH q1 #1 a/1 x
        publish q2 tag=2 a/2 x
        client: PUBLISH q2 #2 a/2 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK receive_maximum=1
        client: PUBLISH q1 #1 a/1 x
        event: connected v5 receive_maximum=1
        server: PUBREC #2
        client: PUBREL #2 packet_identifier_not_found
        server: PUBACK #1
        client: PUBLISH q2 #2 a/2 x
        event: published 1
    )"},
    {"pubrec_of_a_resumed_session_comes_before_publish_is_sent_again", R"(
        start v5
        publish q1 tag=1 a/1 x
        client: PUBLISH q1 #1 a/1 x
        publish q2 tag=2 a/2 x
        client: PUBLISH q2 #2 a/2 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present receive_maximum=1
        client: PUBLISH q1 #1 dup a/1 x
        event: connected v5 present receive_maximum=1
        server: PUBREC #2
        client: PUBREL #2
        server: PUBACK #1
        event: published 1
        server: PUBCOMP #2
        event: published 2
        quota
        result: 1
    )"},
    {"released_messages_use_up_quota_after_reconnect", R"(
        start v5
        publish q2 tag=1 a/1 x
        client: PUBLISH q2 #1 a/1 x
        publish q2 tag=2 a/2 x
        client: PUBLISH q2 #2 a/2 x
        server: PUBREC #1
        client: PUBREL #1
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present receive_maximum=1
        client: PUBREL #1
        event: connected v5 present receive_maximum=1
        server: PUBCOMP #1
        client: PUBLISH q2 #2 dup a/2 x
        event: published 1
    )"},
    {"from_v5_to_v3", R"(
        start v5
        publish q2 tag=1 type=text a/b x
        client: PUBLISH q2 #1 type=text a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        client: PUBLISH q2 #1 dup a/b x
        event: connected v3.1.1 present
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 1
    )"},
    {"from_v3_to_v5_with_the_properties_that_v3_could_not_carry", R"(
        start v3.1.1
        publish q1 tag=1 type=text a/b x
        client: PUBLISH q1 #1 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        client: PUBLISH q1 #1 type=text a/b x
        event: connected v5
    )"},
    {"pubrec_comes_again_after_pubrel_was_sent_again", R"(
        start v5
        publish q2 tag=1 a/1 x
        client: PUBLISH q2 #1 a/1 x
        server: PUBREC #1
        client: PUBREL #1
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBREL #1
        event: connected v5 present
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 1
        server: PUBCOMP #1
    )"},
    {"pubrec_refuses_what_was_sent_again", R"(
        start v5 receive_maximum=1
        publish q2 tag=1 a/1 x
        client: PUBLISH q2 #1 a/1 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present receive_maximum=1
        client: PUBLISH q2 #1 dup a/1 x
        event: connected v5 present receive_maximum=1
        server: PUBREC #1 packet_identifier_in_use
        event: published 1 packet_identifier_in_use
        quota
        result: 1
    )"},
    {"receive_maximum_1_and_a_cut_at_each_turn", R"(
        start v3.1.1
        publish q1 tag=1 a/1 x
        client: PUBLISH q1 #1 a/1 x
        publish q2 tag=2 a/2 x
        client: PUBLISH q2 #2 a/2 x
        publish q1 tag=3 a/3 x
        client: PUBLISH q1 #3 a/3 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present receive_maximum=1
        client: PUBLISH q1 #1 dup a/1 x
        event: connected v5 present receive_maximum=1
        server: PUBACK #1
        client: PUBLISH q2 #2 dup a/2 x
        event: published 1
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK receive_maximum=1
        client: PUBLISH q2 #2 a/2 x
        event: connected v5 receive_maximum=1
        server: PUBREC #2
        client: PUBREL #2
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present receive_maximum=1
        client: PUBREL #2
        event: connected v5 present receive_maximum=1
        server: PUBCOMP #2
        client: PUBLISH q1 #3 a/3 x
        event: published 2
        server: PUBACK #3
        event: published 3
        in_flight
        result: 0
    )"},
    {"expiry_goes_on_while_a_message_waits_for_its_answer", R"(
        start v5
        publish q1 tag=1 expiry=60 a/1 x
        client: PUBLISH q1 #1 expiry=60 a/1 x
        publish q2 tag=2 expiry=5 a/2 x
        client: PUBLISH q2 #2 expiry=5 a/2 x
        publish q1 tag=3 a/3 x
        client: PUBLISH q1 #3 a/3 x
        wait 10.5
        closed
        open v5 resume
        client: CONNECT v5
        wait 2
        server: CONNACK
        client: PUBLISH q1 #1 expiry=48 a/1 x
        client: PUBLISH q2 #2 expiry=1 a/2 x
        client: PUBLISH q1 #3 a/3 x
        event: connected v5
        closed
        wait 7.5
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBLISH q1 #1 dup expiry=40 a/1 x
        client: PUBLISH q2 #2 dup expiry=1 a/2 x
        client: PUBLISH q1 #3 dup a/3 x
        event: connected v5 present
    )"},
    {"server_excludes_what_is_in_flight", R"(
        start v5
        publish q1 tag=1 a/1 200*x
        client: PUBLISH q1 #1 a/1 200*x
        publish q2 tag=2 a/2 x
        client: PUBLISH q2 #2 a/2 x
        publish q1 tag=3 retain a/3 x
        client: PUBLISH q1 #3 retain a/3 x
        publish q1 tag=4 a/4 x
        client: PUBLISH q1 #4 a/4 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK maximum_packet_size=100 maximum_qos=1 retain=0
        client: PUBLISH q1 #4 a/4 x
        event: connected v5 maximum_qos=1 retain=0 maximum_packet_size=100
        event: published 1 packet_too_large
        event: published 2 qos_not_supported
        event: published 3 retain_not_supported
        in_flight
        result: 1
    )"},
    {"a_q2_message_that_a_resumed_session_excludes_is_released", R"(
        start v5
        publish q2 tag=1 a/1 200*x
        client: PUBLISH q2 #1 a/1 200*x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present maximum_packet_size=100
        client: PUBREL #1
        event: connected v5 present maximum_packet_size=100
        event: published 1 packet_too_large
        server: PUBCOMP #1 packet_identifier_not_found
        in_flight
        result: 0
    )"},
    {"abandon_while_closed_then_session_gone", R"(
        start v5
        publish q2 tag=1 a/1 x
        client: PUBLISH q2 #1 a/1 x
        publish q1 tag=2 a/2 x
        client: PUBLISH q1 #2 a/2 x
        publish q2 tag=3 a/3 x
        client: PUBLISH q2 #3 a/3 x
        server: PUBREC #1
        client: PUBREL #1
        closed
        abandon
        result: 1 2 3
        in_flight
        result: 0
        abandon
        result: none
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
    )"},
    {"abandon_while_closed_then_session_present_releases_q2", R"(
        start v5
        publish q2 tag=1 a/1 x
        client: PUBLISH q2 #1 a/1 x
        publish q1 tag=2 a/2 x
        client: PUBLISH q1 #2 a/2 x
        publish q2 tag=3 a/3 x
        client: PUBLISH q2 #3 a/3 x
        server: PUBREC #1
        client: PUBREL #1
        closed
        abandon
        result: 1 2 3
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBREL #1
        client: PUBREL #3
        event: connected v5 present
        server: PUBCOMP #1
        server: PUBCOMP #3 packet_identifier_not_found
        in_flight
        result: 0
    )"},
    {"abandon_what_waits_for_quota", R"(
        start v5
        publish q1 tag=1 a/1 x
        client: PUBLISH q1 #1 a/1 x
        publish q1 tag=2 a/2 x
        client: PUBLISH q1 #2 a/2 x
        publish q2 tag=3 a/3 x
        client: PUBLISH q2 #3 a/3 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present receive_maximum=1
        client: PUBLISH q1 #1 dup a/1 x
        event: connected v5 present receive_maximum=1
        abandon
        result: 1 2 3
        client: PUBREL #3
        server: PUBCOMP #3
        server: PUBACK #1
        quota
        result: 1
    )"},
};

class ClientResume : public ClientScene {};
TEST_P(ClientResume, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientResume, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
