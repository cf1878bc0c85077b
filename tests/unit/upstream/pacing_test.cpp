// Brokers that limit what a connection publishes in a second: how publishers get by.

#include "tests/unit/upstream/broker_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::QoS;

constexpr QoS q0 = QoS::at_most_once;
constexpr QoS q1 = QoS::at_least_once;

class PacingTest : public BrokerScriptTest {
 protected:
  struct Came {
    std::string client_id;
    std::string payload;
    std::chrono::steady_clock::time_point when;
  };

  void script(FakeServer::Session& session, const mqtt::Packet& packet) override {
    if (const auto* const publish = std::get_if<mqtt::Publish>(&packet)) {
      came_.push_back({session.client_id(), std::string(publish->payload), std::chrono::steady_clock::now()});
    }
    BrokerScriptTest::script(session, packet);
  }

  // Publishes so many; `answered_` counts.
  void publish_many(PublisherId publisher, int count, QoS qos) {
    for (int number = 0; number < count; ++number) {
      broker_->publish(publisher, make_message("a", std::to_string(number), qos),
                       [this](Answer answer) { answered_ += answer ? 1 : 0; });
    }
  }

  std::vector<Came> came_;
  int answered_ = 0;
};

TEST_F(PacingTest, MoreThanAllowedWaitsAndKeepsItsOrder) {
  traits_.publish_rate = 50;
  connect();
  const auto publisher = broker_->open_publisher();
  publish_many(publisher, 50, q0);
  publish_many(publisher, 50, q1);
  ASSERT_TRUE(run_until([&] { return answered_ == 100; }));
  // 5 at once, 46 a second from then on.
  EXPECT_GE(came_.back().when - came_.front().when, 2000ms);
  ASSERT_EQ(came_.size(), 100U);
  for (std::size_t index = 0; index < 100; ++index) {
    EXPECT_EQ(came_[index].payload, std::to_string(index % 50));
  }
}

TEST_F(PacingTest, WithoutALimitNothingWaits) {
  connect();
  publish_many(broker_->open_publisher(), 5'000, q0);
  ASSERT_TRUE(run_until([&] { return came_.size() == 5'000; }));
  EXPECT_LT(came_.back().when - came_.front().when, 2s);
}

TEST_F(PacingTest, ThePoolGrowsWhileMessagesWaitForThePace) {
  traits_.publish_rate = 10;
  connect(ProtocolChoice::v5, 2);
  publish_many(broker_->open_publisher(), 40, q0);
  ASSERT_TRUE(run_until([&] { return server_.history_of("pub1").size() == 3; }, 5s));
  ASSERT_TRUE(run_until([&] {
    // It comes to the new connection as soon as that one stands, and passes the others by.
    const auto second = broker_->open_publisher();
    broker_->publish(second, make_message("b", "", q1), [](Answer) {});
    broker_->close_publisher(second);
    return came_.back().client_id == "test-pub1";
  }));
  EXPECT_LT(answered_, 40);
}

TEST_F(PacingTest, WhatIsSentAgainAfterALossCounts) {
  traits_.publish_rate = 10;
  answers_ = false;
  connect();
  publish_many(broker_->open_publisher(), 15, q1);
  ASSERT_TRUE(run_until([&] { return came_.size() == 10; }));
  run_until([&] { return came_.size() > 10; }, 300ms);
  EXPECT_EQ(came_.size(), 10U) << "no more is in flight than may be sent again in a second";
  came_.clear();
  answers_ = true;
  server_.close_all();
  ASSERT_TRUE(run_until([&] { return answered_ == 15; }));
  ASSERT_EQ(came_.size(), 15U);
  EXPECT_LT(came_[9].when - came_[0].when, 500ms);
  EXPECT_GE(came_[10].when - came_[0].when, 900ms);
}

}  // namespace
}  // namespace lobbyd::upstream
