#include "tests/unit/mqtt/client_scene.hpp"

// The handshakes of the server's messages (MQTT5 §4.3, §4.4), cut after each packet, in both versions, the session kept
// or not. A new session knows nothing of the former one: there the same identifier is another message's.

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"v5_q1_cut_after_publish_session_present", R"(
        start v5
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        ack #5
        server: PUBLISH q1 #5 dup a/b x
        event: PUBLISH q1 #5 dup a/b x
        ack #5
        client: PUBACK #5
    )"},
    {"v5_q1_cut_after_puback_session_present", R"(
        start v5
        ack on
        server: PUBLISH q1 #5 a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBLISH q1 #5 dup a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 dup a/b x
    )"},
    {"v5_q2_cut_after_publish_session_present", R"(
        start v5
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        ack #5
        server: PUBLISH q2 #5 dup a/b x
        event: PUBLISH q2 #5 dup a/b x
        ack #5
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v5_q2_cut_after_pubrec_session_present", R"(
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
        server: PUBLISH q2 #5 dup a/b x
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v5_q2_cut_after_pubrec_that_the_server_had_session_present", R"(
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
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v5_q2_cut_after_pubcomp_session_present", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBREL #5
        client: PUBCOMP #5 packet_identifier_not_found
        server: PUBLISH q2 #5 a/b y
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b y
    )"},
    {"v5_q1_cut_after_publish_session_gone", R"(
        start v5
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        ack #5
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        ack #5
        client: PUBACK #5
    )"},
    {"v5_q1_cut_after_puback_session_gone", R"(
        start v5
        ack on
        server: PUBLISH q1 #5 a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        server: PUBLISH q1 #5 a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 a/b x
    )"},
    {"v5_q2_cut_after_publish_session_gone", R"(
        start v5
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        ack #5
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        ack #5
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v5_q2_cut_after_pubrec_session_gone", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v5_q2_cut_after_pubrec_that_the_server_had_session_gone", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        server: PUBREL #5
        client: PUBCOMP #5 packet_identifier_not_found
    )"},
    {"v5_q2_cut_after_pubcomp_session_gone", R"(
        start v5
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK
        event: connected v5
        server: PUBREL #5
        client: PUBCOMP #5 packet_identifier_not_found
        server: PUBLISH q2 #5 a/b y
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b y
    )"},
    {"v3_q1_cut_after_publish_session_present", R"(
        start v3.1.1
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        ack #5
        server: PUBLISH q1 #5 dup a/b x
        event: PUBLISH q1 #5 dup a/b x
        ack #5
        client: PUBACK #5
    )"},
    {"v3_q1_cut_after_puback_session_present", R"(
        start v3.1.1
        ack on
        server: PUBLISH q1 #5 a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        server: PUBLISH q1 #5 dup a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 dup a/b x
    )"},
    {"v3_q2_cut_after_publish_session_present", R"(
        start v3.1.1
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        ack #5
        server: PUBLISH q2 #5 dup a/b x
        event: PUBLISH q2 #5 dup a/b x
        ack #5
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v3_q2_cut_after_pubrec_session_present", R"(
        start v3.1.1
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
    {"v3_q2_cut_after_pubrec_that_the_server_had_session_present", R"(
        start v3.1.1
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v3_q2_cut_after_pubcomp_session_present", R"(
        start v3.1.1
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 present
        server: PUBREL #5
        client: PUBCOMP #5
        server: PUBLISH q2 #5 a/b y
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b y
    )"},
    {"v3_q1_cut_after_publish_session_gone", R"(
        start v3.1.1
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        ack #5
        server: PUBLISH q1 #5 a/b x
        event: PUBLISH q1 #5 a/b x
        ack #5
        client: PUBACK #5
    )"},
    {"v3_q1_cut_after_puback_session_gone", R"(
        start v3.1.1
        ack on
        server: PUBLISH q1 #5 a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        server: PUBLISH q1 #5 a/b x
        client: PUBACK #5
        event: PUBLISH q1 #5 a/b x
    )"},
    {"v3_q2_cut_after_publish_session_gone", R"(
        start v3.1.1
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        ack #5
        server: PUBLISH q2 #5 a/b x
        event: PUBLISH q2 #5 a/b x
        ack #5
        client: PUBREC #5
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v3_q2_cut_after_pubrec_session_gone", R"(
        start v3.1.1
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v3_q2_cut_after_pubrec_that_the_server_had_session_gone", R"(
        start v3.1.1
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        server: PUBREL #5
        client: PUBCOMP #5
    )"},
    {"v3_q2_cut_after_pubcomp_session_gone", R"(
        start v3.1.1
        ack on
        server: PUBLISH q2 #5 a/b x
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b x
        server: PUBREL #5
        client: PUBCOMP #5
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK
        event: connected v3.1.1
        server: PUBREL #5
        client: PUBCOMP #5
        server: PUBLISH q2 #5 a/b y
        client: PUBREC #5
        event: PUBLISH q2 #5 a/b y
    )"},
};

class ClientInboundCut : public ClientScene {};
TEST_P(ClientInboundCut, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientInboundCut, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
