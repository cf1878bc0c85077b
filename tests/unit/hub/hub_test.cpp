// The hub against a scripted broker.

#include "service/hub/hub.hpp"

#include "tests/unit/upstream/fake_server.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using mqtt::ReasonCode;
using mqtt::Version;
using testing::ElementsAre;
using upstream::FakeServer;

class Inbox final : public Receiver {
 public:
  void deliver(const Delivery& delivery) override { topics.emplace_back(delivery.message->topic()); }
  void on_broker_status(const upstream::BrokerStatus&) override {}
  void notify(const Notice& /*notice*/) override {}
  void on_displaced(bool) override {}
  void on_wills_published() override {}

  std::vector<std::string> topics;
};

class HubTest : public upstream::LoopTest {
 protected:
  void script(FakeServer::Session& session, const mqtt::Packet& packet) {
    if (std::holds_alternative<mqtt::Connect>(packet)) {
      sessions_[session.client_id()] = &session;
      const bool taken = session.version() == Version::v3_1_1 || speaks_5_(session.client_id());
      taken ? session.accept() : session.refuse(ReasonCode::unsupported_protocol_version);
    } else if (std::holds_alternative<mqtt::Disconnect>(packet)) {
      session.close();
    } else if (const auto* const subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
      const std::vector<ReasonCode> reasons(subscribe->subscriptions.size(), ReasonCode::success);
      mqtt::Suback suback;
      suback.packet_id = subscribe->packet_id;
      suback.reasons = reasons;
      session.send(suback);
      for (const auto& subscription : subscribe->subscriptions) {
        held_.emplace(subscription.filter);
      }
    } else if (const auto* const unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet)) {
      const std::vector<ReasonCode> reasons(unsubscribe->filters.size(), ReasonCode::success);
      mqtt::Unsuback unsuback;
      unsuback.packet_id = unsubscribe->packet_id;
      unsuback.reasons = reasons;
      session.send(unsuback);
      for (const auto& filter : unsubscribe->filters) {
        held_.erase(std::string(filter));
      }
    }
  }

  void start() {
    upstream::BrokerOptions broker;
    broker.endpoint = server_.endpoint();
    broker.client_id_prefix = "test-";
    broker.pool_size = 1;
    hub_.emplace(loop_.get_executor(), Options{.instance = "test", .narrow_after = 20ms}, broker);
    hub_->start();
    ASSERT_TRUE(run_until([&] { return hub_->broker_status().state == upstream::BrokerState::connected; }));
  }

  void subscribe(Client& client, const std::string& filter) {
    bool answered = false;
    api::SubscribeParams params;
    params.filters = {filter};
    params.retained = false;
    hub_->subscribe(client, params, [&](const auto& result) { answered = result.has_value(); });
    ASSERT_TRUE(run_until([&] { return answered; }));
  }

  void send(const std::string& role, const std::string& topic, bool retain) {
    mqtt::Publish publish;
    publish.topic = topic;
    publish.payload = "x";
    publish.retain = retain;
    sessions_.at("test-" + role)->send(publish);
  }

  std::function<bool(const std::string&)> speaks_5_ = [](const auto&) { return true; };
  std::map<std::string, FakeServer::Session*> sessions_;
  std::set<std::string> held_;
  FakeServer server_{loop_, [this](auto& session, const auto& packet) { script(session, packet); }};
  std::optional<Hub> hub_;
};

// On 3.1.1 the flag tells of a copy that comes with a SUBSCRIBE; on 5, of a live message that is retained as well.
TEST_F(HubTest, AMessageIsJudgedByTheVersionOfTheConnectionThatBroughtIt) {
  for (const std::string old : {"own", "sub"}) {
    speaks_5_ = [&](const auto& client_id) { return !client_id.ends_with(old); };
    start();
    Inbox inbox;
    Client& client = hub_->attach("client", "user", inbox, std::nullopt);
    subscribe(client, "g/#");
    send("sub", "g/state", true);
    send("sub", "g/live", false);
    ASSERT_TRUE(run_until([&] { return !inbox.topics.empty() && inbox.topics.back() == "g/live"; })) << old;
    if (old == "own") {
      EXPECT_THAT(inbox.topics, ElementsAre("g/state", "g/live"));
    } else {
      EXPECT_THAT(inbox.topics, ElementsAre("g/live"));
    }
    hub_.reset();
  }
}

TEST_F(HubTest, AWideFilterIsNotHeldForLongerThanItIsWanted) {
  speaks_5_ = [](const auto&) { return false; };
  start();
  Inbox inbox;
  Client& stays = hub_->attach("stays", "user", inbox, std::nullopt);
  Client& leaves = hub_->attach("leaves", "user", inbox, std::nullopt);
  subscribe(stays, "a/b");
  subscribe(leaves, "#");
  ASSERT_TRUE(run_until([&] { return held_.contains("#") && !held_.contains("a/b"); }));
  hub_->detach(leaves, Departure::lost);
  EXPECT_TRUE(run_until([&] { return held_.contains("a/b") && !held_.contains("#"); }));
}

// A wait that has run out comes back as such, whatever has become of the timer since.
TEST_F(HubTest, MayGoInTheMomentInWhichItsTimerRunsOut) {
  speaks_5_ = [](const auto&) { return false; };
  start();
  Inbox inbox;
  Client& stays = hub_->attach("stays", "user", inbox, std::nullopt);
  Client& leaves = hub_->attach("leaves", "user", inbox, std::nullopt);
  subscribe(stays, "a/b");
  subscribe(leaves, "#");
  ASSERT_TRUE(run_until([&] { return held_.contains("#") && !held_.contains("a/b"); }));
  hub_->detach(leaves, Departure::lost);
  loop_.poll();
  std::this_thread::sleep_for(30ms);
  boost::asio::post(loop_, [&] { hub_.reset(); });
  loop_.poll();
  EXPECT_FALSE(hub_);
}

}  // namespace
}  // namespace lobbyd::hub
