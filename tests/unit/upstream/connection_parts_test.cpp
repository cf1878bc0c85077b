// The small pure parts around a connection.

#include "protocol/mqtt/client.hpp"
#include "service/upstream/broker_status.hpp"
#include "service/upstream/capabilities.hpp"
#include "service/upstream/message.hpp"
#include "service/upstream/packet_view.hpp"
#include "service/upstream/pool_growth.hpp"
#include "service/upstream/read_buffer.hpp"
#include "service/upstream/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::QoS;
using mqtt::ReasonCode;
using ::testing::HasSubstr;

// Refusals ----------------------------------------------------------------------------------------------------

TEST(Refusal, APersonIsNeededForWhatIsConfigured) {
  using enum ReasonCode;
  for (const auto reason : {unsupported_protocol_version, client_identifier_not_valid, bad_user_name_or_password,
                            not_authorized, banned, bad_authentication_method, session_taken_over, server_moved,
                            retain_not_supported, qos_not_supported, topic_name_invalid}) {
    EXPECT_EQ(remedy(reason), Remedy::person) << name(reason);
    EXPECT_THAT(explain(reason), Not(HasSubstr("gave the reason"))) << name(reason);
  }
}

TEST(Refusal, AllElsePasses) {
  using enum ReasonCode;
  for (const auto reason : {unspecified_error, malformed_packet, protocol_error, implementation_specific_error,
                            server_unavailable, server_busy, server_shutting_down, keep_alive_timeout,
                            use_another_server, quota_exceeded, connection_rate_exceeded, message_rate_too_high,
                            maximum_connect_time, administrative_action, static_cast<ReasonCode>(0xFF)}) {
    EXPECT_EQ(remedy(reason), Remedy::time) << name(reason);
  }
}

TEST(Refusal, ADisconnectWithoutAFaultHasWordsOfItsOwn) {
  EXPECT_EQ(explain(ReasonCode::success), "the broker ended the connection and gave no reason");
}

TEST(Refusal, AnUnlistedReasonIsNamed) {
  EXPECT_EQ(explain(ReasonCode::implementation_specific_error),
            "the broker gave the reason implementation_specific_error");
}

// Pool growth -------------------------------------------------------------------------------------------------

TEST(PoolGrowth, StartsWithItsSize) {
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 16}), 2U);
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 16, .open = 1, .connected = 1, .congested = 1}), 2U);
}

TEST(PoolGrowth, GrowsByOneWhileAllAreCongested) {
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 16, .open = 2, .connected = 2, .congested = 2}), 3U);
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 16, .open = 3, .connected = 3, .congested = 3}), 4U);
}

TEST(PoolGrowth, StaysWhileOneHasRoom) {
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 16, .open = 2, .connected = 2, .congested = 1}), 2U);
}

TEST(PoolGrowth, WaitsForTheLastOneToStand) {
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 16, .open = 3, .connected = 2, .congested = 2}), 3U);
}

TEST(PoolGrowth, KeepsItsMaximum) {
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 3, .open = 3, .connected = 3, .congested = 3}), 3U);
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 2, .open = 2, .connected = 2, .congested = 2}), 2U);
}

TEST(PoolGrowth, NeverShrinks) {
  EXPECT_EQ(connections_wanted({.size = 2, .maximum = 16, .open = 7, .connected = 7, .congested = 0}), 7U);
}

// Read buffer -------------------------------------------------------------------------------------------------

void fill(ReadBuffer& buffer, std::size_t bytes, char value) {
  const auto space = buffer.writable();
  ASSERT_GE(space.size(), bytes);
  std::fill_n(space.begin(), bytes, value);
  buffer.written(bytes);
}

TEST(ReadBuffer, MovesWhatIsLeftToTheFront) {
  ReadBuffer buffer(1U << 20U);
  fill(buffer, 10, 'a');
  fill(buffer, 5, 'b');
  buffer.consume(8);
  EXPECT_EQ(buffer.readable(), "aabbbbb");
  EXPECT_EQ(buffer.writable().size(), ReadBuffer::normal_size - 7);
  fill(buffer, 1, 'c');
  EXPECT_EQ(buffer.readable(), "aabbbbbc");
  buffer.consume(8);
  EXPECT_EQ(buffer.readable(), "");
}

TEST(ReadBuffer, KeepsItsSizeForPacketsThatFit) {
  ReadBuffer buffer(1U << 20U);
  fill(buffer, ReadBuffer::normal_size, 'a');
  buffer.consume(ReadBuffer::normal_size - 100);
  EXPECT_EQ(buffer.writable().size(), ReadBuffer::normal_size - 100);
  EXPECT_EQ(buffer.capacity(), ReadBuffer::normal_size);
}

