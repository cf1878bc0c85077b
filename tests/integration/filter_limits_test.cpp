// A broker that lets a connection hold few filters: the daemon spreads them, and its clients see nothing of it but the
// order across filters (docs/brokers.md).

#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class FilterLimitsTest : public testing::TestWithParam<Upstream> {
 protected:
  FilterLimitsTest() {
    wait_broker_connected(daemon_);
    it_.connect();
    observer_.subscribe("$SYS/broker/clients/connected");
  }

  static std::string config() {
    return broker_section(GetParam()) + "max_filters_per_connection = 3\nmax_filters_per_subscribe = 2\n";
  }

  // Own, subscriptions, two that publish, the observer; and so many more. Each has lobbyd's echo, and one a filter of
  // the services.
  void wait_further_connections(int count) {
    // They are closed when nothing was wanted of them for five to ten seconds.
    observer_.wait_message([&](const MqttMessage& message) { return message.payload == std::to_string(5 + count); },
                           deadline_in(std::chrono::seconds(30)));
  }

  static std::vector<std::string> topics(int count) {
    std::vector<std::string> topics;
    for (int number = 0; number < count; ++number) {
      topics.push_back("t/" + std::to_string(number));
    }
    return topics;
  }

  void publish_to_all(const std::vector<std::string>& topics, const std::string& payload, bool retain = false) {
    for (const std::string& topic : topics) {
      observer_.publish(topic, payload, 1, retain);
    }
  }

  Mosquitto broker_{{.extra_config = "sys_interval 1\n"}};
  Daemon daemon_{{.broker_url = broker_.url(), .config = config()}};
  RpcClient it_{daemon_.listen()};
  MqttClient observer_{broker_.endpoint()};
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(FilterLimitsTest);

// The messages of several rounds, each of which brought every topic once: those of one topic came in their order.
void expect_each_once(const std::vector<Json>& messages, const std::vector<std::string>& topics,
                      const std::vector<std::string>& payloads) {
  EXPECT_EQ(messages.size(), topics.size() * payloads.size());
  for (const std::string& topic : topics) {
    std::vector<std::string> came;
    for (const Json& message : messages) {
      if (message.at("topic") == topic) {
        came.push_back(message.at("payload"));
      }
    }
    EXPECT_EQ(came, payloads) << topic;
  }
}

TEST_P(FilterLimitsTest, TenFiltersOnSeveralConnectionsBringEachMessageOnce) {
  const auto all = topics(10);
  publish_to_all(all, "retained", true);
  const auto answer = it_.call("subscribe", {{"topics", all}, {"qos", 1}});
  EXPECT_EQ(answer.at("retained"), Json({{"count", 10}, {"complete", "exact"}}));
  expect_each_once(it_.next_messages(10), all, {"retained"});
  wait_further_connections(5);
  publish_to_all(all, "first");
  publish_to_all(all, "second");
  expect_each_once(it_.next_messages(20), all, {"first", "second"});
  // A second copy of any message would have come before this one, on the same connection.
  publish_to_all(all, "third");
  expect_each_once(it_.next_messages(10), all, {"third"});
}

TEST_P(FilterLimitsTest, OverlappingFiltersBringEachMessageOnceWhereverTheyAreHeld) {
  const auto all = topics(8);
  for (const std::string& topic : all) {
    it_.call("subscribe", {{"topic", topic}, {"qos", 1}, {"retained", false}});
  }
  it_.call("subscribe", {{"topics", {"t/#", "+/1", "+/7"}}, {"qos", 1}, {"retained", false}});
  publish_to_all(all, "first");
  publish_to_all(all, "second");
  publish_to_all({"t/other"}, "last");
  auto messages = it_.next_messages(17);
  std::erase_if(messages, [](const Json& message) { return message.at("topic") == "t/other"; });
  expect_each_once(messages, all, {"first", "second"});
  publish_to_all(all, "third");
  expect_each_once(it_.next_messages(8), all, {"third"});
}

TEST_P(FilterLimitsTest, ConnectionsThatAreNotNeededAnyMoreAreClosed) {
  const auto all = topics(10);
  it_.call("subscribe", {{"topics", all}});
  wait_further_connections(5);
  it_.call("unsubscribe", {{"topics", topics(9)}});
  wait_further_connections(1);
  publish_to_all(all, "still");
  EXPECT_EQ(it_.next_message().at("topic"), "t/9");
}

TEST_P(FilterLimitsTest, FiltersAreHeldAgainAfterTheBrokersReturn) {
  const auto all = topics(10);
  it_.call("subscribe", {{"topics", all}, {"qos", 1}});
  broker_.stop();
  broker_.start();
  wait_broker_connected(daemon_);
  MqttClient publisher(broker_.endpoint());
  for (const std::string& topic : all) {
    publisher.publish(topic, "back", 1);
  }
  expect_each_once(it_.next_messages(10), all, {"back"});
}

TEST_P(FilterLimitsTest, RetainedMessagesOfMoreFiltersThanASubscribeHoldsAreRead) {
  const auto all = topics(10);
  publish_to_all(all, "kept", true);
  const auto page = it_.call("retained.get", {{"topic", "t/#"}});
  EXPECT_EQ(page.at("messages").size(), 10U);
  EXPECT_EQ(page.at("complete"), "exact");
}

}  // namespace
}  // namespace lobbyd::integration
