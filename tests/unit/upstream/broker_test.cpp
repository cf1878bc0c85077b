// A broker against the real Mosquitto, with both versions of the protocol.

#include "service/upstream/broker.hpp"

#include "tests/unit/upstream/broker_recorder.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"
#include "tests/unit/upstream/mosquitto.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::QoS;
using mqtt::ReasonCode;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr QoS q0 = QoS::at_most_once;
constexpr QoS q1 = QoS::at_least_once;
constexpr QoS q2 = QoS::exactly_once;
constexpr LaneId own = LaneId::own;
constexpr LaneId subscriptions = LaneId::subscriptions;

using Answer = std::expected<ReasonCode, PublishFailure>;

class BrokerTest : public LoopTest, public ::testing::WithParamInterface<ProtocolChoice> {
 protected:
  BrokerOptions options() const {
    BrokerOptions options;
    options.endpoint = mosquitto_.endpoint();
    options.protocol = GetParam() == ProtocolChoice::v5 ? ProtocolChoice::automatic : GetParam();
    options.client_id_prefix = "lobbyd-test-";
    return options;
  }

  void start() { start(options()); }
  void start(const BrokerOptions& options) {
    broker_.emplace(loop_.get_executor(), options, seen_);
    broker_->start();
    ASSERT_TRUE(wait_for(BrokerState::connected)) << broker_->status().reason;
  }

  bool wait_for(BrokerState state) {
    return run_until([&] { return broker_->status().state == state; });
  }

  ReasonCode hold(LaneId lane, const std::string& filter, QoS qos, std::uint32_t id = 1) {
    std::optional<ReasonCode> granted;
    broker_->hold(lane, filter, qos, id, [&](ReasonCode reason) { granted = reason; });
    EXPECT_FALSE(granted) << "called from within";
    EXPECT_TRUE(run_until([&] { return granted.has_value(); }));
    return granted.value_or(ReasonCode::unspecified_error);
  }

  Answer publish(PublisherId publisher, Message message) {
    std::optional<Answer> answer;
    broker_->publish(publisher, std::move(message), [&](Answer given) { answer = given; });
    EXPECT_FALSE(answer) << "called from within";
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value_or(std::unexpected(PublishFailure::malformed));
  }

  void deliver(PublisherId publisher, Message message) {
    EXPECT_TRUE(publish(publisher, std::move(message)).has_value());
  }

  bool wait_for_messages(std::size_t count) {
    return run_until([&] { return seen_.messages.size() >= count; });
  }

  // All that came before on that lane has been reported when this returns.
  void pass_barrier(LaneId lane) {
    const std::string topic = "barrier/" + std::to_string(++barriers_);
    hold(lane, topic, q0, 99);
    deliver(broker_->open_publisher(), make_message(topic, "", q1));
    EXPECT_TRUE(run_until([&] { return seen_.count(topic) == 1; }));
    std::erase_if(seen_.messages, [](const auto& message) { return message.topic.starts_with("barrier/"); });
  }

  bool is_v5() const { return GetParam() == ProtocolChoice::v5; }

  // By default it drops what is beyond 1,000 messages waiting for one client.
  Mosquitto mosquitto_{loop_.get_executor(), "max_queued_messages 1000000\n"};
  BrokerRecorder seen_;
  std::optional<Broker> broker_;
  int barriers_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Versions, BrokerTest, ::testing::Values(ProtocolChoice::v5, ProtocolChoice::v3_1_1),
                         [](const auto& test) { return test.param == ProtocolChoice::v5 ? "V5" : "V3_1_1"; });

// Connecting --------------------------------------------------------------------------------------------------

