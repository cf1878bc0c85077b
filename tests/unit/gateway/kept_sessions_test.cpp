#include "service/gateway/kept_sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const KeptSessions::TimePoint start{};

class KeptSessionsTest : public testing::Test {
 protected:
  void make(KeptSessions::Limits limits) {
    kept_.emplace(limits, [this](const KeptSession& session) { ended_.push_back(session.client_id()); });
  }
  KeptSession& add(const std::string& client_id, std::chrono::seconds expiry, KeptSessions::TimePoint now = start) {
    Outbox outbox(limits_);
    outbox.remember();
    auto session = std::make_unique<KeptSession>(
        KeptSession::Parts{.client_id = client_id,
                           .broker = nullptr,
                           .client = nullptr,
                           .presentation = {},
                           .terms = {.secret = "secret", .broker = std::nullopt, .expiry = expiry},
                           .outbox = outbox.surrender()});
    KeptSession& added = *session;
    kept_->add(std::move(session), now);
    return added;
  }
  static void deliver(KeptSession& session, const std::string& payload, mqtt::QoS qos = mqtt::QoS::at_least_once) {
    mqtt::Publish publish;
    publish.topic = "t";
    publish.payload = payload;
    publish.qos = qos;
    session.deliver({.message = std::make_shared<const hub::Message>(publish, start), .qos = qos, .filter = {}});
  }

  const Outbox::Limits limits_{.bytes = 1000};
  std::vector<std::string> ended_;
  std::optional<KeptSessions> kept_;
};

TEST_F(KeptSessionsTest, EachEndsWhenItsTimeIsOver) {
  make({});
  add("a", 10s);
  add("b", 5s);
  add("c", 10s, start + 3s);
  kept_->tick(start + 4999ms);
  EXPECT_THAT(ended_, IsEmpty());
  kept_->tick(start + 5s);
  EXPECT_THAT(ended_, ElementsAre("b"));
  kept_->tick(start + 12s);
  EXPECT_THAT(ended_, ElementsAre("b", "a"));
  EXPECT_NE(kept_->find("c", start + 12s), nullptr);
  EXPECT_EQ(kept_->find("c", start + 13s), nullptr) << "not looked at yet";
  EXPECT_EQ(kept_->find("a", start), nullptr);
}

TEST_F(KeptSessionsTest, OneThatIsTakenUpDoesNotEnd) {
  make({});
  add("a", 10s);
  EXPECT_EQ(kept_->take("b"), nullptr);
  EXPECT_EQ(kept_->take("a")->client_id(), "a");
  EXPECT_EQ(kept_->take("a"), nullptr);
  kept_->tick(start + 1h);
  EXPECT_THAT(ended_, IsEmpty());
  EXPECT_EQ(kept_->size(), 0U);
}

TEST_F(KeptSessionsTest, KeepsWhatComes) {
  make({});
  KeptSession& session = add("a", 10s);
  deliver(session, "one");
  deliver(session, "two", mqtt::QoS::at_most_once);
  EXPECT_EQ(kept_->held_bytes(), session.held_bytes());
  EXPECT_GT(kept_->held_bytes(), 100U);
  const auto parts = kept_->take("a")->take();
  EXPECT_EQ(parts.outbox->last_number(), 2U);
  EXPECT_EQ(kept_->held_bytes(), 0U);
}

// Not at once: whoever delivers goes through the clients.
TEST_F(KeptSessionsTest, OneThatCannotTakeAMessageEndsSoon) {
  make({});
  KeptSession& session = add("a", 10s);
  for (int count = 0; count < 20; ++count) {
    deliver(session, std::string(100, 'x'));
  }
  EXPECT_TRUE(session.is_lost());
  EXPECT_EQ(kept_->held_bytes(), 0U);
  EXPECT_THAT(ended_, IsEmpty());
  kept_->tick(start);
  EXPECT_THAT(ended_, ElementsAre("a"));
}

TEST_F(KeptSessionsTest, Qos0GivesWayAndEndsNothing) {
  make({});
  KeptSession& session = add("a", 10s);
  for (int count = 0; count < 20; ++count) {
    deliver(session, std::string(100, 'x'), mqtt::QoS::at_most_once);
  }
  EXPECT_FALSE(session.is_lost());
  EXPECT_LE(session.held_bytes(), limits_.bytes);
}

TEST_F(KeptSessionsTest, BeyondTheirNumberTheFirstThatWasLostEnds) {
  make({.sessions = 2});
  add("a", 10s);
  add("b", 1s);
  add("c", 10s);
  EXPECT_THAT(ended_, ElementsAre("a"));
  EXPECT_EQ(kept_->size(), 2U);
}

TEST_F(KeptSessionsTest, BeyondTheirBytesTheFirstThatWereLostEnd) {
  make({.bytes = 2000});
  std::vector<KeptSession*> sessions;
  for (const char* name : {"a", "b", "c", "d"}) {
    sessions.push_back(&add(name, 10s));
  }
  for (KeptSession* session : sessions) {
    for (int count = 0; count < 4; ++count) {
      deliver(*session, std::string(100, 'x'));
      EXPECT_LE(kept_->held_bytes(), 2000U);
    }
  }
  EXPECT_TRUE(sessions[0]->is_lost());
  EXPECT_FALSE(sessions[3]->is_lost());
  kept_->tick(start);
  EXPECT_EQ(ended_.front(), "a");
}

TEST_F(KeptSessionsTest, WhereNoneIsToBeKeptAllEnd) {
  make({});
  add("a", 10s);
  kept_->allow(false);
  EXPECT_THAT(ended_, ElementsAre("a"));
  add("b", 10s);
  EXPECT_THAT(ended_, ElementsAre("a", "b"));
  EXPECT_EQ(kept_->size(), 0U);
  kept_->allow(true);
  add("c", 10s);
  EXPECT_NE(kept_->find("c", start), nullptr);
}

}  // namespace
}  // namespace lobbyd::gateway
