#include "protocol/mqtt/client.hpp"
#include "tests/unit/mqtt/client_driver.hpp"
#include "tests/unit/mqtt/model_broker.hpp"
#include "tests/unit/mqtt/packet_text.hpp"
#include "tests/unit/mqtt/text_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// A client and a model of a broker over a link that delivers in pieces of any size and breaks at any byte. Whatever
// happens: what was answered has arrived, nothing at QoS 2 arrives twice, and each QoS keeps its order.

namespace lobbyd::mqtt::test {
namespace {

constexpr int seeds = 300;
constexpr int steps = 2'000;
constexpr int steps_to_settle = 200'000;

struct Course {
  bool sessions_get_lost = false;
  bool versions_change = false;
};

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(engine_); }
  bool one_in(unsigned count) { return below(count) == 0; }

 private:
  std::mt19937 engine_;
};

// The application: takes messages at once or later and in any order, and forgets those not taken with the link.
class Application final : public ClientEvents {
 public:
  explicit Application(Dice& dice) : dice_(dice) {}

  void on_connected(const ServerLimits&) override {}
  void on_publish(const Publish& publish) override {
    const NumberedMessage message{.qos = publish.qos, .number = number_from<unsigned>(publish.payload)};
    EXPECT_EQ(publish.topic, topic_of(message));
    reported[static_cast<std::size_t>(publish.qos)].push_back(message.number);
    if (publish.qos == QoS::at_most_once) return;
    untaken_.emplace_back(publish.packet_id, message);
    if (dice_.one_in(2)) take_one();
  }
  void on_published(Tag tag, ReasonCode reason) override {
    EXPECT_EQ(reason, ReasonCode::success);
    answered.push_back(tag);
  }
  void on_subscribed(Tag, std::span<const ReasonCode>) override {}
  void on_unsubscribed(Tag, std::span<const ReasonCode>) override {}
  void on_failed(const Failure& failure) override { ADD_FAILURE() << failure.text; }

  void take_one() {
    if (untaken_.empty()) return;
    const auto chosen = untaken_.begin() + dice_.below(static_cast<unsigned>(untaken_.size()));
    const auto [packet_id, message] = *chosen;
    untaken_.erase(chosen);
    taken[static_cast<std::size_t>(message.qos)].push_back(message.number);
    client->acknowledge(packet_id);
  }
  void link_lost() { untaken_.clear(); }
  bool is_idle() const { return untaken_.empty(); }

  Client* client = nullptr;
  std::array<std::vector<unsigned>, 3> reported;
  std::array<std::vector<unsigned>, 3> taken;
  std::vector<Tag> answered;

 private:
  Dice& dice_;
  std::vector<std::pair<std::uint16_t, NumberedMessage>> untaken_;
};

class Simulation {
 public:
  Simulation(unsigned seed, Course course) : dice_(seed), course_(course), client_(options(), application_) {
    application_.client = &client_;
  }

  void run() {
    // Without a cut, since the broker begins a new session at each CONNECT until the client has seen a CONNACK.
    link_up();
    while (client_.state() != Client::State::connected) carry();
    for (int step = 0; step < steps; ++step) {
      if (is_linked_ && dice_.one_in(60)) cut();
      do_anything();
    }
    is_settling_ = true;
    int left = steps_to_settle;
    while (!is_settled() && --left > 0) do_anything();
    ASSERT_GT(left, 0) << "something is left unfinished";
  }

  void check_what_the_broker_has() const {
    EXPECT_EQ(broker_.complaints(), std::vector<std::string>());
    for (const QoS qos : {QoS::at_most_once, QoS::at_least_once, QoS::exactly_once}) {
      const auto& accepted = broker_.accepted(qos);
      expect_order_of_first_arrivals(accepted);
      if (qos != QoS::at_least_once && !course_.sessions_get_lost) expect_no_repetition(accepted);
    }
    std::set<unsigned> accepted(broker_.accepted(QoS::at_least_once).begin(),
                                broker_.accepted(QoS::at_least_once).end());
    accepted.insert(broker_.accepted(QoS::exactly_once).begin(), broker_.accepted(QoS::exactly_once).end());
    std::vector<Tag> answered = application_.answered;
    std::ranges::sort(answered);
    EXPECT_EQ(answered, published_) << "each message is answered once";
    for (const Tag tag : answered) EXPECT_TRUE(accepted.contains(static_cast<unsigned>(tag))) << "message " << tag;
  }

  void check_what_the_application_has() const {
    for (const auto& reported : application_.reported) expect_order_of_first_arrivals(reported);
    expect_no_repetition(application_.reported[0]);
    expect_no_repetition(application_.taken[2]);
    if (course_.sessions_get_lost) return;
    for (const QoS qos : {QoS::at_least_once, QoS::exactly_once}) {
      const auto& taken = application_.taken[static_cast<std::size_t>(qos)];
      const std::set<unsigned> distinct(taken.begin(), taken.end());
      EXPECT_EQ(distinct, sent_[static_cast<std::size_t>(qos)]);
    }
  }

