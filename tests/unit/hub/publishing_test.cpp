// The hub's publishes and wills against a scripted broker.

#include "service/hub/hub.hpp"
#include "tests/unit/upstream/fake_server.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using upstream::FakeServer;

class NoReceiver final : public Receiver {
 public:
  void deliver(const Delivery&) override {}
  void on_broker_status(const upstream::BrokerStatus&) override {}
  void notify(const Notice& /*notice*/) override {}
  void on_displaced(bool) override {}
  void on_wills_published() override {}
};

class PublishingTest : public upstream::LoopTest {
 protected:
  // Answers as a broker does, but holds back what the test wants it to.
  void script(FakeServer::Session& session, const mqtt::Packet& packet) {
    if (std::holds_alternative<mqtt::Connect>(packet)) {
      session.accept();
    } else if (std::holds_alternative<mqtt::Disconnect>(packet)) {
      session.close();
    } else if (const auto* const subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
      if (grants_) {
        suback(session, subscribe->packet_id, subscribe->subscriptions.size());
      } else {
        held_ = [&session, id = subscribe->packet_id] { suback(session, id, 1); };
      }
    } else if (const auto* const publish = std::get_if<mqtt::Publish>(&packet)) {
      on_publish(session, *publish);
    }
  }
  static void suback(FakeServer::Session& session, std::uint16_t packet_id, std::size_t filters) {
    const std::vector<mqtt::ReasonCode> reasons(filters, mqtt::ReasonCode::success);
    mqtt::Suback suback;
    suback.packet_id = packet_id;
    suback.reasons = reasons;
    session.send(suback);
  }
  void on_publish(FakeServer::Session& session, const mqtt::Publish& publish) {
    if (session.client_id().contains("pub")) {
      published_.emplace_back(publish.topic);
    }
    if (publish.topic == "slow") {
      held_ = [&session, id = publish.packet_id] { puback(session, id); };
    } else if (publish.qos == mqtt::QoS::at_least_once) {
      puback(session, publish.packet_id);
    }
  }
  static void puback(FakeServer::Session& session, std::uint16_t packet_id) {
    mqtt::Puback puback;
    puback.packet_id = packet_id;
    session.send(puback);
  }

  void make(Options options = {}) {
    options.instance = "test";
    upstream::BrokerOptions broker;
    broker.endpoint = server_.endpoint();
    broker.client_id_prefix = "test-";
    broker.pool_size = 1;
    broker.pool_max = 1;
    hub_.emplace(loop_.get_executor(), options, broker);
  }
  void start() {
    hub_->start();
    ASSERT_TRUE(run_until([&] { return hub_->broker_status().state == upstream::BrokerState::connected; }));
  }
  Client& attach(const std::string& client_id, std::optional<api::WillParams> will = {},
                 std::chrono::seconds longest_delay = std::chrono::hours(1)) {
    return hub_->attach(client_id, "user", receiver_, std::move(will), longest_delay);
  }
  static api::WillParams will(std::string topic, std::chrono::seconds delay = 0s) {
    api::WillParams will;
    will.topic = std::move(topic);
    will.qos = 1;
    will.delay = delay;
    return will;
  }

  template <class Result>
  Answer<Result> note(const std::string& name) {
    return [this, name](const auto& result) {
      answers_.push_back(name + (result ? "" : " " + std::string(api::word(result.error().reason))));
    };
  }
  void publish(Client& client, const std::string& topic, std::optional<std::string> key = {}, std::size_t size = 0) {
    api::PublishParams params;
    params.topic = topic;
    params.qos = 1;
    params.key = std::move(key);
    params.payload.assign(size, 'x');
    hub_->publish(client, std::move(params), note<api::PublishResult>(topic));
  }
  // The broker's answer is held back.
  void subscribe(Client& client) {
    grants_ = false;
    api::SubscribeParams params;
    params.filters = {"unanswered"};
    params.retained = false;
    hub_->subscribe(client, std::move(params), note<api::SubscribeResult>("subscribe"));
  }
  bool wait_for_answers(std::size_t count) {
    return run_until([&] { return answers_.size() >= count; });
  }

  bool grants_ = true;
  std::vector<std::string> published_;  // by clients
  std::vector<std::string> answers_;
  std::function<void()> held_;
  NoReceiver receiver_;
  FakeServer server_{loop_, [this](auto& session, const auto& packet) { script(session, packet); }};
  std::optional<Hub> hub_;
};

TEST_F(PublishingTest, AnAskedForWillIsAnsweredWhenTheBrokerHasTakenIt) {
  make();
  start();
  hub_->detach(attach("a", will("gone")), Departure::disconnected_with_will, note<std::monostate>("disconnect"));
  EXPECT_THAT(answers_, IsEmpty());
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_THAT(answers_, ElementsAre("disconnect"));
  EXPECT_THAT(published_, ElementsAre("gone"));
}