TEST(ReadBuffer, GrowsWithALargePacketAndShrinksBack) {
  constexpr std::size_t maximum = 5 * ReadBuffer::normal_size / 2;
  ReadBuffer buffer(maximum);
  std::size_t filled = 0;
  std::size_t capacity = ReadBuffer::normal_size;
  while (const std::size_t space = buffer.writable().size()) {
    EXPECT_LE(buffer.capacity(), 2 * capacity);
    capacity = buffer.capacity();
    fill(buffer, space, static_cast<char>('a' + filled % 7));
    filled += space;
  }
  EXPECT_EQ(filled, maximum);
  EXPECT_EQ(buffer.readable().size(), maximum);
  buffer.consume(maximum - 3);
  EXPECT_EQ(buffer.readable().size(), 3U);
  EXPECT_EQ(buffer.capacity(), ReadBuffer::normal_size);
}

TEST(ReadBuffer, KeepsTheBytesWhileItGrows) {
  ReadBuffer buffer(1U << 20U);
  std::string expected;
  for (char value = 'a'; value <= 'h'; ++value) {
    fill(buffer, 20'000, value);
    expected.append(20'000, value);
  }
  EXPECT_EQ(buffer.readable(), expected);
}

// Messages ----------------------------------------------------------------------------------------------------

TEST(Message, WeighsWhatItHolds) {
  Message message;
  EXPECT_EQ(message.weight(), sizeof(Message));
  message.topic = "abc";
  message.payload = "12345";
  message.content_type = "x";
  message.response_topic = "yy";
  message.correlation_data = "zzz";
  EXPECT_EQ(message.weight(), sizeof(Message) + 14);
  message.user_properties = {{"k", "vv"}};
  EXPECT_EQ(message.weight(), sizeof(Message) + 17 + 2 * sizeof(std::string));
}

TEST(PacketView, ShowsAllFields) {
  Message message;
  message.topic = "a/b";
  message.payload = "payload";
  message.qos = QoS::exactly_once;
  message.retain = true;
  const std::chrono::steady_clock::time_point now{};
  message.expiry.emplace(7s, now);
  message.content_type = "text/plain";
  message.response_topic = "r";
  message.correlation_data = "c";
  message.user_properties = {{"k", "v"}, {"k", "w"}};
  PacketView view;
  const mqtt::Publish& packet = view.of(message, now);
  EXPECT_EQ(packet.topic, "a/b");
  EXPECT_EQ(packet.payload, "payload");
  EXPECT_EQ(packet.qos, QoS::exactly_once);
  EXPECT_TRUE(packet.retain);
  EXPECT_EQ(packet.properties.message_expiry, 7U);
  EXPECT_EQ(packet.properties.content_type, "text/plain");
  EXPECT_EQ(packet.properties.response_topic, "r");
  EXPECT_EQ(packet.properties.correlation_data, "c");
  ASSERT_EQ(packet.properties.user_properties.size(), 2U);
  EXPECT_EQ(packet.properties.user_properties[1].value, "w");
}

TEST(PacketView, KeepsNothingOfTheMessageBefore) {
  Message rich;
  rich.topic = "rich";
  rich.retain = true;
  const std::chrono::steady_clock::time_point now{};
  rich.expiry.emplace(7s, now);
  rich.content_type = "text/plain";
  rich.user_properties = {{"k", "v"}};
  Message plain;
  plain.topic = "plain";
  PacketView view;
  view.of(rich, now);
  const mqtt::Publish& packet = view.of(plain, now);
  EXPECT_EQ(packet.topic, "plain");
  EXPECT_FALSE(packet.retain);
  EXPECT_EQ(packet.properties.message_expiry, std::nullopt);
  EXPECT_EQ(packet.properties.content_type, std::nullopt);
  EXPECT_TRUE(packet.properties.user_properties.empty());
}

// Capabilities ------------------------------------------------------------------------------------------------

TEST(Capabilities, AreWhatConnackSays) {
  mqtt::ServerLimits limits;
  limits.version = mqtt::Version::v3_1_1;
  limits.maximum_qos = QoS::at_least_once;
  limits.retain = false;
  limits.wildcard = false;
  limits.shared = false;
  limits.subscription_ids = false;
  limits.maximum_packet_size = 1234;
  limits.receive_maximum = 20;
  const auto capabilities = capabilities_of(limits);
  EXPECT_EQ(capabilities.protocol, mqtt::Version::v3_1_1);
  EXPECT_EQ(capabilities.maximum_qos, QoS::at_least_once);
  EXPECT_FALSE(capabilities.retain);
  EXPECT_FALSE(capabilities.wildcard);
  EXPECT_FALSE(capabilities.shared);
  EXPECT_FALSE(capabilities.subscription_ids);
  EXPECT_EQ(capabilities.maximum_packet_size, 1234U);
  EXPECT_EQ(capabilities.receive_maximum, 20U);
}

TEST(Capabilities, InCommonAreTheLesserOfEach) {
  const Capabilities one{.protocol = mqtt::Version::v3_1_1,
                         .maximum_qos = QoS::exactly_once,
                         .retain = false,
                         .shared = false,
                         .maximum_packet_size = 0,
                         .receive_maximum = 20};
  const Capabilities other{.protocol = mqtt::Version::v5,
                           .maximum_qos = QoS::at_most_once,
                           .wildcard = false,
                           .subscription_ids = false,
                           .maximum_packet_size = 500,
                           .receive_maximum = 100};
  for (const auto& both : {common(one, other), common(other, one)}) {
    EXPECT_EQ(both.protocol, mqtt::Version::v3_1_1);
    EXPECT_EQ(both.maximum_qos, QoS::at_most_once);
    EXPECT_FALSE(both.retain);
    EXPECT_FALSE(both.wildcard);
    EXPECT_FALSE(both.shared);
    EXPECT_FALSE(both.subscription_ids);
    EXPECT_EQ(both.maximum_packet_size, 500U);
    EXPECT_EQ(both.receive_maximum, 20U);
  }
  EXPECT_EQ(common({.maximum_packet_size = 9}, {.maximum_packet_size = 5}).maximum_packet_size, 5U);
  EXPECT_EQ(common({.maximum_packet_size = 0}, {.maximum_packet_size = 0}).maximum_packet_size, 0U);
}

// Status ------------------------------------------------------------------------------------------------------

const LinkReport standing{.connected = true, .disconnection = std::nullopt};
const LinkReport untried{};

LinkReport down(std::string reason, std::chrono::milliseconds retry_in, bool permanent = false) {
  return {.connected = false, .disconnection = Disconnection{std::move(reason), permanent, retry_in}};
}

BrokerStatus status_of(std::vector<LinkReport> links) {
  return summarize(links);
}

TEST(BrokerStatus, IsConnectedWhenAllAre) {
  const auto status = status_of({standing, standing});
  EXPECT_EQ(status.state, BrokerState::connected);
  EXPECT_EQ(status.reason, "");
  EXPECT_EQ(status.retry_in, std::nullopt);
}

TEST(BrokerStatus, IsConnectingBeforeTheFirstAttemptEnds) {
  const auto status = status_of({standing, untried});
  EXPECT_EQ(status.state, BrokerState::connecting);
  EXPECT_NE(status.reason, "");
  EXPECT_EQ(status.retry_in, std::nullopt);
}

TEST(BrokerStatus, GivesTheFirstReasonAndTheSoonestTry) {
  const auto status = status_of({standing, untried, down("one", 300ms), down("two", 200ms)});
  EXPECT_EQ(status.state, BrokerState::connecting);
  EXPECT_EQ(status.reason, "one");
  EXPECT_EQ(status.retry_in, 200ms);
}

TEST(BrokerStatus, ARefusalOutweighs) {
  const auto status = status_of({down("one", 300ms), down("two", 40s, true), down("three", 50s, true)});
  EXPECT_EQ(status.state, BrokerState::failed);
  EXPECT_EQ(status.reason, "two");
}

TEST(BrokerStatus, ARefusalIsToldWhileNoConnectionStands) {
  LinkReport refused = down("two", 40s, true);
  refused.disconnection->refusal = mqtt::ReasonCode::not_authorized;
  EXPECT_EQ(status_of({down("one", 300ms), refused}).refusal, mqtt::ReasonCode::not_authorized);
  EXPECT_EQ(status_of({standing, refused}).refusal, std::nullopt);
  EXPECT_EQ(status_of({standing, refused}).state, BrokerState::failed);
}

TEST(BrokerStatus, IsNewsWhenStateOrReasonChange) {
  const BrokerStatus before{BrokerState::connecting, "one", 100ms};
  EXPECT_FALSE(is_news(before, {BrokerState::connecting, "one", 200ms}));
  EXPECT_TRUE(is_news(before, {BrokerState::connecting, "two", 100ms}));
  EXPECT_TRUE(is_news(before, {BrokerState::failed, "one", 100ms}));
}

}  // namespace
}  // namespace lobbyd::upstream
