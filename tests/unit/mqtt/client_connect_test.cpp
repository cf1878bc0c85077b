#include "tests/unit/mqtt/client_scene.hpp"

// CONNECT and an answer other than a refusal (MQTT5 §3.1, §3.2).

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"v5_accepted", R"(
        state
        result: closed
        open v5 clean
        client: CONNECT v5 clean
        state
        result: connecting
        server: CONNACK
        event: connected v5
        state
        result: connected
    )"},
    {"v3_accepted_without_subscription_ids", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: CONNACK
        event: connected v3.1.1
        subscribe id=4 a:0
        result: subscription_not_supported
    )"},
    {"all_limits_are_told", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK receive_maximum=5 maximum_qos=1 retain=0 wildcard=0 shared=0 subscription_ids=0 maximum_packet_size=900 topic_alias_maximum=3 keep_alive=12
        event: connected v5 receive_maximum=5 maximum_qos=1 retain=0 wildcard=0 shared=0 subscription_ids=0 maximum_packet_size=900 topic_alias_maximum=3 keep_alive=12
    )"},
    {"limits_of_the_last_connection_do_not_stay", R"(
        start v5 receive_maximum=1 maximum_qos=0 retain=0 maximum_packet_size=20
        closed
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: CONNACK
        event: connected v3.1.1
        publish q2 tag=1 retain a/b 100*x
        client: PUBLISH q2 #1 retain a/b 100*x
    )"},
    {"user_and_password", R"(
        options user=ann password=secret
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean user=ann password=secret
    )"},
    {"password_alone_in_v5", R"(
        options password=secret
        open v5 clean
        client: CONNECT v5 clean password=secret
    )"},
    {"password_alone_in_v3_needs_an_empty_user_name", R"(
        options password=secret
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean user= password=secret
    )"},
    {"assigned_client_id_is_kept", R"(
        options id=
        open v5 clean
        client: CONNECT v5 clean id=
        server: CONNACK id=auto-7
        event: connected v5 id=auto-7
        closed
        open v5 resume
        client: CONNECT v5 id=auto-7
        server: CONNACK present
        event: connected v5 present
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1 id=auto-7
    )"},
    {"refusal_tells_text_and_reference", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK text=elsewhere reference=other.example use_another_server
        event: failed refused use_another_server text=elsewhere reference=other.example
    )"},
    {"after_a_refusal_the_other_version_is_tried", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK unsupported_protocol_version
        event: failed refused unsupported_protocol_version
        closed
        state
        result: closed
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: CONNACK
        event: connected v3.1.1
    )"},
    {"accepted_in_the_wrong_version", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 02 00 00
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.2
    )"},
    {"session_despite_clean_start", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK present
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.2.2.1.1
    )"},
    {"session_despite_clean_session_in_v3", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: CONNACK present
        event: failed protocol protocol_error text=MQTT5 §3.2.2.1.1
    )"},
    {"v5_starts_clean_until_a_connack_has_come", R"(
        open v5 resume
        client: CONNECT v5 clean
        closed
        open v5 resume
        client: CONNECT v5 clean
        server: CONNACK server_busy
        event: failed refused server_busy
        closed
        open v5 resume
        client: CONNECT v5 clean
        server: CONNACK
        event: connected v5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
    )"},
    {"session_that_is_not_known_here_in_v3", R"(
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        event: connected v3.1.1 perhaps_new
    )"},
    {"a_session_is_perhaps_new_after_a_connect_without_answer", R"(
        start v5
        closed
        open v5 resume
        client: CONNECT v5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK server_busy
        event: failed refused server_busy
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
    )"},
    {"a_session_is_kept_when_each_connect_was_answered", R"(
        start v5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK server_busy
        event: failed refused server_busy
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
    )"},
    {"no_connack", R"(
        open v5 clean
        client: CONNECT v5 clean
        wait 9.999
        state
        result: connecting
        wait 0.001
        event: failed connack_timeout unspecified_error text=no CONNACK within the time allowed
        wait 100
        state
        result: failed
    )"},
    {"connack_with_reserved_flags", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 03 02 00 00
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §3.2.2.1
    )"},
    {"connack_with_a_session_and_a_refusal", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 03 01 88 00
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.2.2.1.1
    )"},
    {"connack_with_an_unknown_reason", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 03 00 70 00
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.4
    )"},
    {"connack_with_receive_maximum_0", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 06 00 00 03 21 00 00
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.1.2.11.3
    )"},
    {"connack_with_a_property_twice", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 07 00 00 04 25 01 25 01
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.2.2.2
    )"},
    {"connack_with_an_unknown_code_in_v3", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: bytes 20 02 00 06
        event: failed protocol protocol_error text=MQTT3 §3.2.2.3
    )"},
    {"connack_that_is_too_long_in_v3", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: bytes 20 03 00 00 00
        event: failed protocol malformed_packet text=MQTT5 §2.1.4
    )"},
    {"second_connack", R"(
        start v5
        server: CONNACK
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.2
    )"},
    {"publish_before_connack", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: PUBLISH q0 a/b x
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.2
    )"},
    {"disconnect_before_connack", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: DISCONNECT server_busy
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.2
    )"},
    {"pingresp_before_connack_in_v3", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: PINGRESP
        event: failed protocol protocol_error text=MQTT5 §3.2
    )"},
    {"auth_before_connack", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes F0 00
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.2
    )"},
    {"not_mqtt_at_all", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 'HTTP/1.1 400 Bad Request'
        client: DISCONNECT malformed_packet
        event: failed protocol malformed_packet text=MQTT5 §2.1.3
    )"},
    {"commands_while_not_connected", R"(
        publish q0 a/b x
        result: not_connected
        open v5 clean
        client: CONNECT v5 clean
        publish q1 tag=1 a/b x
        result: not_connected
        subscribe tag=2 a:0
        result: not_connected
        unsubscribe tag=3 a
        result: not_connected
        ack #1
        quota
        result: 0
        abandon
        result: none
    )"},
    {"disconnect_while_connecting", R"(
        open v5 clean
        client: CONNECT v5 clean
        disconnect success
        client: DISCONNECT
        state
        result: closed
        server: CONNACK
        wait 60
    )"},
    {"open_implies_closed", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBLISH q1 #1 dup a/b x
        event: connected v5 present
    )"},
};

class ClientConnect : public ClientScene {};
TEST_P(ClientConnect, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientConnect, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