TEST_P(BrokerTest, ConnectsAndTellsWhatTheBrokerCan) {
  broker_.emplace(loop_.get_executor(), options(), seen_);
  EXPECT_EQ(broker_->status().state, BrokerState::connecting);
  EXPECT_FALSE(broker_->capabilities());
  broker_->start();
  ASSERT_TRUE(wait_for(BrokerState::connected));
  EXPECT_EQ(broker_->status().reason, "");
  EXPECT_EQ(broker_->status().retry_in, std::nullopt);
  EXPECT_EQ(seen_.statuses.back().state, BrokerState::connected);
  EXPECT_THAT(seen_.ups, UnorderedElementsAre(Pair(own, false), Pair(subscriptions, false)));
  EXPECT_THAT(seen_.restored, UnorderedElementsAre(own, subscriptions));
  ASSERT_TRUE(broker_->capabilities());
  EXPECT_EQ(broker_->capabilities()->protocol, is_v5() ? mqtt::Version::v5 : mqtt::Version::v3_1_1);
  EXPECT_EQ(broker_->capabilities()->subscription_ids, is_v5());
  EXPECT_EQ(broker_->capabilities()->maximum_qos, q2);
}

TEST_P(BrokerTest, ForgetsWhatAnEarlierProcessLeftBehind) {
  start();
  hold(subscriptions, "left/#", q1);
  broker_.reset();  // without stop, as if killed
  start();
  EXPECT_THAT(seen_.ups, Not(Contains(Pair(subscriptions, true))));
  deliver(broker_->open_publisher(), make_message("left/a", "", q1));
  pass_barrier(subscriptions);
  EXPECT_THAT(seen_.messages, IsEmpty());
}

// Receiving ---------------------------------------------------------------------------------------------------

TEST_P(BrokerTest, HoldsAFilterUntilItIsReleased) {
  start();
  const auto publisher = broker_->open_publisher();
  EXPECT_EQ(hold(subscriptions, "a/+", q1, 7), ReasonCode::granted_qos_1);
  deliver(publisher, make_message("a/b", "payload", q1));
  ASSERT_TRUE(wait_for_messages(1));
  const auto& message = seen_.messages.front();
  EXPECT_EQ(message.lane, subscriptions);
  EXPECT_EQ(message.topic, "a/b");
  EXPECT_EQ(message.payload, "payload");
  EXPECT_EQ(message.qos, q1);
  EXPECT_FALSE(message.retain);
  EXPECT_EQ(message.subscription_ids, is_v5() ? std::vector{7U} : std::vector<std::uint32_t>{});

  broker_->release(subscriptions, "a/+");
  pass_barrier(subscriptions);
  seen_.messages.clear();
  deliver(publisher, make_message("a/c", "", q1));
  pass_barrier(subscriptions);
  EXPECT_THAT(seen_.messages, IsEmpty());
  EXPECT_EQ(seen_.empty_batches, 0);
  EXPECT_EQ(seen_.messages_since_batch_end, 0);
}

TEST_P(BrokerTest, RaisesTheQosOfAHeldFilter) {
  start();
  EXPECT_EQ(hold(subscriptions, "a", q0), ReasonCode::success);
  EXPECT_EQ(hold(subscriptions, "a", q2), ReasonCode::granted_qos_2);
  EXPECT_EQ(hold(subscriptions, "a", q0), ReasonCode::granted_qos_2);
  deliver(broker_->open_publisher(), make_message("a", "", q2));
  ASSERT_TRUE(wait_for_messages(1));
  EXPECT_EQ(seen_.messages.front().qos, q2);
}

TEST_P(BrokerTest, AcknowledgesWhatItReported) {
  start();
  hold(subscriptions, "a", q2);
  const auto publisher = broker_->open_publisher();
  // More than Mosquitto has in flight at a time: it goes on only when the first ones are acknowledged.
  constexpr int count = 200;
  for (int number = 0; number < count; ++number) {
    broker_->publish(publisher, make_message("a", std::to_string(number), number % 2 == 0 ? q1 : q2), [](auto) {});
  }
  ASSERT_TRUE(wait_for_messages(count));
  pass_barrier(subscriptions);
  EXPECT_EQ(seen_.messages.size(), std::size_t{count});
}

TEST_P(BrokerTest, ADefaultMosquittoLosesNoQos2) {
  Mosquitto plain(loop_.get_executor());
  auto to_plain = options();
  to_plain.endpoint = plain.endpoint();
  start(to_plain);
  hold(subscriptions, "a", q2);
  const auto publisher = broker_->open_publisher();
  constexpr int count = 200;
  for (int number = 0; number < count; ++number) {
    broker_->publish(publisher, make_message("a", std::to_string(number), number % 2 == 0 ? q1 : q2), [](auto) {});
  }
  EXPECT_TRUE(wait_for_messages(count));
}

