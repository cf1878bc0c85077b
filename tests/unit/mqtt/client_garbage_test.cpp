#include "protocol/mqtt/client.hpp"
#include "tests/unit/mqtt/client_driver.hpp"
#include "tests/unit/mqtt/packet_text.hpp"
#include "tests/unit/simulation/dice.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <tuple>

// A server that talks nonsense ends the connection, once, and nothing else happens.

namespace lobbyd::mqtt::test {
namespace {

using simulation::Dice;

struct FailureCount final : ClientEvents {
  void on_connected(const ServerLimits&) override {}
  void on_publish(const Publish& publish) override { client->acknowledge(publish.packet_id); }
  void on_published(Tag, ReasonCode) override {}
  void on_subscribed(Tag, std::span<const ReasonCode>) override {}
  void on_unsubscribed(Tag, std::span<const ReasonCode>) override {}
  void on_failed(const Failure& failure) override {
    ++failures;
    EXPECT_FALSE(failure.kind == Failure::Kind::protocol && failure.text.empty());
  }
  Client* client = nullptr;
  int failures = 0;
};

TEST(ClientGarbage, EndsTheConnectionOnceAtMost) {
  constexpr std::string_view conversation[] = {"PUBACK #1",
                                               "PUBREC #2",
                                               "PUBCOMP #2",
                                               "SUBACK #3 success",
                                               "PUBLISH q1 #9 alias=1 a/b x",
                                               "PUBLISH q2 #8 alias=1 c/d y",
                                               "PUBREL #8",
                                               "PINGRESP"};
  for (unsigned seed = 1; seed <= 20'000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    const Version version = dice.one_in(2) ? Version::v5 : Version::v3_1_1;
    std::string bytes = server_bytes("CONNACK", version);
    for (const std::string_view packet : conversation) bytes += server_bytes(packet, version);
    for (unsigned spoiled = dice.below(6); spoiled > 0; --spoiled) {
      bytes[dice.below(static_cast<unsigned>(bytes.size()))] = static_cast<char>(dice.below(256));
    }

    FailureCount failure_count;
    Client client(test_options(), failure_count);
    failure_count.client = &client;
    client.open(TimePoint(), version, true);
    const std::size_t connack = version == Version::v5 ? 5 : 4;
    client.receive(std::string_view(bytes).substr(0, connack), TimePoint());
    Publish message;
    message.topic = "a/b";
    message.qos = QoS::at_least_once;
    std::ignore = client.publish(message, 1);
    message.qos = QoS::exactly_once;
    std::ignore = client.publish(message, 2);
    const Subscription subscription{.filter = "a/b"};
    std::ignore = client.subscribe({&subscription, 1}, std::nullopt, 3);
    client.receive(std::string_view(bytes).substr(connack), TimePoint());
    EXPECT_EQ(failure_count.failures, client.state() == Client::State::failed ? 1 : 0);
    client.closed();
    EXPECT_LE(client.in_flight(), 2U);
  }
}

}  // namespace
}  // namespace lobbyd::mqtt::test
