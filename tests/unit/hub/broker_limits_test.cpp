// What a broker tells of its limits when it takes a connection, up to the clients' answers.

#include "tests/unit/hub/hub_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace lobbyd::hub {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

class BrokerLimitsTest : public HubScene {
 protected:
  // The only client's request has been answered; what it saw since the last one.
  std::vector<std::string> answer(Player& player) {
    EXPECT_TRUE(run_until([&] { return !player.seen.empty(); }));
    return std::exchange(player.seen, {});
  }
};

TEST_F(BrokerLimitsTest, APublishAboveTheHighestQosIsRefused) {
  connack_.maximum_qos = mqtt::QoS::at_least_once;
  connect();
  const auto it = player("it");
  publish(*it, "a", "", 2);
  EXPECT_THAT(answer(*it), ElementsAre("error broker_refused 155"));
  publish(*it, "a", "", 1);
  EXPECT_THAT(answer(*it), ElementsAre("published"));
}

TEST_F(BrokerLimitsTest, SoItIsWithMqtt311WhereTheBrokerIsKnownForIt) {
  protocol_ = upstream::ProtocolChoice::v3_1_1;
  broker_options_.traits.limits_3_1_1 = {
      .maximum_qos = mqtt::QoS::at_least_once, .shared = false, .maximum_packet_size = 100};
  connect();
  const auto it = player("it");
  publish(*it, "a", "", 2);
  EXPECT_THAT(answer(*it), ElementsAre("error broker_refused 155"));
  publish(*it, "a", std::string(100, 'x'), 0);
  EXPECT_THAT(answer(*it), ElementsAre("error too_large"));
  subscribe(*it, {"$share/group/a"});
  EXPECT_THAT(answer(*it), ElementsAre("error broker_refused 158"));
}

TEST_F(BrokerLimitsTest, AWillIsLoweredToTheHighestQos) {
  connack_.maximum_qos = mqtt::QoS::at_most_once;
  connect();
  Player lost;
  api::WillParams will;
  will.topic = "will";
  will.qos = 2;
  hub_->detach(hub_->attach("lost", "lost", lost, will), Departure::lost);
  ASSERT_TRUE(run_until([&] { return !published_.empty(); }));
  EXPECT_THAT(published_, ElementsAre(Pair("will", mqtt::QoS::at_most_once)));
}

TEST_F(BrokerLimitsTest, WithQos0AloneReadsAreExact) {
  connack_.maximum_qos = mqtt::QoS::at_most_once;
  connect();
  EXPECT_EQ(echo_qos_, mqtt::QoS::at_most_once);
  const auto it = player("it");
  subscribe(*it, {"a"});
  ASSERT_TRUE(wait_for_read());
  answer_read();
  EXPECT_THAT(answer(*it), ElementsAre("granted exact"));
}

TEST_F(BrokerLimitsTest, WithoutRetainedMessagesThereAreExactlyNone) {
  connack_.retain_available = false;
  connect({}, false);
  const auto it = player("it");
  subscribe(*it, {"a"});
  EXPECT_THAT(answer(*it), ElementsAre("granted exact"));
  read_retained(*it, "a");
  EXPECT_THAT(answer(*it), ElementsAre("error broker_refused 154"));
  publish(*it, "a", "", 1, true);
  EXPECT_THAT(answer(*it), ElementsAre("error broker_refused 154"));
  publish(*it, "a", "", 1);
  EXPECT_THAT(answer(*it), ElementsAre("published"));
}

TEST_F(BrokerLimitsTest, WithoutWildcardsSuchFiltersAreRefused) {
  connack_.wildcard_available = false;
  connect();
  const auto it = player("it");
  subscribe(*it, {"a/#"});
  EXPECT_THAT(answer(*it), ElementsAre("error broker_refused 162"));
  read_retained(*it, "+");
  EXPECT_THAT(answer(*it), ElementsAre("error broker_refused 162"));
  subscribe(*it, {"a"});
  ASSERT_TRUE(wait_for_read());
  answer_read();
  EXPECT_THAT(answer(*it), ElementsAre("granted exact"));
}

TEST_F(BrokerLimitsTest, WithoutSharedSubscriptionsSuchFiltersAreRefused) {
  connack_.shared_available = false;
  connect();
  const auto it = player("it");
  subscribe(*it, {"$share/group/a"});
  EXPECT_THAT(answer(*it), ElementsAre("error broker_refused 158"));
}

TEST_F(BrokerLimitsTest, WhatIsLargerThanTheBrokerTakesIsTooLarge) {
  connack_.maximum_packet_size = 200;
  connect();
  const auto it = player("it");
  publish(*it, "a", std::string(200, 'x'), 1);
  EXPECT_THAT(answer(*it), ElementsAre("error too_large"));
  publish(*it, "a", std::string(100, 'x'), 1);
  EXPECT_THAT(answer(*it), ElementsAre("published"));
}

TEST_F(BrokerLimitsTest, OneMessageAtATimeWhereTheBrokerTakesNoMore) {
  connack_.receive_maximum = 1;
  connect();
  const auto it = player("it");
  for (int number = 0; number < 20; ++number) {
    publish(*it, "a" + std::to_string(number), "", 1);
  }
  ASSERT_TRUE(run_until([&] { return it->seen.size() == 20; }));
  EXPECT_THAT(it->seen, testing::Each("published"));
  EXPECT_EQ(published_.back().first, "a19");
}

TEST_F(BrokerLimitsTest, LiveMessagesOfEachConnectionComeBeforeTheCopiesThatTheyOutdate) {
  broker_options_.traits.filters.per_connection = 3;
  connect();
  const auto it = player("it");
  for (const char* filter : {"a", "b", "c"}) {
    subscribe(*it, {filter});
    ASSERT_TRUE(wait_for_read());
    if (std::string_view(filter) != "c") {
      answer_read();
      EXPECT_THAT(answer(*it), ElementsAre("granted exact"));
    }
  }
  ASSERT_TRUE(sessions_.contains("lane1")) << "the third filter has a connection of its own";
  grant();
  bring("c", "old");
  bring_mark();
  const std::string nonce = std::exchange(echo_, {});
  send("own", echo_topic_, nonce, false);
  send("sub", echo_topic_, nonce, false);
  send("lane1", "c", "new", true);
  send("lane1", echo_topic_, nonce, false);
  ASSERT_TRUE(saw(*it, "granted exact"));
  EXPECT_THAT(it->seen, ElementsAre("c=new", "granted exact"));
}

}  // namespace
}  // namespace lobbyd::hub