TEST_P(BrokerTest, TakesAndGivesLargePackets) {
  start();
  hold(subscriptions, "large", q1);
  std::string payload(3'000'000, 'x');
  payload[1'500'000] = 'y';
  EXPECT_EQ(publish(broker_->open_publisher(), make_message("large", payload, q1)), ReasonCode::success);
  ASSERT_TRUE(wait_for_messages(1));
  EXPECT_TRUE(seen_.messages.front().payload == payload);
}

TEST_P(BrokerTest, ManyFiltersAreHeldAtOnce) {
  start();
  constexpr int count = 1500;
  int granted = 0;
  for (int number = 0; number < count; ++number) {
    broker_->hold(subscriptions, "many/" + std::to_string(number), q0, static_cast<std::uint32_t>(number + 1),
                  [&](ReasonCode reason) { granted += reason == ReasonCode::success ? 1 : 0; });
  }
  EXPECT_TRUE(run_until([&] { return granted == count; }));
}

TEST_P(BrokerTest, SubscribesOnceForRetainedMessages) {
  start();
  const auto publisher = broker_->open_publisher();
  deliver(publisher, make_message("state/a", "1", q1, true));
  deliver(publisher, make_message("state/b", "2", q1, true));
  hold(own, "sentinel", q0);
  std::optional<std::vector<ReasonCode>> granted;
  broker_->subscribe_once(own, {"state/#", "other"}, [&](auto reasons) { granted = reasons; });
  EXPECT_TRUE(broker_->publish_on(own, make_message("sentinel", "end")));
  ASSERT_TRUE(run_until([&] { return seen_.count("sentinel") == 1; }));
  EXPECT_THAT(granted.value(), ElementsAre(ReasonCode::success, ReasonCode::success));
  ASSERT_EQ(seen_.messages.size(), 3U);
  EXPECT_EQ(seen_.messages.back().topic, "sentinel") << "in the connection's order";
  for (const auto& message : {seen_.messages[0], seen_.messages[1]}) {
    EXPECT_EQ(message.lane, own);
    EXPECT_TRUE(message.retain);
  }
  broker_->unsubscribe_once(own, {"state/#", "other"});
  pass_barrier(own);
  seen_.messages.clear();
  deliver(publisher, make_message("state/a", "3", q1));
  pass_barrier(own);
  EXPECT_THAT(seen_.messages, IsEmpty());
}

TEST_P(BrokerTest, SubscribesOnceNotWithoutALink) {
  broker_.emplace(loop_.get_executor(), options(), seen_);
  std::optional<std::optional<std::vector<ReasonCode>>> answer;
  broker_->subscribe_once(own, {"a"}, [&](auto reasons) { answer = reasons; });
  EXPECT_FALSE(answer);
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  EXPECT_EQ(*answer, std::nullopt);
  EXPECT_FALSE(broker_->publish_on(own, make_message("a", "")));
}

TEST_P(BrokerTest, FurtherLanesAreConnectionsOfTheirOwn) {
  start();
  const LaneId lane = broker_->open_lane().value();
  EXPECT_EQ(hold(lane, "a", q1), ReasonCode::granted_qos_1);
  EXPECT_THAT(seen_.ups, Contains(Pair(lane, false)));
  EXPECT_EQ(broker_->status().state, BrokerState::connected);
  const auto publisher = broker_->open_publisher();
  deliver(publisher, make_message("a", "", q1));
  ASSERT_TRUE(wait_for_messages(1));
  EXPECT_EQ(seen_.messages.front().lane, lane);

  broker_->close_lane(lane);
  deliver(publisher, make_message("a", "", q1));
  pass_barrier(subscriptions);
  EXPECT_EQ(seen_.messages.size(), 1U);
  EXPECT_NE(broker_->open_lane(), lane);
  EXPECT_TRUE(run_until([&] { return seen_.ups.size() == 4; }));
}

