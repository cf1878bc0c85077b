#include "tests/unit/mqtt/client_scene.hpp"

// Every reason for which a server may end a connection (MQTT5 §3.14.2.1).

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"disconnected_without_a_fault", R"(
        start v5
        server: DISCONNECT
        event: failed server_disconnected success
    )"},
    {"disconnected_unspecified_error", R"(
        start v5
        server: DISCONNECT unspecified_error
        event: failed server_disconnected unspecified_error
    )"},
    {"disconnected_malformed_packet", R"(
        start v5
        server: DISCONNECT malformed_packet
        event: failed server_disconnected malformed_packet
    )"},
    {"disconnected_protocol_error", R"(
        start v5
        server: DISCONNECT protocol_error
        event: failed server_disconnected protocol_error
    )"},
    {"disconnected_implementation_specific_error", R"(
        start v5
        server: DISCONNECT implementation_specific_error
        event: failed server_disconnected implementation_specific_error
    )"},
    {"disconnected_not_authorized", R"(
        start v5
        server: DISCONNECT not_authorized
        event: failed server_disconnected not_authorized
    )"},
    {"disconnected_server_busy", R"(
        start v5
        server: DISCONNECT server_busy
        event: failed server_disconnected server_busy
    )"},
    {"disconnected_server_shutting_down", R"(
        start v5
        server: DISCONNECT server_shutting_down
        event: failed server_disconnected server_shutting_down
    )"},
    {"disconnected_keep_alive_timeout", R"(
        start v5
        server: DISCONNECT keep_alive_timeout
        event: failed server_disconnected keep_alive_timeout
    )"},
    {"disconnected_session_taken_over", R"(
        start v5
        server: DISCONNECT session_taken_over
        event: failed server_disconnected session_taken_over
    )"},
    {"disconnected_topic_filter_invalid", R"(
        start v5
        server: DISCONNECT topic_filter_invalid
        event: failed server_disconnected topic_filter_invalid
    )"},
    {"disconnected_topic_name_invalid", R"(
        start v5
        server: DISCONNECT topic_name_invalid
        event: failed server_disconnected topic_name_invalid
    )"},
    {"disconnected_receive_maximum_exceeded", R"(
        start v5
        server: DISCONNECT receive_maximum_exceeded
        event: failed server_disconnected receive_maximum_exceeded
    )"},
    {"disconnected_topic_alias_invalid", R"(
        start v5
        server: DISCONNECT topic_alias_invalid
        event: failed server_disconnected topic_alias_invalid
    )"},
    {"disconnected_packet_too_large", R"(
        start v5
        server: DISCONNECT packet_too_large
        event: failed server_disconnected packet_too_large
    )"},
    {"disconnected_message_rate_too_high", R"(
        start v5
        server: DISCONNECT message_rate_too_high
        event: failed server_disconnected message_rate_too_high
    )"},
    {"disconnected_quota_exceeded", R"(
        start v5
        server: DISCONNECT quota_exceeded
        event: failed server_disconnected quota_exceeded
    )"},
    {"disconnected_administrative_action", R"(
        start v5
        server: DISCONNECT administrative_action
        event: failed server_disconnected administrative_action
    )"},
    {"disconnected_payload_format_invalid", R"(
        start v5
        server: DISCONNECT payload_format_invalid
        event: failed server_disconnected payload_format_invalid
    )"},
    {"disconnected_retain_not_supported", R"(
        start v5
        server: DISCONNECT retain_not_supported
        event: failed server_disconnected retain_not_supported
    )"},
    {"disconnected_qos_not_supported", R"(
        start v5
        server: DISCONNECT qos_not_supported
        event: failed server_disconnected qos_not_supported
    )"},
    {"disconnected_use_another_server", R"(
        start v5
        server: DISCONNECT use_another_server
        event: failed server_disconnected use_another_server
    )"},
    {"disconnected_server_moved", R"(
        start v5
        server: DISCONNECT server_moved
        event: failed server_disconnected server_moved
    )"},
    {"disconnected_shared_subscriptions_not_supported", R"(
        start v5
        server: DISCONNECT shared_subscriptions_not_supported
        event: failed server_disconnected shared_subscriptions_not_supported
    )"},
    {"disconnected_connection_rate_exceeded", R"(
        start v5
        server: DISCONNECT connection_rate_exceeded
        event: failed server_disconnected connection_rate_exceeded
    )"},
    {"disconnected_maximum_connect_time", R"(
        start v5
        server: DISCONNECT maximum_connect_time
        event: failed server_disconnected maximum_connect_time
    )"},
    {"disconnected_subscription_identifiers_not_supported", R"(
        start v5
        server: DISCONNECT subscription_identifiers_not_supported
        event: failed server_disconnected subscription_identifiers_not_supported
    )"},
    {"disconnected_wildcard_subscriptions_not_supported", R"(
        start v5
        server: DISCONNECT wildcard_subscriptions_not_supported
        event: failed server_disconnected wildcard_subscriptions_not_supported
    )"},
    {"text_and_reference_are_told", R"(
        start v5
        server: DISCONNECT text=bye reference=other.example:8883 use_another_server
        event: failed server_disconnected use_another_server text=bye reference=other.example:8883
    )"},
    {"a_reference_is_told_and_not_followed", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        server: DISCONNECT reference=other.example server_moved
        event: failed server_disconnected server_moved reference=other.example
        state
        result: failed
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBLISH q1 #1 dup a/b x
        event: connected v5 present
    )"},
    {"what_follows_a_disconnect_does_not_count", R"(
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        server: DISCONNECT server_shutting_down
        event: failed server_disconnected server_shutting_down
        server: PUBACK #1
        in_flight
        result: 1
    )"},
    {"a_reason_that_only_a_client_gives_ends_it_too", R"(
        start v5
        server: bytes E0 01 04
        event: failed server_disconnected disconnect_with_will
    )"},
    {"a_reason_that_the_standard_does_not_have", R"(
        start v5
        server: bytes E0 01 50
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §2.4
    )"},
};

class ClientDisconnect : public ClientScene {};
TEST_P(ClientDisconnect, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientDisconnect, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
