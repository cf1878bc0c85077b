#include "tests/unit/mqtt/client_scene.hpp"

// SUBSCRIBE and UNSUBSCRIBE (MQTT5 §3.8 to §3.11).

namespace lobbyd::mqtt::test {
namespace {

constexpr Scene scenes[] = {
    {"subscribe", R"(
        start v5
        subscribe tag=3 id=9 a/+:1 b/#:2 c:0
        client: SUBSCRIBE #1 id=9 a/+:1 b/#:2 c:0
        server: SUBACK #1 granted_qos_1 not_authorized success
        event: subscribed 3 granted_qos_1 not_authorized success
        server: SUBACK #1 success
    )"},
    {"subscribe_in_v3", R"(
        start v3.1.1
        subscribe tag=3 a/+:1 $share/g/b:2
        client: SUBSCRIBE #1 a/+:1 $share/g/b:2
        server: SUBACK #1 granted_qos_1 unspecified_error
        event: subscribed 3 granted_qos_1 unspecified_error
    )"},
    {"unsubscribe", R"(
        start v5
        unsubscribe tag=3 a/+ b
        client: UNSUBSCRIBE #1 a/+ b
        server: UNSUBACK #1 success no_subscription_existed
        event: unsubscribed 3 success no_subscription_existed
    )"},
    {"repeated_unsuback", R"(
        start v5
        unsubscribe tag=3 a
        client: UNSUBSCRIBE #1 a
        server: UNSUBACK #1 success
        event: unsubscribed 3 success
        server: UNSUBACK #1 success
        state
        result: connected
    )"},
    {"unsubscribe_in_v3_has_no_reasons", R"(
        start v3.1.1
        unsubscribe tag=3 a/+ b
        client: UNSUBSCRIBE #1 a/+ b
        server: UNSUBACK #1
        event: unsubscribed 3 success success
    )"},
    {"several_under_way", R"(
        start v5
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
        unsubscribe tag=2 a
        client: UNSUBSCRIBE #2 a
        subscribe tag=3 a:1
        client: SUBSCRIBE #3 a:1
        server: UNSUBACK #2 success
        event: unsubscribed 2 success
        server: SUBACK #3 granted_qos_1
        event: subscribed 3 granted_qos_1
        server: SUBACK #1 success
        event: subscribed 1 success
    )"},
    {"subscriptions_do_not_use_up_quota", R"(
        start v5 receive_maximum=1
        publish q1 tag=1 a x
        client: PUBLISH q1 #1 a x
        subscribe tag=2 a:0
        client: SUBSCRIBE #2 a:0
    )"},
    {"requests_are_forgotten_with_the_link", R"(
        start v5
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
        unsubscribe tag=2 a
        client: UNSUBSCRIBE #2 a
        closed
        open v5 resume
        client: CONNECT v5
        server: CONNACK present
        event: connected v5 present
        server: SUBACK #1 success
        server: UNSUBACK #2 success
    )"},
    {"suback_with_too_few_reasons", R"(
        start v5
        subscribe tag=1 a:0 b:0
        client: SUBSCRIBE #1 a:0 b:0
        server: SUBACK #1 success
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.9.3
    )"},
    {"suback_with_too_many_reasons_in_v3", R"(
        start v3.1.1
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
        server: SUBACK #1 success success
        event: failed protocol protocol_error text=MQTT5 §3.9.3
    )"},
    {"unsuback_with_too_few_reasons", R"(
        start v5
        unsubscribe tag=1 a b
        client: UNSUBSCRIBE #1 a b
        server: UNSUBACK #1 success
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.9.3
    )"},
    {"unsuback_for_subscribe", R"(
        start v5
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
        server: UNSUBACK #1 success
        client: DISCONNECT protocol_error
        event: failed protocol protocol_error text=MQTT5 §3.9
    )"},
    {"suback_for_a_publish_is_ignored", R"(
        start v5
        publish q1 tag=1 a x
        client: PUBLISH q1 #1 a x
        server: SUBACK #1 success
        server: PUBACK #1
        event: published 1
    )"},
    {"malformed_requests", R"(
        start v5
        subscribe tag=1
        result: malformed
        subscribe tag=1 a/#/b:0
        result: malformed
        subscribe tag=1 good:0 b+:0
        result: malformed
        subscribe tag=1 $share/g:0
        result: malformed
        subscribe tag=1 no_local $share/g/a:0
        result: malformed
        subscribe tag=1 id=0 a:0
        result: malformed
        subscribe tag=1 id=268435456 a:0
        result: malformed
        unsubscribe tag=1
        result: malformed
        unsubscribe tag=1 a/#/b
        result: malformed
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
    )"},
    {"what_the_server_does_not_support", R"(
        start v5 wildcard=0 shared=0 subscription_ids=0
        subscribe tag=1 a/+:0
        result: subscription_not_supported
        subscribe tag=1 $share/g/a:0
        result: subscription_not_supported
        subscribe tag=1 id=1 a:0
        result: subscription_not_supported
        subscribe tag=1 a:0
        client: SUBSCRIBE #1 a:0
        unsubscribe tag=2 a/+
        client: UNSUBSCRIBE #2 a/+
    )"},
    {"requests_too_large_for_the_server", R"(
        start v5 maximum_packet_size=20
        subscribe tag=1 abcdefghijklmnop:0
        result: packet_too_large
        unsubscribe tag=1 abcdefghijklmnop
        result: packet_too_large
        subscribe tag=1 abcdefghijk:0
        client: SUBSCRIBE #3 abcdefghijk:0
    )"},
};

class ClientSubscription : public ClientScene {};
TEST_P(ClientSubscription, PlaysAsWritten) {
  play_and_compare();
}
INSTANTIATE_TEST_SUITE_P(Scenes, ClientSubscription, in_both_deliveries(scenes), scene_name);

}  // namespace
}  // namespace lobbyd::mqtt::test