// Sending -----------------------------------------------------------------------------------------------------

TEST_P(BrokerTest, APublishersOrderIsKept) {
  start();
  hold(subscriptions, "order/#", q2);
  constexpr int publishers = 3;
  constexpr int count = 5000;
  int answered = 0;
  std::vector<PublisherId> ids;
  for (int index = 0; index < publishers; ++index) {
    ids.push_back(broker_->open_publisher());
  }
  for (int number = 0; number < count; ++number) {
    const int index = number % publishers;
    auto message =
        make_message("order/" + std::to_string(index) + "/" + std::to_string(number % 7), std::to_string(number), q1);
    broker_->publish(ids[static_cast<std::size_t>(index)], std::move(message),
                     [&](Answer answer) { answered += answer == ReasonCode::success ? 1 : 0; });
  }
  EXPECT_EQ(answered, 0) << "called from within";
  ASSERT_TRUE(wait_for_messages(count));
  ASSERT_TRUE(run_until([&] { return answered == count; }));
  EXPECT_EQ(seen_.messages.size(), std::size_t{count});
  std::map<char, int> last;
  for (const auto& message : seen_.messages) {
    const char index = message.topic[6];
    const int number = std::stoi(message.payload);
    ASSERT_TRUE(!last.contains(index) || last[index] + publishers == number) << message.topic;
    last[index] = number;
  }
}

TEST_P(BrokerTest, AnswersEachQos) {
  start();
  const auto publisher = broker_->open_publisher();
  // With MQTT 5 Mosquitto tells that nobody listens, at QoS 1.
  const auto nobody = is_v5() ? ReasonCode::no_matching_subscribers : ReasonCode::success;
  EXPECT_EQ(publish(publisher, make_message("a", "", q0)), ReasonCode::success);
  EXPECT_EQ(publish(publisher, make_message("a", "", q1)), nobody);
  EXPECT_EQ(publish(publisher, make_message("a", "", q2)), ReasonCode::success);
  EXPECT_EQ(publish(publisher, make_message("a/#", "", q0)), std::unexpected(PublishFailure::malformed));
}

TEST_P(BrokerTest, MessagePropertiesTravelWithMqtt5) {
  start();
  hold(subscriptions, "a", q1);
  auto message = make_message("a", "payload", q1);
  message.content_type = "text/plain";
  message.user_properties = {{"k", "v"}};
  EXPECT_EQ(publish(broker_->open_publisher(), std::move(message)), ReasonCode::success);
  EXPECT_TRUE(wait_for_messages(1));
}

TEST_P(BrokerTest, AClosedPublishersMessagesAreStillSent) {
  start();
  hold(subscriptions, "a", q1);
  const auto publisher = broker_->open_publisher();
  int answered = 0;
  for (int number = 0; number < 100; ++number) {
    broker_->publish(publisher, make_message("a", "", q1), [&](Answer answer) { answered += answer ? 1 : 0; });
  }
  broker_->close_publisher(publisher);
  EXPECT_TRUE(wait_for_messages(100));
  EXPECT_TRUE(run_until([&] { return answered == 100; }));
  EXPECT_EQ(publish(publisher, make_message("a", "", q1)), std::unexpected(PublishFailure::unavailable));
}

TEST_P(BrokerTest, WithoutALinkQos0IsRefusedAndQos1Waits) {
  auto few = options();
  few.queue_messages = 3;
  few.pool_size = 1;
  broker_.emplace(loop_.get_executor(), few, seen_);
  const auto publisher = broker_->open_publisher();
  EXPECT_EQ(publish(publisher, make_message("a", "", q0)), std::unexpected(PublishFailure::unavailable));
  int answered = 0;
  for (int number = 0; number < 3; ++number) {
    broker_->publish(publisher, make_message("a", "", q1), [&](Answer answer) { answered += answer ? 1 : 0; });
  }
  EXPECT_EQ(publish(publisher, make_message("a", "", q1)), std::unexpected(PublishFailure::queue_full));
  EXPECT_EQ(answered, 0);
  broker_->start();
  EXPECT_TRUE(run_until([&] { return answered == 3; }));
}