TEST_F(PublishingTest, AnAskedForWillHasADeadlineAndIsPublishedAllTheSame) {
  Options options;
  options.request_timeout = 50ms;
  make(options);
  hub_->detach(attach("a", will("gone")), Departure::disconnected_with_will, note<std::monostate>("disconnect"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_THAT(answers_, ElementsAre("disconnect timeout"));
  start();
  ASSERT_TRUE(run_until([&] { return !published_.empty(); }));
  EXPECT_THAT(published_, ElementsAre("gone"));
}

TEST_F(PublishingTest, WithoutAWillThereIsNothingToWaitFor) {
  make();
  hub_->detach(attach("a"), Departure::disconnected_with_will, note<std::monostate>("no will"));
  hub_->detach(attach("b", will("gone")), Departure::disconnected, note<std::monostate>("not asked for"));
  EXPECT_THAT(answers_, ElementsAre("no will", "not asked for"));
}

TEST_F(PublishingTest, ARetryIsAnsweredInItsTurn) {
  make();
  start();
  Client& client = attach("a");
  publish(client, "keyed", "key");
  ASSERT_TRUE(wait_for_answers(1));
  publish(client, "slow");
  publish(client, "keyed", "key");
  ASSERT_TRUE(run_until([&] { return held_ != nullptr; }));
  EXPECT_THAT(answers_, ElementsAre("keyed"));
  held_();
  ASSERT_TRUE(wait_for_answers(3));
  EXPECT_THAT(answers_, ElementsAre("keyed", "slow", "keyed"));
  EXPECT_THAT(published_, ElementsAre("keyed", "slow")) << "and not sent again";
}

TEST_F(PublishingTest, ARetryWaitsForSubscribes) {
  make();
  start();
  Client& client = attach("a");
  publish(client, "keyed", "key");
  ASSERT_TRUE(wait_for_answers(1));
  subscribe(client);
  publish(client, "keyed", "key");
  ASSERT_TRUE(run_until([&] { return held_ != nullptr; }));
  EXPECT_THAT(answers_, ElementsAre("keyed"));
  held_();
  ASSERT_TRUE(wait_for_answers(3));
  EXPECT_THAT(answers_, ElementsAre("keyed", "subscribe", "keyed"));
}

TEST_F(PublishingTest, ARetryByAnotherConnectionGetsTheSameAnswer) {
  make();
  start();
  Client& first = attach("a");
  Client& second = attach("b");
  publish(first, "slow", "key");
  publish(second, "slow", "key");
  publish(second, "next");
  ASSERT_TRUE(run_until([&] { return published_.size() == 2; }));
  EXPECT_THAT(answers_, IsEmpty());
  held_();
  ASSERT_TRUE(wait_for_answers(3));
  EXPECT_THAT(published_, ElementsAre("slow", "next"));
  EXPECT_THAT(answers_, ElementsAre("slow", "next", "slow"));
}

TEST_F(PublishingTest, WhatWaitsForSubscribesIsBounded) {
  Options options;
  options.waiting_bytes = 10'000;
  options.client_waiting_bytes = 4'000;
  make(options);
  start();
  Client& greedy = attach("greedy");
  Client& modest = attach("modest");
  subscribe(greedy);
  for (int number = 0; number < 10; ++number) {
    publish(greedy, std::to_string(number), {}, 1'000);
  }
  subscribe(modest);
  publish(modest, "modest", {}, 1'000);
  hub_->detach(modest, Departure::disconnected);
  hub_->detach(greedy, Departure::disconnected);
  ASSERT_TRUE(run_until([&] { return published_.size() >= 4; }));
  EXPECT_THAT(published_, ElementsAre("modest", "0", "1", "2"));
}

TEST_F(PublishingTest, WhatFindsNoRoomIsRefusedInItsTurn) {
  Options options;
  options.client_waiting_bytes = 2'000;
  make(options);
  start();
  Client& client = attach("a");
  subscribe(client);
  publish(client, "first", {}, 1'000);
  publish(client, "second", "key", 1'000);
  ASSERT_TRUE(run_until([&] { return held_ != nullptr; }));
  EXPECT_THAT(answers_, IsEmpty());
  held_();
  ASSERT_TRUE(wait_for_answers(3));
  EXPECT_THAT(answers_, ElementsAre("subscribe", "first", "second broker_unavailable"));
  publish(client, "third", "key", 1'000);
  ASSERT_TRUE(wait_for_answers(4));
  EXPECT_THAT(published_, ElementsAre("first", "third")) << "there is room again, and a retry is sent";
}

TEST_F(PublishingTest, WhoIsBackPublishesBehindTheWillOfBefore) {
  make();
  start();
  hub_->detach(attach("a", will("slow")), Departure::lost);
  Client& back = attach("a");
  publish(back, "back");
  publish(attach("b"), "other");
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_THAT(published_, UnorderedElementsAre("slow", "other"));
  held_();
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_THAT(answers_, ElementsAre("other", "back"));
}

TEST_F(PublishingTest, WhoIsBackAndGoesAgainLeavesItsOwnWillBehindThatOfBefore) {
  make();
  start();
  hub_->detach(attach("a", will("slow")), Departure::lost);
  Client& back = attach("a", will("second will"));
  publish(back, "back");
  hub_->detach(back, Departure::lost);
  publish(attach("b"), "other");
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_THAT(published_, UnorderedElementsAre("slow", "other"));
  held_();
  ASSERT_TRUE(run_until([&] { return published_.size() == 4; }));
  EXPECT_EQ(std::vector(published_.begin() + 2, published_.end()), (std::vector<std::string>{"back", "second will"}));
}

TEST_F(PublishingTest, AWillThatCouldNotLeaveBeforeItsClientWasBackIsSilent) {
  make();
  start();
  hub_->detach(attach("a", will("slow")), Departure::lost);
  Client& back = attach("a", will("second will"));
  publish(back, "back");
  hub_->detach(back, Departure::lost);
  Client& third = attach("a");
  publish(third, "back again");
  hub_->detach(third, Departure::disconnected);
  publish(attach("b"), "other");
  ASSERT_TRUE(wait_for_answers(1));
  held_();
  bool stopped = false;
  hub_->stop(10s, [&] { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_EQ(std::vector(published_.begin() + 2, published_.end()), (std::vector<std::string>{"back", "back again"}));
}

TEST_F(PublishingTest, AReturnWithinTheDelayCancelsTheWillAndLosesNoPublish) {
  make();
  start();
  Client& first = attach("a", will("gone", 1h));
  publish(first, "slow");
  hub_->detach(first, Departure::lost);
  publish(attach("a"), "back");
  ASSERT_TRUE(wait_for_answers(1));
  held_();
  bool stopped = false;
  hub_->stop(10s, [&] { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_THAT(published_, UnorderedElementsAre("slow", "back"));
}

// Its session is kept.
TEST_F(PublishingTest, AClientThatIsLostAndStaysLeavesItsWillEachTimeAndGoesOn) {
  make();
  start();
  Client& client = attach("a", will("gone"));
  publish(client, "before");
  for (std::size_t round = 1; round <= 2; ++round) {
    hub_->lose(client);
    ASSERT_TRUE(run_until([&] { return std::ranges::count(published_, "gone") == static_cast<int>(round); }));
    hub_->regain(client, {}, 1h);
    publish(client, "back");
    ASSERT_TRUE(wait_for_answers(1 + round));
  }
  hub_->lose(client);
  hub_->detach(client, Departure::lost);
  publish(attach("b"), "other");
  ASSERT_TRUE(wait_for_answers(4));
  ASSERT_TRUE(run_until([&] { return std::ranges::count(published_, "gone") == 3; }));
  EXPECT_EQ(std::vector(published_.begin(), published_.begin() + 5),
            (std::vector<std::string>{"before", "gone", "back", "gone", "back"}));
}

TEST_F(PublishingTest, TheWillOfALostClientWaitsForItsSessionAtMostAndEndsWithItsReturn) {
  make();
  start();
  hub_->lose(attach("a", will("session over", 1h), 0s));
  ASSERT_TRUE(run_until([&] { return !published_.empty() && !hub_->has_delayed_wills(); }));
  Client& resumed = attach("b", will("resumed", 1h));
  hub_->lose(resumed);
  EXPECT_TRUE(hub_->has_delayed_wills());
  hub_->regain(resumed, {}, 1h);
  EXPECT_FALSE(hub_->has_delayed_wills());
  hub_->detach(resumed, Departure::disconnected);
  // It has come back on another broker.
  Client& elsewhere = attach("c", will("elsewhere", 1h));
  hub_->lose(elsewhere);
  hub_->detach(elsewhere, Departure::taken_over);
  EXPECT_FALSE(hub_->has_delayed_wills());
  Client& replaced = attach("d", will("replaced", 1h));
  hub_->lose(replaced);
  hub_->regain(replaced, will("new"), 1h);
  hub_->lose(replaced);
  ASSERT_TRUE(run_until([&] { return published_.size() == 2; }));
  Client& ended = attach("e", will("daemon's end", 1h));
  hub_->lose(ended);
  hub_->detach(ended, Departure::lost);
  EXPECT_TRUE(hub_->has_delayed_wills());
  bool stopped = false;
  hub_->stop(10s, [&] { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_THAT(published_, ElementsAre("session over", "new", "daemon's end"));
}

TEST_F(PublishingTest, StoppingWaitsForWillsBehindUnansweredPublishes) {
  make();
  start();
  publish(attach("a", will("gone")), "slow");
  publish(attach("b", will("later", 1h)), "quick");
  ASSERT_TRUE(run_until([&] { return held_ != nullptr; }));
  bool stopped = false;
  hub_->stop(10s, [&] { stopped = true; });
  ASSERT_TRUE(run_until([&] { return std::ranges::count(published_, "later") == 1; }));
  EXPECT_FALSE(stopped);
  held_();
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_EQ(published_.back(), "gone");
}

TEST_F(PublishingTest, StoppingGivesUpAtItsDeadline) {
  make();
  start();
  publish(attach("a", will("gone")), "slow");
  ASSERT_TRUE(run_until([&] { return held_ != nullptr; }));
  bool stopped = false;
  hub_->stop(50ms, [&] { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
}

}  // namespace
}  // namespace lobbyd::hub
