#include "config/broker_profile.hpp"

#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Broker broker(const std::string& lines, Environment environment = {}) {
  return loaded("[broker]\n" + lines, std::move(environment)).config.broker;
}

TEST(BrokerProfile, WithoutOneThereAreNoLimits) {
  const Broker plain = broker("");
  EXPECT_EQ(plain.profile, BrokerProfile::none);
  EXPECT_EQ(plain.max_filters_per_connection, 0U);
  EXPECT_EQ(plain.max_filters_per_subscribe, 0U);
  EXPECT_EQ(plain.max_publish_rate, 0U);
}

TEST(BrokerProfile, FillsInWhatIsNotSet) {
  const Broker aws = broker("profile = \"aws-iot\"\n");
  EXPECT_EQ(aws.max_filters_per_connection, 50U);
  EXPECT_EQ(aws.max_filters_per_subscribe, 8U);
  EXPECT_EQ(aws.max_publish_rate, 100U);
  EXPECT_EQ(aws.max_topic_levels, 8U);
  EXPECT_EQ(aws.max_topic_bytes, 256U);
}

TEST(BrokerProfile, WhatIsSetWinsWhereverItIsSet) {
  const Broker some =
      broker("max_filters_per_connection = 100\nprofile = \"aws-iot\"\n", {{"LOBBYD_BROKER_MAX_PUBLISH_RATE", "0"}});
  EXPECT_EQ(some.max_filters_per_connection, 100U);
  EXPECT_EQ(some.max_filters_per_subscribe, 8U);
  EXPECT_EQ(some.max_publish_rate, 0U) << "no limit is a wish, too";
}

TEST(BrokerProfile, TheEnvironmentChoosesOne) {
  EXPECT_EQ(broker("profile = \"emqx\"\n", {{"LOBBYD_BROKER_PROFILE", "aws-iot"}}).max_filters_per_subscribe, 8U);
}

TEST(BrokerProfile, EachBrokerHasItsOwn) {
  const Config config = loaded(R"(
[broker]
profile = "emqx"
[brokers.cloud]
url = "ssl://cloud"
profile = "aws-iot"
max_publish_rate = 20
[brokers.plain]
url = "tcp://plain"
)")
                            .config;
  EXPECT_EQ(config.broker.max_filters_per_subscribe, 0U);
  EXPECT_EQ(config.brokers.at("cloud").max_filters_per_subscribe, 8U);
  EXPECT_EQ(config.brokers.at("cloud").max_publish_rate, 20U);
  EXPECT_EQ(config.brokers.at("plain").max_filters_per_subscribe, 0U);
}

TEST(BrokerProfile, AnUnknownOneStopsTheStart) {
  EXPECT_THAT(
      problems("[broker]\nprofile = \"aws\"\n"),
      ElementsAre(HasSubstr(R"(must be "none", "mosquitto", "emqx", "hivemq", "rabbitmq", "aedes" or "aws-iot")")));
}

TEST(BrokerProfile, SomeTellWhatMqtt311CannotTell) {
  EXPECT_EQ(figures_of(BrokerProfile::aws_iot).maximum_qos, 1);
  EXPECT_EQ(figures_of(BrokerProfile::rabbitmq).maximum_qos, 1);
  EXPECT_FALSE(figures_of(BrokerProfile::rabbitmq).shared);
  EXPECT_FALSE(figures_of(BrokerProfile::rabbitmq).retained_wildcards);
  EXPECT_EQ(figures_of(BrokerProfile::emqx).maximum_packet_size, 1U << 20U);
  EXPECT_EQ(figures_of(BrokerProfile::hivemq).receive_maximum, 10);
  EXPECT_EQ(figures_of(BrokerProfile::mosquitto).maximum_qos, 2);
}

TEST(BrokerLimits, LeaveRoomForADaemon) {
  EXPECT_THAT(
      problems("[broker]\nmax_filters_per_connection = 2\n"),
      ElementsAre(HasSubstr("lobbyd.toml:2: broker.max_filters_per_connection: must be 0 (no limit) or at least 3, "
                            "not 2")));
  EXPECT_THAT(problems("[broker]\nmax_topic_levels = 7\n"), ElementsAre(HasSubstr("at least 8")));
  EXPECT_THAT(problems("[broker]\nmax_topic_bytes = 159\n"), ElementsAre(HasSubstr("at least 160")));
  EXPECT_THAT(problems("[broker]\nmax_filters_per_subscribe = 1\n"), ElementsAre(HasSubstr("at least 2")));
  EXPECT_THAT(problems("[broker]\nmax_publish_rate = 1\n"), ElementsAre(HasSubstr("at least 2")));
  EXPECT_THAT(problems("[brokers.b]\nurl = \"tcp://b\"\nmax_publish_rate = 1\n"),
              ElementsAre(HasSubstr("lobbyd.toml:3: brokers.b.max_publish_rate: must be 0 (no limit) or at least 2")));
  EXPECT_EQ(broker("max_filters_per_connection = 3\nmax_filters_per_subscribe = 2\nmax_publish_rate = 2\n")
                .max_filters_per_connection,
            3U);
}

}  // namespace
}  // namespace lobbyd::config::testing