TEST_P(BrokerTest, TellsWhenMuchWaitsOnAConnectionThatStands) {
  auto few = options();
  few.queue_messages = 32;
  few.pool_size = 1;
  few.pool_max = 1;
  broker_.emplace(loop_.get_executor(), few, seen_);
  const auto publisher = broker_->open_publisher();
  const auto other = broker_->open_publisher();
  int answered = 0;
  const auto publish_later = [&] {
    broker_->publish(publisher, make_message("a", "", q1), [&](Answer answer) { answered += answer ? 1 : 0; });
  };
  publish_later();
  publish_later();
  EXPECT_FALSE(broker_->crowded(publisher)) << "nobody waits for one that is away";
  broker_->start();
  ASSERT_TRUE(run_until([&] { return answered == 2; }));
  publish_later();
  EXPECT_FALSE(broker_->crowded(publisher));
  publish_later();
  EXPECT_TRUE(broker_->crowded(publisher));
  EXPECT_TRUE(broker_->crowded(other)) << "it shares the connection";
  ASSERT_TRUE(run_until([&] { return answered == 4; }));
  EXPECT_FALSE(broker_->crowded(publisher));
}

// Losing the link ---------------------------------------------------------------------------------------------

TEST_P(BrokerTest, ComesBackWhenTheBrokerWasKilled) {
  start();
  hold(subscriptions, "a/#", q1, 5);
  const auto publisher = broker_->open_publisher();
  seen_.ups.clear();
  seen_.restored.clear();
  mosquitto_.kill();
  ASSERT_TRUE(wait_for(BrokerState::connecting));
  EXPECT_NE(broker_->status().reason, "");
  EXPECT_NE(broker_->status().retry_in, std::nullopt);
  ASSERT_TRUE(run_until([&] { return seen_.downs.size() == 2; }));
  EXPECT_THAT(seen_.downs, UnorderedElementsAre(own, subscriptions));
  EXPECT_EQ(publish(publisher, make_message("a/0", "", q0)), std::unexpected(PublishFailure::unavailable));

  std::optional<ReasonCode> granted;
  broker_->hold(subscriptions, "b", q1, 6, [&](ReasonCode reason) { granted = reason; });
  mosquitto_.start();
  ASSERT_TRUE(wait_for(BrokerState::connected));
  EXPECT_THAT(seen_.ups, UnorderedElementsAre(Pair(own, false), Pair(subscriptions, false)));
  ASSERT_TRUE(run_until([&] { return granted.has_value(); }));
  EXPECT_EQ(granted, ReasonCode::granted_qos_1);
  EXPECT_TRUE(run_until([&] { return seen_.restored.size() == 2; }));
  EXPECT_THAT(seen_.restored, UnorderedElementsAre(own, subscriptions));
  deliver(publisher, make_message("a/1", "", q1));
  EXPECT_TRUE(run_until([&] { return seen_.count("a/1") == 1; }));
}

TEST_P(BrokerTest, AKeptSessionNeedsNothingAnew) {
  start();
  hold(subscriptions, "a/#", q1, 5);
  hold(subscriptions, "released", q1, 6);
  std::optional<std::vector<ReasonCode>> once;
  broker_->subscribe_once(own, {"once"}, [&](auto reasons) { once = reasons; });
  ASSERT_TRUE(run_until([&] { return once.has_value(); }));
  seen_.ups.clear();
  mosquitto_.stop();
  ASSERT_TRUE(run_until([&] { return seen_.downs.size() == 2; }));
  broker_->release(subscriptions, "released");
  mosquitto_.start();
  ASSERT_TRUE(wait_for(BrokerState::connected));
  EXPECT_THAT(seen_.ups, UnorderedElementsAre(Pair(own, false), Pair(subscriptions, true)));
  pass_barrier(own);
  pass_barrier(subscriptions);
  const auto publisher = broker_->open_publisher();
  deliver(publisher, make_message("a/1", "", q1));
  deliver(publisher, make_message("once", "", q1));
  deliver(publisher, make_message("released", "", q1));
  pass_barrier(own);
  pass_barrier(subscriptions);
  ASSERT_EQ(seen_.messages.size(), 1U) << "neither what was subscribed once nor what was released";
  EXPECT_EQ(seen_.messages.front().topic, "a/1");
}