 private:
  static ClientOptions options() {
    ClientOptions options;
    options.client_id = "me";
    options.keep_alive = std::chrono::seconds(0);
    options.receive_maximum = 5;
    options.send_maximum = 5;
    options.send_maximum_3_1_1 = 7;
    options.topic_alias_maximum = 2;
    return options;
  }

  static void expect_no_repetition(const std::vector<unsigned>& numbers) {
    EXPECT_EQ(std::set<unsigned>(numbers.begin(), numbers.end()).size(), numbers.size());
  }

  static void expect_order_of_first_arrivals(const std::vector<unsigned>& numbers) {
    std::set<unsigned> seen;
    for (const unsigned number : numbers) {
      if (seen.contains(number)) continue;
      EXPECT_TRUE(seen.empty() || *seen.rbegin() < number) << number << " after " << *seen.rbegin();
      seen.insert(number);
    }
  }

  void do_anything() {
    if (!is_linked_) return link_up();
    switch (dice_.below(6)) {
      case 0:
        if (!is_settling_) publish();
        break;
      case 1:
        if (!is_settling_) send();
        break;
      case 2:
        application_.take_one();
        break;
      default:
        carry();
    }
  }

  void link_up() {
    if (course_.sessions_get_lost && dice_.one_in(3)) broker_.lose_session();
    broker_.link_up({.receive_maximum = static_cast<std::uint16_t>(1 + dice_.below(6)),
                     .topic_alias_maximum = static_cast<std::uint16_t>(dice_.below(4))});
    const bool use_3_1_1 = course_.versions_change && dice_.one_in(2);
    client_.open(now_, use_3_1_1 ? Version::v3_1_1 : Version::v5, std::exchange(is_first_, false));
    is_linked_ = true;
  }

  void cut() {
    client_.closed();
    broker_.link_lost();
    application_.link_lost();
    to_broker_.clear();
    to_client_.clear();
    received_.clear();
    is_linked_ = false;
  }

  void publish() {
    const std::string payload = std::to_string(++last_number_);
    Publish message;
    message.qos = static_cast<QoS>(dice_.below(3));
    message.topic = topic_of({.number = last_number_});
    message.payload = payload;
    const bool sent = client_.publish(message, last_number_).has_value();
    if (sent && message.qos != QoS::at_most_once) published_.push_back(last_number_);
  }

  void send() {
    const NumberedMessage message{.qos = static_cast<QoS>(dice_.below(3)), .number = ++last_number_};
    sent_[static_cast<std::size_t>(message.qos)].insert(message.number);
    broker_.send(message);
  }

  // A piece of any size, one way or the other.
  void carry() {
    std::string output;
    client_.take_output(output);
    to_broker_ += output;
    to_client_ += broker_.take_output();
    if (dice_.one_in(2)) return broker_.receive(take_piece(to_broker_));
    received_ += take_piece(to_client_);
    received_.erase(0, client_.receive(received_, now_));
  }

  std::string take_piece(std::string& bytes) {
    const std::size_t size = std::min<std::size_t>(dice_.below(100), bytes.size());
    std::string piece = bytes.substr(0, size);
    bytes.erase(0, size);
    return piece;
  }

  bool is_settled() const {
    return is_linked_ && client_.state() == Client::State::connected && !client_.has_output() && to_broker_.empty() &&
           to_client_.empty() && client_.in_flight() == 0 && broker_.is_idle() && application_.is_idle();
  }

  Dice dice_;
  Course course_;
  Application application_{dice_};
  Client client_;
  ModelBroker broker_;
  TimePoint now_;
  bool is_linked_ = false;
  bool is_first_ = true;
  bool is_settling_ = false;
  std::string to_broker_;
  std::string to_client_;
  std::string received_;
  unsigned last_number_ = 0;
  std::vector<Tag> published_;
  std::array<std::set<unsigned>, 3> sent_;
};

void run_all(Course course) {
  for (unsigned seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed, course);
    simulation.run();
    simulation.check_what_the_broker_has();
    simulation.check_what_the_application_has();
  }
}

// A server that talks nonsense ends the connection, once, and nothing else happens.
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

TEST(ClientSimulation, GarbageEndsTheConnectionOnceAtMost) {
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

TEST(ClientSimulation, KeptSessions) {
  run_all({});
}
TEST(ClientSimulation, KeptSessionsAndChangingVersions) {
  run_all({.versions_change = true});
}
TEST(ClientSimulation, LostSessions) {
  run_all({.sessions_get_lost = true, .versions_change = true});
}

}  // namespace
}  // namespace lobbyd::mqtt::test
