#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/decoder.hpp"
#include "tests/unit/mqtt/allocation_count.hpp"
#include "tests/unit/mqtt/client_driver.hpp"
#include "tests/unit/mqtt/packet_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// The client's interface where a conversation as text does not reach: options, borrowed views, handlers that call back,
// allocations.

namespace lobbyd::mqtt::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void connect(ClientDriver& driver, std::string_view connack = "CONNACK") {
  driver.open(Version::v5, true);
  driver.receive(server_bytes(connack, Version::v5));
  driver.sent();
  driver.log.take();
}

Publish message(QoS qos, std::string_view topic = "a/b", std::string_view payload = "x") {
  Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.qos = qos;
  return publish;
}

struct BadOption {
  std::string_view name;
  std::function<void(ClientOptions&)> set;
};

TEST(ClientApi, RefusesOptionsThatNoConnectCanCarry) {
  const BadOption bad_options[] = {
      {"client identifier too long", [](ClientOptions& options) { options.client_id.assign(65'536, 'x'); }},
      {"client identifier not UTF-8", [](ClientOptions& options) { options.client_id = "\xFF"; }},
      {"user name with NUL", [](ClientOptions& options) { options.username = std::string("a\0b", 3); }},
      {"password too long", [](ClientOptions& options) { options.password.emplace(std::string(65'536, 'x')); }},
      {"keep alive negative", [](ClientOptions& options) { options.keep_alive = std::chrono::seconds(-1); }},
      {"keep alive too long", [](ClientOptions& options) { options.keep_alive = std::chrono::seconds(65'536); }},
      {"receive maximum 0", [](ClientOptions& options) { options.receive_maximum = 0; }},
      {"send maximum 0", [](ClientOptions& options) { options.send_maximum = 0; }},
      {"receive maximum of 3.1.1 0", [](ClientOptions& options) { options.limits_3_1_1.receive_maximum = 0; }},
      {"maximum packet size 0", [](ClientOptions& options) { options.maximum_packet_size = 0; }},
  };
  for (const BadOption& bad : bad_options) {
    ClientOptions options = test_options();
    bad.set(options);
    EventLog log;
    EXPECT_THROW(Client(options, log), std::invalid_argument) << bad.name;
  }
}

TEST(ClientApi, ConnectCarriesTheOptions) {
  ClientOptions options = test_options();
  options.keep_alive = std::chrono::seconds(77);
  options.session_expiry = 3'600;
  options.receive_maximum = 12;
  options.maximum_packet_size = 5'000;
  options.topic_alias_maximum = 9;
  EventLog log;
  Client client(options, log);
  client.open(TimePoint(), Version::v5, true);
  std::string output;
  client.take_output(output);
  Decoder decoder;
  const FixedHeader header = *read_fixed_header(output, 1'000).value();
  const auto connect = std::get<Connect>(decoder.decode(header, std::string_view(output).substr(header.size)).value());
  EXPECT_TRUE(connect.clean_start);
  EXPECT_EQ(connect.keep_alive, 77);
  EXPECT_EQ(connect.session_expiry, 3'600U);
  EXPECT_EQ(connect.receive_maximum, 12);
  EXPECT_EQ(connect.maximum_packet_size, 5'000U);
  EXPECT_EQ(connect.topic_alias_maximum, 9);
}

TEST(ClientApi, ConnectNamesTheReceiveMaximumThatIsTheDefault) {
  EventLog log;
  Client client(test_options(), log);
  client.open(TimePoint(), Version::v5, true);
  std::string output;
  client.take_output(output);
  Decoder decoder;
  const FixedHeader header = *read_fixed_header(output, 1'000).value();
  const auto connect = std::get<Connect>(decoder.decode(header, std::string_view(output).substr(header.size)).value());
  EXPECT_EQ(connect.receive_maximum, std::optional<std::uint16_t>(65'535));
}

TEST(ClientApi, OutputIsSwapped) {
  ClientDriver driver;
  EXPECT_FALSE(driver.client.has_output());
  driver.open(Version::v5, true);
  EXPECT_TRUE(driver.client.has_output());
  const std::size_t size = driver.client.output_size();
  std::string output;
  driver.client.take_output(output);
  EXPECT_EQ(output.size(), size);
  EXPECT_FALSE(driver.client.has_output());
  EXPECT_EQ(driver.client.output_size(), 0U);
  driver.open(Version::v5, true);
  driver.closed();
  EXPECT_FALSE(driver.client.has_output()) << "what was not written when the link was lost is gone";
}

TEST(ClientApi, AllPacketsOfABufferAreHandledAndTheRestIsLeft) {
  ClientDriver driver;
  connect(driver);
  const std::string first = server_bytes("PUBLISH q0 a/b one", Version::v5);
  const std::string second = server_bytes("PUBLISH q1 #3 a/b two", Version::v5);
  const std::string third = server_bytes("PUBLISH q0 a/b three", Version::v5);
  const std::string bytes = first + second + third.substr(0, 5);
  EXPECT_EQ(driver.client.receive(bytes, driver.now), first.size() + second.size());
  EXPECT_THAT(driver.log.take(), ElementsAre("PUBLISH q0 a/b one", "PUBLISH q1 #3 a/b two"));
  EXPECT_EQ(driver.client.receive(third, driver.now), third.size());
  EXPECT_THAT(driver.log.take(), ElementsAre("PUBLISH q0 a/b three"));
  EXPECT_EQ(driver.client.receive({}, driver.now), 0U);
}

TEST(ClientApi, AfterAFailureEverythingIsUsedUp) {
  ClientDriver driver;
  connect(driver);
  const std::string bytes =
      server_bytes("DISCONNECT server_busy", Version::v5) + server_bytes("PUBLISH q0 a/b late", Version::v5) + "\x30";
  EXPECT_EQ(driver.client.receive(bytes, driver.now), bytes.size());
  EXPECT_THAT(driver.log.take(), ElementsAre("failed server_disconnected server_busy"));
  EXPECT_EQ(driver.client.receive(bytes, driver.now), bytes.size());
  EXPECT_THAT(driver.log.take(), IsEmpty());
  driver.client.closed();
  EXPECT_EQ(driver.client.receive(bytes, driver.now), bytes.size());
  connect(driver);
  const std::string malformed = server_bytes("PUBLISH q0 a/b x", Version::v5) + "\x0F more";
  EXPECT_EQ(driver.client.receive(malformed, driver.now), malformed.size());
  EXPECT_THAT(driver.log.take(),
              ElementsAre("PUBLISH q0 a/b x", testing::StartsWith("failed protocol malformed_packet")));
}

TEST(ClientApi, PacketIdentifiersCanBeUsedUp) {
  ClientOptions options = test_options();
  options.send_maximum = 65'535;
  ClientDriver driver(options);
  connect(driver);
  const Subscription subscription{.filter = "a"};
  ASSERT_TRUE(driver.client.subscribe({&subscription, 1}, std::nullopt, 1));
  for (unsigned count = 1; count < 65'535; ++count) {
    ASSERT_TRUE(driver.client.publish(message(QoS::at_least_once), count)) << count;
  }
  EXPECT_EQ(driver.client.send_quota(), 1U);
  EXPECT_EQ(driver.client.publish(message(QoS::at_least_once), 1).error(), CommandError::quota_exceeded);
  EXPECT_EQ(driver.client.subscribe({&subscription, 1}, std::nullopt, 1).error(), CommandError::quota_exceeded);
  EXPECT_TRUE(driver.client.publish(message(QoS::at_most_once), 0));
  driver.receive(server_bytes("PUBACK #40000", Version::v5));
  std::string output;
  driver.client.take_output(output);
  EXPECT_TRUE(driver.client.publish(message(QoS::at_least_once), 70'000));
  EXPECT_THAT(driver.sent(), ElementsAre("PUBLISH q1 #40000 a/b x"));
}

TEST(ClientApi, RefusedCommandsGiveTheirIdentifiersBack) {
  ClientDriver driver;
  connect(driver, "CONNACK maximum_packet_size=30");
  const std::string too_large(40, 'x');
  const Subscription subscription{.filter = too_large};
  const std::string_view filter = too_large;
  for (unsigned count = 0; count < 30'000; ++count) {
    ASSERT_FALSE(driver.client.publish(message(QoS::exactly_once, "a/b", too_large), 1));
    ASSERT_FALSE(driver.client.subscribe({&subscription, 1}, std::nullopt, 1));
    ASSERT_FALSE(driver.client.unsubscribe({&filter, 1}, 1));
  }
  EXPECT_TRUE(driver.client.publish(message(QoS::exactly_once), 1));
  EXPECT_TRUE(driver.client.unsubscribe(std::array{std::string_view("a")}, 1));
}

TEST(ClientApi, ReceivingNothingIsNoSignOfLife) {
  ClientDriver driver;
  connect(driver);
  driver.wait(std::chrono::seconds(40));
  EXPECT_EQ(driver.client.receive({}, driver.now), 0U);
  driver.wait(std::chrono::seconds(5));
  EXPECT_EQ(driver.client.state(), Client::State::failed);
}

TEST(ClientApi, CommandsThatMqttCannotCarryAreRefused) {
  ClientDriver driver;
  connect(driver);
  const std::string too_long(65'536, 'x');
  const UserProperty bad_property{"key", "\xC0\x80"};
  const std::pair<std::string_view, std::function<void(Publish&)>> bad_messages[] = {
      {"empty topic", [](Publish& publish) { publish.topic = {}; }},
      {"topic too long", [&](Publish& publish) { publish.topic = too_long; }},
      {"topic not UTF-8", [](Publish& publish) { publish.topic = "a\xFF"; }},
      {"content type not UTF-8", [](Publish& publish) { publish.properties.content_type = "\xFF"; }},
      {"response topic with wildcard", [](Publish& publish) { publish.properties.response_topic = "a/#"; }},
      {"correlation data too long", [&](Publish& publish) { publish.properties.correlation_data = too_long; }},
      {"user property not UTF-8", [&](Publish& publish) { publish.properties.user_properties = {&bad_property, 1}; }},
  };
  for (const QoS qos : {QoS::at_most_once, QoS::exactly_once}) {
    for (const auto& [name, spoil] : bad_messages) {
      Publish publish = message(qos);
      spoil(publish);
      EXPECT_EQ(driver.client.publish(publish, 1).error(), CommandError::malformed) << name;
    }
  }
  EXPECT_THAT(driver.sent(), IsEmpty());
  EXPECT_EQ(driver.client.in_flight(), 0U);
}

TEST(ClientApi, APublishTakesFromTheMessageOnlyWhatIsTheCallers) {
  ClientDriver driver;
  connect(driver);
  const std::uint32_t subscription_id = 4;
  Publish publish = message(QoS::at_least_once);
  publish.packet_id = 99;
  publish.duplicate = true;
  publish.topic_alias = 7;
  publish.subscription_ids = {&subscription_id, 1};
  ASSERT_TRUE(driver.client.publish(publish, 1));
  publish.qos = QoS::at_most_once;
  ASSERT_TRUE(driver.client.publish(publish, 0));
  EXPECT_THAT(driver.sent(), ElementsAre("PUBLISH q1 #1 a/b x", "PUBLISH q0 a/b x"));
}

TEST(ClientApi, EachCommandErrorHasWordsOfItsOwn) {
  std::set<std::string_view> words;
  for (const CommandError error :
       {CommandError::not_connected, CommandError::quota_exceeded, CommandError::packet_too_large,
        CommandError::qos_not_supported, CommandError::retain_not_supported, CommandError::malformed,
        CommandError::subscription_not_supported}) {
    words.insert(describe(error));
  }
  EXPECT_EQ(words.size(), 7U);
}

TEST(ClientApi, QoS0IsReceivedWithoutAllocation) {
  struct Counter final : ClientEvents {
    void on_connected(const ServerLimits&) override {}
    void on_publish(const Publish&) override { ++published; }
    void on_published(Tag, ReasonCode) override {}
    void on_subscribed(Tag, std::span<const ReasonCode>) override {}
    void on_unsubscribed(Tag, std::span<const ReasonCode>) override {}
    void on_failed(const Failure& failure) override { ADD_FAILURE() << failure.text; }
    int published = 0;
  } counter;
  ClientOptions options = test_options();
  options.topic_alias_maximum = 1;
  Client client(options, counter);
  client.open(TimePoint(), Version::v5, true);
  client.receive(server_bytes("CONNACK", Version::v5), TimePoint());
  const std::string bytes = server_bytes("PUBLISH q0 alias=1 game/players/everyone 500*x", Version::v5) +
                            server_bytes("PUBLISH q0 subscription=3 alias=1 - 500*x", Version::v5) +
                            server_bytes("PUBLISH q0 game/players/everyone/and/all 500*x", Version::v5);
  client.receive(bytes, TimePoint());
  const std::size_t before = allocation_count();
  for (int round = 0; round < 10; ++round) client.receive(bytes, TimePoint());
  EXPECT_EQ(allocation_count(), before);
  EXPECT_EQ(counter.published, 33);
}

// Does something within each event.
class Meddler final : public ClientEvents {
 public:
  explicit Meddler(std::function<void(Client&)> meddle) : meddle_(std::move(meddle)) {}
  void on_connected(const ServerLimits&) override { note("connected"); }
  void on_publish(const Publish& publish) override { note(to_text(publish)); }
  void on_published(Tag tag, ReasonCode) override { note("published " + std::to_string(tag)); }
  void on_subscribed(Tag, std::span<const ReasonCode>) override { note("subscribed"); }
  void on_unsubscribed(Tag, std::span<const ReasonCode>) override { note("unsubscribed"); }
  void on_failed(const Failure&) override { note("failed"); }

  Client* client = nullptr;
  std::vector<std::string> events;

 private:
  void note(std::string event) {
    events.push_back(std::move(event));
    meddle_(*client);
  }
  std::function<void(Client&)> meddle_;
};

TEST(ClientApi, AHandlerMayPublish) {
  Meddler meddler([](Client& client) { std::ignore = client.publish(message(QoS::at_least_once), 5); });
  Client client(test_options(), meddler);
  meddler.client = &client;
  client.open(TimePoint(), Version::v5, true);
  client.receive(server_bytes("CONNACK receive_maximum=3", Version::v5), TimePoint());
  EXPECT_EQ(client.in_flight(), 1U);
  client.receive(server_bytes("PUBACK #1", Version::v5), TimePoint());
  EXPECT_EQ(client.in_flight(), 1U);
  client.receive(server_bytes("PUBLISH q0 a/b x", Version::v5), TimePoint());
  EXPECT_EQ(client.in_flight(), 2U);
  EXPECT_THAT(meddler.events, ElementsAre("connected", "published 5", "PUBLISH q0 a/b x"));
}

TEST(ClientApi, AHandlerMayDisconnect) {
  Meddler meddler([](Client& client) { client.disconnect(ReasonCode::success); });
  Client client(test_options(), meddler);
  meddler.client = &client;
  client.open(TimePoint(), Version::v5, true);
  const std::string bytes = server_bytes("CONNACK", Version::v5) + server_bytes("PUBLISH q1 #1 a/b x", Version::v5);
  EXPECT_EQ(client.receive(bytes, TimePoint()), bytes.size());
  EXPECT_THAT(meddler.events, ElementsAre("connected"));
  EXPECT_EQ(client.state(), Client::State::closed);
  EXPECT_EQ(client.next_timeout(), std::nullopt);
}

TEST(ClientApi, AnswersThatAreCertainComeEvenIfAHandlerDisconnects) {
  Meddler meddler([](Client&) {});
  Client client(test_options(), meddler);
  meddler.client = &client;
  client.open(TimePoint(), Version::v5, true);
  client.receive(server_bytes("CONNACK", Version::v5), TimePoint());
  ASSERT_TRUE(client.publish(message(QoS::exactly_once), 1));
  ASSERT_TRUE(client.publish(message(QoS::exactly_once), 2));
  client.receive(server_bytes("PUBREC #1", Version::v5) + server_bytes("PUBREC #2", Version::v5), TimePoint());
  client.closed();
  meddler = Meddler([](Client& meddled) { meddled.disconnect(ReasonCode::success); });
  meddler.client = &client;
  client.open(TimePoint(), Version::v5, false);
  client.receive(server_bytes("CONNACK", Version::v5), TimePoint());
  EXPECT_THAT(meddler.events, ElementsAre("connected", "published 1", "published 2"));
}

TEST(ClientApi, AHandlerMayAbandonWhatIsInFlight) {
  std::vector<Tag> abandoned;
  Meddler meddler([&abandoned](Client& client) {
    for (const Tag tag : client.abandon_in_flight()) abandoned.push_back(tag);
  });
  Client client(test_options(), meddler);
  meddler.client = &client;
  client.open(TimePoint(), Version::v5, true);
  client.receive(server_bytes("CONNACK", Version::v5), TimePoint());
  for (const Tag tag : {Tag{1}, Tag{2}, Tag{3}}) ASSERT_TRUE(client.publish(message(QoS::at_least_once), tag));
  client.receive(server_bytes("PUBACK #2", Version::v5) + server_bytes("PUBACK #1", Version::v5), TimePoint());
  EXPECT_THAT(meddler.events, ElementsAre("connected", "published 2"));
  EXPECT_THAT(abandoned, ElementsAre(1, 3));
  EXPECT_EQ(client.in_flight(), 0U);
}

}  // namespace
}  // namespace lobbyd::mqtt::test
