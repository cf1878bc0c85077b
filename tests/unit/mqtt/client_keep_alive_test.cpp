#include "tests/unit/mqtt/client_scene.hpp"

// PINGREQ, PINGRESP and their absence (MQTT5 §3.1.2.10).

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"pingreq_after_a_quiet_keep_alive", R"(
        start v5
        wait 29.999
        wait 0.001
        client: PINGREQ
        wait 14.999
        server: PINGRESP
        wait 30
        client: PINGREQ
    )"},
    {"unanswered", R"(
        start v5
        wait 30
        client: PINGREQ
        wait 14.999
        wait 0.001
        event: failed keep_alive keep_alive_timeout text=no answer to PINGREQ
        state
        result: failed
        wait 1000
    )"},
    {"unanswered_in_v3", R"(
        start v3.1.1
        wait 45
        client: PINGREQ
        event: failed keep_alive keep_alive_timeout text=no answer to PINGREQ
    )"},
    {"the_servers_keep_alive_wins_where_it_is_shorter", R"(
        start v5 keep_alive=10
        wait 9.999
        wait 0.001
        client: PINGREQ
        wait 5
        event: failed keep_alive keep_alive_timeout text=no answer to PINGREQ
    )"},
    {"a_longer_one_of_the_server_does_not_hide_a_dead_link", R"(
        start v5 keep_alive=65535
        wait 29.999
        wait 0.001
        client: PINGREQ
        wait 15
        event: failed keep_alive keep_alive_timeout text=no answer to PINGREQ
    )"},
    {"the_server_cannot_switch_it_off", R"(
        start v5 keep_alive=0
        wait 29.999
        wait 0.001
        client: PINGREQ
        wait 15
        event: failed keep_alive keep_alive_timeout text=no answer to PINGREQ
    )"},
    {"the_server_can_switch_it_on", R"(
        options keep_alive=0
        start v5 keep_alive=10
        wait 10
        client: PINGREQ
    )"},
    {"off", R"(
        options keep_alive=0
        start v3.1.1
        wait 100000
    )"},
    {"an_odd_second_is_halved_exactly", R"(
        options keep_alive=1
        start v3.1.1
        wait 1
        client: PINGREQ
        wait 0.499
        wait 0.001
        event: failed keep_alive keep_alive_timeout text=no answer to PINGREQ
    )"},
    {"receiving_alone_does_not_replace_pingreq", R"(
        start v5
        wait 20
        server: PUBLISH q0 a/b x
        event: PUBLISH q0 a/b x
        wait 9.999
        wait 0.001
        client: PINGREQ
    )"},
    {"sending_alone_does_not_replace_pingreq", R"(
        start v5
        wait 20
        publish q0 a/b x
        client: PUBLISH q0 a/b x
        wait 9.999
        wait 0.001
        client: PINGREQ
    )"},
    {"both_do", R"(
        start v5
        ack on
        wait 20
        server: PUBLISH q1 #1 a/b x
        client: PUBACK #1
        event: PUBLISH q1 #1 a/b x
        wait 29.999
        wait 0.001
        client: PINGREQ
    )"},
    {"other_packets_prove_that_the_link_lives", R"(
        start v5
        wait 30
        client: PINGREQ
        wait 14
        server: PUBLISH q0 a/b x
        event: PUBLISH q0 a/b x
        wait 14.999
        server: PINGRESP
        wait 15
        client: PINGREQ
    )"},
    {"but_not_for_longer_than_a_keep_alive", R"(
        start v5
        wait 30
        client: PINGREQ
        wait 14
        server: PUBLISH q0 a/b x
        event: PUBLISH q0 a/b x
        wait 14
        server: PUBLISH q0 a/b x
        event: PUBLISH q0 a/b x
        wait 1.999
        server: PUBLISH q0 a/b x
        event: PUBLISH q0 a/b x
        wait 0.001
        event: failed keep_alive keep_alive_timeout text=no answer to PINGREQ
    )"},
    {"a_new_connection_starts_anew", R"(
        start v5
        wait 30
        client: PINGREQ
        wait 10
        closed
        wait 100
        open v5 resume
        client: CONNECT v5
        wait 5
        server: CONNACK present
        event: connected v5 present
        wait 29.999
        wait 0.001
        client: PINGREQ
    )"},
};

class ClientKeepAlive : public ClientScene {};
TEST_P(ClientKeepAlive, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientKeepAlive, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
