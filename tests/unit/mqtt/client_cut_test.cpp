#include "tests/unit/mqtt/client_scene.hpp"

// The handshakes of our own messages (MQTT5 §4.3, §4.4), cut after each packet, in both versions, the session kept or
// not.

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"v5_q1_cut_after_publish_session_present", R"(
        start v5
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        closed
        in_flight
        result: 1
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBLISH q1 #1 dup a/b x
        event: connected v5 present
        server: PUBACK #1
        event: published 7
        in_flight
        result: 0
    )"},
    {"v5_q2_cut_after_publish_session_present", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        closed
        in_flight
        result: 1
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBLISH q2 #1 dup a/b x
        event: connected v5 present
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
    )"},
    {"v5_q2_cut_after_pubrec_session_present", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        closed
        in_flight
        result: 1
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBREL #1
        event: connected v5 present
        server: PUBCOMP #1
        event: published 7
    )"},
    {"v5_q1_cut_after_publish_session_gone", R"(
        start v5
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        closed
        in_flight
        result: 1
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        client: PUBLISH q1 #1 a/b x
        event: connected v5
        server: PUBACK #1
        event: published 7
        in_flight
        result: 0
    )"},
    {"v5_q2_cut_after_publish_session_gone", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        closed
        in_flight
        result: 1
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        client: PUBLISH q2 #1 a/b x
        event: connected v5
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
    )"},
    {"v5_q2_cut_after_pubrec_session_gone_counts_as_delivered", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        closed
        in_flight
        result: 1
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        event: published 7
        in_flight
        result: 0
        publish q2 tag=8 a/b y
        client: PUBLISH q2 #2 a/b y
    )"},
    {"v3_q1_cut_after_publish_session_present", R"(
        start v3.1.1
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        closed
        in_flight
        result: 1
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        client: PUBLISH q1 #1 dup a/b x
        event: connected v3.1.1 present
        server: PUBACK #1
        event: published 7
        in_flight
        result: 0
    )"},
    {"v3_q2_cut_after_publish_session_present", R"(
        start v3.1.1
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        closed
        in_flight
        result: 1
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        client: PUBLISH q2 #1 dup a/b x
        event: connected v3.1.1 present
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
    )"},
    {"v3_q2_cut_after_pubrec_session_present", R"(
        start v3.1.1
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        closed
        in_flight
        result: 1
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        client: PUBREL #1
        event: connected v3.1.1 present
        server: PUBCOMP #1
        event: published 7
    )"},
    {"v3_q1_cut_after_publish_session_gone", R"(
        start v3.1.1
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        closed
        in_flight
        result: 1
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        client: PUBLISH q1 #1 a/b x
        event: connected v3.1.1
        server: PUBACK #1
        event: published 7
        in_flight
        result: 0
    )"},
    {"v3_q2_cut_after_publish_session_gone", R"(
        start v3.1.1
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        closed
        in_flight
        result: 1
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        client: PUBLISH q2 #1 a/b x
        event: connected v3.1.1
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
    )"},
    {"v3_q2_cut_after_pubrec_session_gone_counts_as_delivered", R"(
        start v3.1.1
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        closed
        in_flight
        result: 1
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        event: published 7
        in_flight
        result: 0
        publish q2 tag=8 a/b y
        client: PUBLISH q2 #2 a/b y
    )"},
    {"v5_q1_cut_after_puback_session_present", R"(
        start v5
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        server: PUBACK #1
        event: published 7
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        in_flight
        result: 0
    )"},
    {"v5_q2_cut_after_pubcomp_session_present", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        in_flight
        result: 0
    )"},
    {"v5_q1_cut_after_puback_session_gone", R"(
        start v5
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        server: PUBACK #1
        event: published 7
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        in_flight
        result: 0
    )"},
    {"v5_q2_cut_after_pubcomp_session_gone", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        in_flight
        result: 0
    )"},
    {"v3_q1_cut_after_puback_session_present", R"(
        start v3.1.1
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        server: PUBACK #1
        event: published 7
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        in_flight
        result: 0
    )"},
    {"v3_q2_cut_after_pubcomp_session_present", R"(
        start v3.1.1
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        in_flight
        result: 0
    )"},
    {"v3_q1_cut_after_puback_session_gone", R"(
        start v3.1.1
        publish q1 tag=7 a/b x
        client: PUBLISH q1 #1 a/b x
        server: PUBACK #1
        event: published 7
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        in_flight
        result: 0
    )"},
    {"v3_q2_cut_after_pubcomp_session_gone", R"(
        start v3.1.1
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        server: PUBREC #1
        client: PUBREL #1
        server: PUBCOMP #1
        event: published 7
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        in_flight
        result: 0
    )"},
    {"cut_again_and_again", R"(
        start v5
        publish q2 tag=7 a/b x
        client: PUBLISH q2 #1 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBLISH q2 #1 dup a/b x
        event: connected v5 perhaps_new
        server: PUBREC #1
        client: PUBREL #1
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBREL #1
        event: connected v5 present
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBREL #1
        event: connected v5 present
        server: PUBCOMP #1 packet_identifier_not_found
        event: published 7
    )"},
};

class ClientCut : public ClientScene {};
TEST_P(ClientCut, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientCut, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