TEST_P(BrokerTest, Qos1IsSentAfterTheLossInOrder) {
  start();
  hold(subscriptions, "a", q2);
  const auto publisher = broker_->open_publisher();
  constexpr int count = 3000;
  int next = 0;
  int answered = 0;
  const auto publish_some = [&](int until) {
    while (next < until) {
      broker_->publish(publisher, make_message("a", std::to_string(next++), q1),
                       [&](Answer answer) { answered += answer ? 1 : 0; });
    }
  };
  publish_some(1000);
  ASSERT_TRUE(run_until([&] { return answered > 100; }));
  mosquitto_.kill();
  publish_some(2000);
  ASSERT_TRUE(wait_for(BrokerState::connecting));
  ASSERT_TRUE(run_until([&] { return seen_.downs.size() == 2; }));
  publish_some(count);
  const std::size_t before = seen_.messages.size();
  mosquitto_.start();
  ASSERT_TRUE(run_until([&] { return answered == count; }));
  pass_barrier(subscriptions);
  // What the killed broker had taken but not passed on is lost; all else comes in order, and not before the filter is
  // restored.
  ASSERT_GT(seen_.messages.size(), before);
  const int first = std::stoi(seen_.messages[before].payload);
  ASSERT_LE(first, 1000);
  ASSERT_EQ(seen_.messages.size() - before, static_cast<std::size_t>(count - first));
  for (int number = first; number < count; ++number) {
    ASSERT_EQ(seen_.messages[before + static_cast<std::size_t>(number - first)].payload, std::to_string(number));
  }
}

// Stopping ----------------------------------------------------------------------------------------------------

TEST_P(BrokerTest, StopSendsWhatIsQueued) {
  start();
  const auto publisher = broker_->open_publisher();
  int answered = 0;
  for (int number = 0; number < 2000; ++number) {
    broker_->publish(publisher, make_message("a", "", q1), [&](Answer answer) { answered += answer ? 1 : 0; });
  }
  bool stopped = false;
  broker_->stop(20s, [&] { stopped = true; });
  EXPECT_FALSE(stopped) << "called from within";
  std::optional<Answer> late;
  broker_->publish(publisher, make_message("a", "", q1), [&](Answer answer) { late = answer; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_EQ(answered, 2000);
  EXPECT_EQ(late, std::unexpected(PublishFailure::unavailable));
  broker_.reset();
}

TEST_P(BrokerTest, StopGivesUpAtItsDeadline) {
  start();
  const auto publisher = broker_->open_publisher();
  mosquitto_.kill();
  ASSERT_TRUE(wait_for(BrokerState::connecting));
  std::optional<Answer> answer;
  broker_->publish(publisher, make_message("a", "", q1), [&](Answer given) { answer = given; });
  bool stopped = false;
  broker_->stop(50ms, [&] { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_EQ(answer, std::unexpected(PublishFailure::unavailable));
}

TEST_P(BrokerTest, StopsWithoutHavingStarted) {
  broker_.emplace(loop_.get_executor(), options(), seen_);
  bool stopped = false;
  broker_->stop(10s, [&] { stopped = true; });
  EXPECT_TRUE(run_until([&] { return stopped; }));
}

TEST_P(BrokerTest, MayBeDestroyedAtAnyTime) {
  for (int steps = 0; steps < 60; ++steps) {
    broker_.emplace(loop_.get_executor(), options(), seen_);
    broker_->start();
    const auto publisher = broker_->open_publisher();
    broker_->hold(subscriptions, "a", q1, 1, [](auto) {});
    broker_->publish(publisher, make_message("a", "", q1), [](auto) {});
    int left = steps;
    run_until([&] { return left-- == 0; });
    broker_.reset();
  }
  run_ready();
}

}  // namespace
}  // namespace lobbyd::upstream
