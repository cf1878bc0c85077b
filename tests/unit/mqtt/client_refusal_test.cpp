#include "tests/unit/mqtt/client_scene.hpp"

// Every reason for which a server may refuse a connection (MQTT5 §3.2.2.2, MQTT3 §3.2.2.3).

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"v5_refused_unspecified_error", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK unspecified_error
        event: failed refused unspecified_error
        state
        result: failed
    )"},
    {"v5_refused_malformed_packet", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK malformed_packet
        event: failed refused malformed_packet
        state
        result: failed
    )"},
    {"v5_refused_protocol_error", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK protocol_error
        event: failed refused protocol_error
        state
        result: failed
    )"},
    {"v5_refused_implementation_specific_error", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK implementation_specific_error
        event: failed refused implementation_specific_error
        state
        result: failed
    )"},
    {"v5_refused_unsupported_protocol_version", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK unsupported_protocol_version
        event: failed refused unsupported_protocol_version
        state
        result: failed
    )"},
    {"v5_refused_client_identifier_not_valid", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK client_identifier_not_valid
        event: failed refused client_identifier_not_valid
        state
        result: failed
    )"},
    {"v5_refused_bad_user_name_or_password", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK bad_user_name_or_password
        event: failed refused bad_user_name_or_password
        state
        result: failed
    )"},
    {"v5_refused_not_authorized", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK not_authorized
        event: failed refused not_authorized
        state
        result: failed
    )"},
    {"v5_refused_server_unavailable", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK server_unavailable
        event: failed refused server_unavailable
        state
        result: failed
    )"},
    {"v5_refused_server_busy", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK server_busy
        event: failed refused server_busy
        state
        result: failed
    )"},
    {"v5_refused_banned", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK banned
        event: failed refused banned
        state
        result: failed
    )"},
    {"v5_refused_bad_authentication_method", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK bad_authentication_method
        event: failed refused bad_authentication_method
        state
        result: failed
    )"},
    {"v5_refused_topic_name_invalid", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK topic_name_invalid
        event: failed refused topic_name_invalid
        state
        result: failed
    )"},
    {"v5_refused_packet_too_large", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK packet_too_large
        event: failed refused packet_too_large
        state
        result: failed
    )"},
    {"v5_refused_quota_exceeded", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK quota_exceeded
        event: failed refused quota_exceeded
        state
        result: failed
    )"},
    {"v5_refused_payload_format_invalid", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK payload_format_invalid
        event: failed refused payload_format_invalid
        state
        result: failed
    )"},
    {"v5_refused_retain_not_supported", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK retain_not_supported
        event: failed refused retain_not_supported
        state
        result: failed
    )"},
    {"v5_refused_qos_not_supported", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK qos_not_supported
        event: failed refused qos_not_supported
        state
        result: failed
    )"},
    {"v5_refused_use_another_server", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK use_another_server
        event: failed refused use_another_server
        state
        result: failed
    )"},
    {"v5_refused_server_moved", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK server_moved
        event: failed refused server_moved
        state
        result: failed
    )"},
    {"v5_refused_connection_rate_exceeded", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: CONNACK connection_rate_exceeded
        event: failed refused connection_rate_exceeded
        state
        result: failed
    )"},
    {"v3_refused_unsupported_protocol_version", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: bytes 20 02 00 01
        event: failed refused unsupported_protocol_version
    )"},
    {"v5_refused_in_3_1_1_unsupported_protocol_version", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 02 00 01
        event: failed refused unsupported_protocol_version
    )"},
    {"v3_refused_client_identifier_not_valid", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: bytes 20 02 00 02
        event: failed refused client_identifier_not_valid
    )"},
    {"v5_refused_in_3_1_1_client_identifier_not_valid", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 02 00 02
        event: failed refused client_identifier_not_valid
    )"},
    {"v3_refused_server_unavailable", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: bytes 20 02 00 03
        event: failed refused server_unavailable
    )"},
    {"v5_refused_in_3_1_1_server_unavailable", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 02 00 03
        event: failed refused server_unavailable
    )"},
    {"v3_refused_bad_user_name_or_password", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: bytes 20 02 00 04
        event: failed refused bad_user_name_or_password
    )"},
    {"v5_refused_in_3_1_1_bad_user_name_or_password", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 02 00 04
        event: failed refused bad_user_name_or_password
    )"},
    {"v3_refused_not_authorized", R"(
        open v3.1.1 clean
        client: CONNECT v3.1.1 clean
        server: bytes 20 02 00 05
        event: failed refused not_authorized
    )"},
    {"v5_refused_in_3_1_1_not_authorized", R"(
        open v5 clean
        client: CONNECT v5 clean
        server: bytes 20 02 00 05
        event: failed refused not_authorized
    )"},
};

class ClientRefusal : public ClientScene {};
TEST_P(ClientRefusal, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientRefusal, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
