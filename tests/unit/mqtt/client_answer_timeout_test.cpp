#include "tests/unit/mqtt/client_scene.hpp"

// A server that answers PINGREQ, and yet not what it was asked.

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"subscribe", R"(
        options answer_timeout=20
        start v5
        wait 5
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
        wait 19.999
        state
        result: connected
        wait 0.001
        event: failed answer_timeout unspecified_error text=no answer to a request within the time allowed
    )"},
    {"unsubscribe_in_v3", R"(
        options answer_timeout=20
        start v3.1.1
        unsubscribe tag=1 a
        client: UNSUBSCRIBE #1 a
        wait 20
        event: failed answer_timeout unspecified_error text=no answer to a request within the time allowed
    )"},
    {"publish_is_sent_again_on_the_next_connection", R"(
        options answer_timeout=20
        start v3.1.1
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        wait 20
        event: failed answer_timeout unspecified_error text=no answer to a request within the time allowed
        closed
        open v3.1.1 resume
        client: CONNECT v3.1.1
        server: CONNACK present
        client: PUBLISH q1 #1 dup a/b x
        event: connected v3.1.1 present
        wait 19.999
        server: PUBACK #1
        event: published 1
        wait 10
        state
        result: connected
    )"},
    {"pubrel_has_its_own_time", R"(
        options answer_timeout=20
        start v5
        publish q2 tag=1 a/b x
        client: PUBLISH q2 #1 a/b x
        wait 19
        server: PUBREC #1
        client: PUBREL #1
        wait 19.999
        state
        result: connected
        wait 0.001
        event: failed answer_timeout unspecified_error text=no answer to a request within the time allowed
    )"},
    {"answers_to_others_do_not_help", R"(
        options answer_timeout=20
        start v5
        publish q1 tag=1 a/b x
        client: PUBLISH q1 #1 a/b x
        wait 10
        publish q1 tag=2 a/b y
        client: PUBLISH q1 #2 a/b y
        wait 9.999
        server: PUBACK #2
        event: published 2
        wait 0.001
        event: failed answer_timeout unspecified_error text=no answer to a request within the time allowed
    )"},
    {"what_waits_for_the_receive_maximum_has_not_been_asked", R"(
        options answer_timeout=20
        start v5
        publish q1 tag=1 a/1 x
        client: PUBLISH q1 #1 a/1 x
        publish q1 tag=2 a/2 x
        client: PUBLISH q1 #2 a/2 x
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present receive_maximum=1
        client: PUBLISH q1 #1 dup a/1 x
        event: connected v5 present receive_maximum=1
        wait 19
        server: PUBACK #1
        client: PUBLISH q1 #2 dup a/2 x
        event: published 1
        wait 19
        server: PUBACK #2
        event: published 2
    )"},
    {"the_servers_silence_is_found_first_where_keep_alive_is_shorter", R"(
        options answer_timeout=50
        start v5
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
        wait 45
        client: PINGREQ
        event: failed keep_alive keep_alive_timeout text=no answer to PINGREQ
    )"},
    {"off", R"(
        options keep_alive=0
        start v5
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
        wait 100000
        state
        result: connected
    )"},
};

class ClientAnswerTimeout : public ClientScene {};
TEST_P(ClientAnswerTimeout, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientAnswerTimeout, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
