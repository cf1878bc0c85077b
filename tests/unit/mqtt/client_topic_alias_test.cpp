#include "tests/unit/mqtt/client_scene.hpp"

// Topic aliases, both ways (MQTT5 §3.3.2.3.4).

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"inbound_alias_is_resolved", R"(
        options topic_alias_maximum=2
        start v5
        server: PUBLISH q0 alias=1 game/one x
        event: PUBLISH q0 game/one x
        server: PUBLISH q0 alias=2 game/two x
        event: PUBLISH q0 game/two x
        server: PUBLISH q0 alias=1 - y
        event: PUBLISH q0 game/one y
        server: PUBLISH q0 alias=1 game/three z
        event: PUBLISH q0 game/three z
        server: PUBLISH q1 #4 alias=1 - z
        event: PUBLISH q1 #4 game/three z
    )"},
    {"inbound_alias_beyond_the_maximum", R"(
        options topic_alias_maximum=2
        start v5
        server: PUBLISH q0 alias=3 game/one x
        client: DISCONNECT topic_alias_invalid
        event: failed protocol topic_alias_invalid text=MQTT5 §3.3.2.3.4
    )"},
    {"inbound_alias_though_none_is_allowed", R"(
        start v5
        server: PUBLISH q0 alias=1 game/one x
        client: DISCONNECT topic_alias_invalid
        event: failed protocol topic_alias_invalid text=MQTT5 §3.3.2.3.4
    )"},
    {"inbound_alias_without_a_topic", R"(
        options topic_alias_maximum=2
        start v5
        server: PUBLISH q0 alias=1 - x
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.3.2.3.4
    )"},
    {"inbound_aliases_end_with_the_connection", R"(
        options topic_alias_maximum=2
        start v5
        server: PUBLISH q0 alias=1 game/one x
        event: PUBLISH q0 game/one x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: PUBLISH q0 alias=1 - x
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.3.2.3.4
    )"},
    {"outbound_alias_from_the_second_time_on", R"(
        start v5 topic_alias_maximum=5
        publish q0 game/one x
        client: PUBLISH q0 game/one x
        publish q0 game/one x
        client: PUBLISH q0 alias=1 game/one x
        publish q0 game/one x
        client: PUBLISH q0 alias=1 - x
        publish q1 tag=1 game/one x
        client: PUBLISH q1 #1 alias=1 - x
    )"},
    {"outbound_alias_only_where_it_saves", R"(
        start v5 topic_alias_maximum=5
        publish q0 sixsix x
        client: PUBLISH q0 sixsix x
        publish q0 sixsix x
        client: PUBLISH q0 sixsix x
        publish q0 sixsix x
        client: PUBLISH q0 sixsix x
        publish q0 sevenxx x
        client: PUBLISH q0 sevenxx x
        publish q0 sevenxx x
        client: PUBLISH q0 alias=1 sevenxx x
    )"},
    {"outbound_alias_of_the_topic_not_used_for_longest_is_given_away", R"(
        start v5 topic_alias_maximum=2
        publish q0 game/one x
        client: PUBLISH q0 game/one x
        publish q0 game/one x
        client: PUBLISH q0 alias=1 game/one x
        publish q0 game/two x
        client: PUBLISH q0 game/two x
        publish q0 game/two x
        client: PUBLISH q0 alias=2 game/two x
        publish q0 game/one x
        client: PUBLISH q0 alias=1 - x
        publish q0 game/three/whose/name/is/longer/than/the/others x
        client: PUBLISH q0 game/three/whose/name/is/longer/than/the/others x
        publish q0 game/three/whose/name/is/longer/than/the/others x
        client: PUBLISH q0 alias=2 game/three/whose/name/is/longer/than/the/others x
        publish q0 game/one x
        client: PUBLISH q0 alias=1 - x
        publish q0 game/three/whose/name/is/longer/than/the/others x
        client: PUBLISH q0 alias=2 - x
        publish q0 game/two x
        client: PUBLISH q0 alias=1 game/two x
        publish q0 game/three/whose/name/is/longer/than/the/others x
        client: PUBLISH q0 alias=2 - x
    )"},
    {"outbound_aliases_within_our_own_maximum", R"(
        options outbound_topic_aliases=0
        start v5 topic_alias_maximum=5
        publish q0 game/one x
        client: PUBLISH q0 game/one x
        publish q0 game/one x
        client: PUBLISH q0 game/one x
    )"},
    {"outbound_aliases_where_the_server_has_none", R"(
        start v5
        publish q0 game/one x
        client: PUBLISH q0 game/one x
        publish q0 game/one x
        client: PUBLISH q0 game/one x
    )"},
    {"outbound_aliases_end_with_the_connection", R"(
        start v5 topic_alias_maximum=5
        publish q1 tag=1 game/one x
        client: PUBLISH q1 #1 game/one x
        publish q1 tag=2 game/one y
        client: PUBLISH q1 #2 alias=1 game/one y
        publish q1 tag=3 game/one z
        client: PUBLISH q1 #3 alias=1 - z
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present topic_alias_maximum=5
        client: PUBLISH q1 #1 dup game/one x
        client: PUBLISH q1 #2 dup alias=1 game/one y
        client: PUBLISH q1 #3 dup alias=1 - z
        event: connected v5 present topic_alias_maximum=5
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        client: PUBLISH q1 #1 dup game/one x
        client: PUBLISH q1 #2 dup game/one y
        client: PUBLISH q1 #3 dup game/one z
        event: connected v5 present
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        client: PUBLISH q1 #1 dup game/one x
        client: PUBLISH q1 #2 dup game/one y
        client: PUBLISH q1 #3 dup game/one z
        event: connected v3.1.1 present
    )"},
    {"whether_a_message_fits_does_not_depend_on_aliases", R"(
        start v5 topic_alias_maximum=5 maximum_packet_size=30
        publish q0 game/one 17*x
        client: PUBLISH q0 game/one xxxxxxxxxxxxxxxxx
        publish q0 game/one 17*x
        client: PUBLISH q0 game/one xxxxxxxxxxxxxxxxx
        publish q0 game/one x
        client: PUBLISH q0 alias=1 game/one x
        publish q0 game/one 17*x
        client: PUBLISH q0 alias=1 - xxxxxxxxxxxxxxxxx
        publish q0 game/one 18*x
        result: packet_too_large
        publish q0 game/one x
        client: PUBLISH q0 alias=1 - x
    )"},
    {"a_refused_publish_sets_up_no_alias", R"(
        start v5 topic_alias_maximum=5 maximum_packet_size=30
        publish q0 game/one x
        client: PUBLISH q0 game/one x
        publish q0 game/one 18*x
        result: packet_too_large
        publish q0 game/one x
        client: PUBLISH q0 alias=1 game/one x
    )"},
};

class ClientTopicAlias : public ClientScene {};
TEST_P(ClientTopicAlias, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientTopicAlias, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
