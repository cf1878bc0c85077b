// Sessions that outlive their connections (api.md, "Resumption"), with the connections of a client on one thread and on
// several.

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::integration {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ResumptionTest : public testing::TestWithParam<unsigned> {
 protected:
  using Client = std::unique_ptr<RpcClient>;

  // One that has a session, kept so long.
  Client begin(Json params = Json::object(), int expiry = 60) {
    params["client_id"] = "player";
    params["session"] = {{"expiry", expiry}};
    auto it = std::make_unique<RpcClient>(stack_.daemon.listen(), options_);
    secret_ = it->connect(params).at("session").at("secret");
    return it;
  }
  Json resume_params(std::uint64_t received, int expiry = 60) const {
    return {{"client_id", "player"},
            {"session", {{"expiry", expiry}}},
            {"resume", {{"secret", secret_}, {"received", received}}}};
  }
  // The result is in `result_` then.
  Client resume(const Json& params) {
    auto it = std::make_unique<RpcClient>(stack_.daemon.listen(), options_);
    result_ = it->connect(params);
    return it;
  }
  bool resumed() const { return result_.at("session").at("resumed").get<bool>(); }

  // Whether the daemon knows that the connection is: one that is there would be a conflict, and that is looked at
  // first.
  bool is_lost() {
    const Json probe = {{"client_id", "player"}, {"takeover", false}, {"broker", "nowhere"}};
    return RpcClient(stack_.daemon.listen()).refused("connect", probe).code == 404;
  }
  void wait_lost() {
    EXPECT_TRUE(eventually([&] { return is_lost(); }));
  }
  void lose(RpcClient& it) {
    it.socket().reset();
    wait_lost();
  }

  Client other(const Json& params = Json::object()) {
    auto it = std::make_unique<RpcClient>(stack_.daemon.listen());
    it->connect(params);
    return it;
  }
  // Through the daemon, which has passed it on to all when this is back.
  void publish(const std::string& payload, int qos = 1, const std::string& topic = "t") {
    if (!witness_) {
      witness_ = other();
      witness_->call("subscribe", {{"topic", "#"}, {"qos", 1}, {"retained", false}});
    }
    witness_->call("publish", {{"topic", topic}, {"payload", payload}, {"qos", qos}});
    witness_->next_message();
  }
  void publish_all(const std::vector<std::string>& payloads) {
    for (const auto& payload : payloads) publish(payload);
  }
  static std::vector<std::string> take(RpcClient& it, std::size_t count) {
    return payloads_of(it.next_messages(count));
  }
  static void subscribe(RpcClient& it, int qos = 1) { it.call("subscribe", {{"topic", "t"}, {"qos", qos}}); }
  // Whether nothing more comes.
  static bool is_done(RpcClient& it) { return it.notifications_until_now("message").empty(); }

  static std::string config() {
    return "threads = " + std::to_string(GetParam()) +
           "\n[limits]\noutbox_bytes = 65536\nsession_expiry_max = 120\n[compression]\nenabled = true\n";
  }

  Stack stack_{config()};
  WebSocketOptions options_;
  Client witness_;
  std::string secret_;
  Json result_;
};
INSTANTIATE_TEST_SUITE_P(, ResumptionTest, testing::Values(1U, 3U),
                         [](const auto& threads) { return "Threads" + std::to_string(threads.param); });

TEST_P(ResumptionTest, GoesOnWhereTheClientWas) {
  auto it = begin();
  subscribe(*it);
  publish_all({"1", "2", "3"});
  EXPECT_THAT(take(*it, 3), ElementsAre("1", "2", "3"));
  lose(*it);
  publish_all({"4", "5"});
  // It says that it has handled two of the three.
  it = resume(resume_params(2));
  EXPECT_TRUE(resumed());
  EXPECT_EQ(result_.at("session").at("secret"), secret_);
  EXPECT_EQ(result_.at("session").at("expiry"), 60);
  EXPECT_EQ(result_.at("subscriptions"), Json::parse(R"([{"topic":"t","qos":1,"delivery":"queue","no_local":false}])"));
  publish("6");
  EXPECT_THAT(take(*it, 4), ElementsAre("3", "4", "5", "6"));
  EXPECT_TRUE(is_done(*it));
  it->call("unsubscribe", {{"topic", "t"}});
}

TEST_P(ResumptionTest, GoesOnHoweverTheConnectionEnded) {
  auto it = begin();
  subscribe(*it);
  std::uint64_t received = 0;
  const auto end = [&](int how) {
    switch (how) {
      case 0:
        return it->socket().drop();
      case 1:
        return it->socket().close({1000, ""});
      case 2:
        return it->socket().send_binary("x");
      default:
        for (int i = 0; i < 10; ++i) it->send_text("{");
    }
  };
  for (int how = 0; how < 4; ++how) {
    publish("before");
    end(how);
    wait_lost();
    publish("after");
    it = resume(resume_params(received));
    ASSERT_TRUE(resumed()) << how;
    EXPECT_THAT(take(*it, 2), ElementsAre("before", "after")) << how;
    received += 2;
  }
}

TEST_P(ResumptionTest, CountsMessagesAndNothingElse) {
  auto it = begin({{"max_message_bytes", 2000}});
  it->call("subscribe", {{"topic", "t"}});
  publish("1", 0);
  publish(std::string(3000, 'x'), 0);
  it->wait_notification("too_large");
  it->call("ping");
  publish("2", 0);
  EXPECT_THAT(take(*it, 2), ElementsAre("1", "2"));
  it->socket().reset();
  auto params = resume_params(2);
  params["max_message_bytes"] = 2000;
  it = resume(params);
  ASSERT_TRUE(resumed());
  EXPECT_TRUE(is_done(*it));
  EXPECT_THAT(it->notifications_until_now("too_large"), IsEmpty());
}

TEST_P(ResumptionTest, IsNotForWhoeverDoesNotKnowTheSecretOrTakesThingsDifferently) {
  const auto refused = [&](const char* what, const Json& change) {
    auto it = begin();
    subscribe(*it);
    it->socket().reset();
    Json params = resume_params(0);
    params.merge_patch(change);
    it = resume(params);
    EXPECT_FALSE(resumed()) << what;
    EXPECT_NE(result_.at("session").at("secret"), secret_) << what;
    EXPECT_FALSE(result_.contains("subscriptions")) << what;
    EXPECT_TRUE(is_error(it->refused("unsubscribe", {{"topic", "t"}}), 404, "not_found")) << what;
    it->call("disconnect");
  };
  std::string almost = std::string(64, '0');
  refused("another secret", {{"resume", {{"secret", almost}}}});
  refused("a short one", {{"resume", {{"secret", ""}}}});
  refused("another client id", {{"client_id", "another"}});
  refused("more than was sent", {{"resume", {{"received", 1}}}});
  refused("another form of payloads", {{"payloads", "base64"}});
  refused("smaller frames", {{"max_message_bytes", 65534}});
  refused("no resume", {{"resume", nullptr}});
}

// Whatever was joined on its way, and whichever of it was received.
TEST_P(ResumptionTest, MessagesOfEveryQosAreThereOnceAndInOrder) {
  for (int qos = 0; qos <= 2; ++qos) {
    auto it = begin();
    subscribe(*it, qos);
    std::vector<std::string> sent;
    const auto burst = [&] {
      for (int count = 0; count < 20; ++count) {
        sent.push_back(std::to_string(sent.size()));
        witness_->notify("publish", {{"topic", "t"}, {"payload", sent.back()}, {"qos", qos}});
      }
      publish(sent.emplace_back("last"), qos);
      witness_->next_messages(20);
    };
    publish(sent.emplace_back("first"));
    burst();
    EXPECT_EQ(take(*it, 22), sent);
    lose(*it);
    burst();
    it = resume(resume_params(7));
    ASSERT_TRUE(resumed());
    EXPECT_EQ(take(*it, 36), std::vector(sent.begin() + 7, sent.end())) << qos;
    EXPECT_TRUE(is_done(*it));
    it->call("disconnect");
  }
}

TEST_P(ResumptionTest, GoesOnCompressedWhereThatIsAgreedUponAsBefore) {
  options_.compression_window = 12;
  auto it = begin();
  subscribe(*it);
  const std::vector<std::string> texts{"1" + std::string(2000, 'x'), "2" + std::string(2000, 'x'), "3",
                                       "4" + std::string(2000, 'x')};
  publish_all({texts[0], texts[1]});
  EXPECT_THAT(take(*it, 2), ElementsAre(texts[0], texts[1]));
  lose(*it);
  publish_all({texts[2], texts[3]});
  it = resume(resume_params(1));
  ASSERT_TRUE(resumed());
  EXPECT_THAT(take(*it, 3), ElementsAre(texts[1], texts[2], texts[3]));
  it->socket().reset();
  for (const std::optional<int> another : {std::optional<int>(9), std::optional<int>()}) {
    options_.compression_window = another;
    it = resume(resume_params(1));
    EXPECT_FALSE(resumed());
    it->call("disconnect");
    options_.compression_window = 12;
    it = begin();
    it->socket().reset();
  }
}

TEST_P(ResumptionTest, OneThatWasNotAskedForIsNotKept) {
  RpcClient it(stack_.daemon.listen());
  const auto session = it.connect({{"client_id", "player"}}).at("session");
  EXPECT_EQ(session.at("expiry"), 0);
  secret_ = session.at("secret");
  it.socket().reset();
  const auto next = resume(resume_params(0));
  EXPECT_FALSE(resumed());
}

TEST_P(ResumptionTest, TheOperatorsLimitHolds) {
  auto it = begin({}, 100'000);
  it->socket().reset();
  it = resume(resume_params(0, 100'000));
  EXPECT_TRUE(resumed());
  EXPECT_EQ(result_.at("session").at("expiry"), 120);
}

TEST_P(ResumptionTest, EndsWithDisconnectAndWithANewSessionOfTheClient) {
  auto it = begin();
  it->call("disconnect");
  it = resume(resume_params(0));
  EXPECT_FALSE(resumed()) << "after disconnect";
  it = begin();
  const auto old = resume_params(0);
  it->socket().reset();
  it = begin();
  it->socket().reset();
  it = resume(old);
  EXPECT_FALSE(resumed()) << "after a new one";
}

TEST_P(ResumptionTest, EndsWithTheDaemon) {
  const auto it = begin();
  subscribe(*it);
  stack_.daemon.kill();
  const Daemon next({.broker_url = stack_.broker.url(), .config = config()});
  RpcClient again(next.listen());
  EXPECT_EQ(again.connect(resume_params(0)).at("session").at("resumed"), false);
}

TEST_P(ResumptionTest, TakesTheOlderConnectionOverWithWhatWasStillToBeSent) {
  auto older = begin();
  subscribe(*older);
  publish("1");
  EXPECT_THAT(take(*older, 1), ElementsAre("1"));
  older->socket().stop_reading();
  publish_all({"2", "3"});
  auto newer = resume(resume_params(1));
  EXPECT_TRUE(resumed());
  publish("4");
  EXPECT_THAT(take(*newer, 3), ElementsAre("2", "3", "4"));
  EXPECT_TRUE(is_done(*newer));
  older->socket().resume_reading();
  EXPECT_TRUE(is_closing(older->wait_closed(), 4409));
}

TEST_P(ResumptionTest, MayNotTakeOverWhereThatIsForgone) {
  auto older = begin();
  auto params = resume_params(0);
  params["takeover"] = false;
  RpcClient newer(stack_.daemon.listen());
  EXPECT_TRUE(is_error(newer.refused("connect", params), 409, "conflict"));
  older->call("ping");
}

TEST_P(ResumptionTest, OfSeveralAtOnceOneHasIt) {
  auto first = begin();
  subscribe(*first);
  publish_all({"1", "2", "3"});
  for (int round = 0; round < 20; ++round) {
    if (round % 2 == 0) first->socket().reset();
    std::vector<Client> rivals;
    for (int i = 0; i < 4; ++i) rivals.push_back(std::make_unique<RpcClient>(stack_.daemon.listen()));
    for (auto& it : rivals) it->send_request("connect", resume_params(0));
    const auto closed = [](const Client& it) { return it->socket().closed(); };
    EXPECT_TRUE(eventually([&] { return std::ranges::count_if(rivals, closed) == 3; }));
    std::erase_if(rivals, [&](const Client& it) { return closed(it) && is_closing(it->wait_closed(), 4409); });
    ASSERT_EQ(rivals.size(), 1U);
    first = std::move(rivals.front());
    EXPECT_TRUE(first->wait_answer(1).at("result").at("session").at("resumed").get<bool>());
    EXPECT_THAT(take(*first, 3), ElementsAre("1", "2", "3"));
    EXPECT_TRUE(is_done(*first));
  }
}

TEST_P(ResumptionTest, RequestsThatWereUnderWayAreCarriedOutAndNotAnswered) {
  auto it = begin();
  subscribe(*it);
  const Json message = {{"topic", "t"}, {"payload", "once"}, {"qos", 1}, {"key", "k"}};
  stack_.broker.freeze();
  it->send_request("publish", message);
  it->call("ping");
  it->socket().reset();
  it = resume(resume_params(0));
  ASSERT_TRUE(resumed());
  stack_.broker.thaw();
  EXPECT_THAT(take(*it, 1), ElementsAre("once"));
  it->call("publish", message);
  EXPECT_TRUE(is_done(*it)) << "a retry with the key is not sent twice";
}

// What is kept --------------------------------------------------------------------------------------------------------

TEST_P(ResumptionTest, WhatWasAcknowledgedIsForgotten) {
  auto it = begin();
  subscribe(*it);
  publish_all({"1", "2"});
  EXPECT_THAT(take(*it, 2), ElementsAre("1", "2"));
  EXPECT_TRUE(is_error(it->refused("ack", {{"received", 3}}), -32602, "invalid_params"));
  EXPECT_EQ(it->call("ack", {{"received", 1}}), Json::object());
  it->socket().reset();
  it = resume(resume_params(1));
  ASSERT_TRUE(resumed());
  EXPECT_THAT(take(*it, 1), ElementsAre("2"));
  it->call("ack", {{"received", 2}});
  it->socket().reset();
  it = resume(resume_params(1));
  EXPECT_FALSE(resumed());
}

TEST_P(ResumptionTest, Qos0GivesWayAndTheClientIsToldHowMuch) {
  auto it = begin();
  subscribe(*it, 0);
  lose(*it);
  for (int i = 0; i < 30; ++i) publish(std::to_string(i) + std::string(5000, ' '), 0);
  it = resume(resume_params(0));
  ASSERT_TRUE(resumed());
  const auto dropped = it->wait_notification("overflow").at("dropped").get<int>();
  EXPECT_GT(dropped, 10);
  EXPECT_EQ(std::stoi(take(*it, static_cast<std::size_t>(30 - dropped)).back()), 29);
  EXPECT_TRUE(is_done(*it));
}

TEST_P(ResumptionTest, EndsWhereWhatMustNotBeLostFindsNoRoom) {
  auto it = begin();
  subscribe(*it);
  lose(*it);
  for (int i = 0; i < 30; ++i) publish(std::string(5000, 'x'));
  it = resume(resume_params(0));
  EXPECT_FALSE(resumed()) << "never a gap";
}

TEST_P(ResumptionTest, ASlowConsumerIsToldWhetherSomethingIsMissing) {
  LOBBYD_NEEDS(bulk);
  auto it = begin();
  subscribe(*it);
  it->socket().stop_reading();
  const auto is_closed = [&] {
    publish(std::string(60'000, 'x'));
    return is_lost();
  };
  EXPECT_TRUE(eventually(is_closed, deadline_in(scaled(seconds(30)))));
  it = resume(resume_params(0));
  EXPECT_FALSE(resumed());
}

// Wills ---------------------------------------------------------------------------------------------------------------

class ResumptionWillTest : public ResumptionTest {
 protected:
  static Json will(int delay) { return {{"topic", "will"}, {"payload", "gone"}, {"qos", 1}, {"delay", delay}}; }

  Client mourner() {
    auto it = other();
    it->call("subscribe", {{"topic", "will"}, {"qos", 1}});
    return it;
  }
};
INSTANTIATE_TEST_SUITE_P(, ResumptionWillTest, testing::Values(1U, 3U),
                         [](const auto& threads) { return "Threads" + std::to_string(threads.param); });

TEST_P(ResumptionWillTest, ComesAfterItsDelayAndTheSessionStays) {
  const auto mourners = mourner();
  auto it = begin({{"will", will(1)}}, 60);
  subscribe(*it);
  for (int round = 0; round < 2; ++round) {
    const auto lost = Clock::now();
    it->socket().reset();
    EXPECT_EQ(mourners->next_message().at("payload"), "gone") << "and again, as often as it is lost";
    EXPECT_GE(Clock::now() - lost, milliseconds(950));
    it = resume(resume_params(0));
    EXPECT_TRUE(resumed());
    EXPECT_EQ(result_.at("will"), "pending");
  }
}

TEST_P(ResumptionWillTest, ComesAtTheLatestWhenTheSessionEnds) {
  const auto mourners = mourner();
  auto it = begin({{"will", will(60)}}, 1);
  const auto lost = Clock::now();
  it->socket().reset();
  EXPECT_EQ(mourners->next_message().at("payload"), "gone");
  EXPECT_GE(Clock::now() - lost, milliseconds(950));
  it = resume(resume_params(0));
  EXPECT_FALSE(resumed()) << "expired";
  EXPECT_TRUE(mourners->messages_until_now().empty());
}

TEST_P(ResumptionWillTest, IsSilentWhereTheClientIsBackInTime) {
  const auto mourners = mourner();
  auto it = begin({{"will", will(1)}}, 60);
  lose(*it);
  it = resume(resume_params(0));
  ASSERT_TRUE(resumed());
  // A takeover by the same client is no loss either.
  auto next = resume(resume_params(0));
  ASSERT_TRUE(resumed());
  lose(*next);
  it = other({{"client_id", "player"}});
  // Another one's will of the same delay, lost later, tells when the first one's would have come.
  auto clock = other({{"will", {{"topic", "will"}, {"payload", "clock"}, {"delay", 1}}}});
  clock->socket().reset();
  EXPECT_EQ(mourners->next_message().at("payload"), "clock");
}

TEST_P(ResumptionWillTest, MayBeReplacedByTheClientThatComesBack) {
  const auto mourners = mourner();
  auto it = begin({{"will", will(1)}}, 60);
  it->socket().reset();
  auto params = resume_params(0);
  params["will"] = {{"topic", "will"}, {"payload", "another"}};
  it = resume(params);
  ASSERT_TRUE(resumed());
  it->socket().reset();
  EXPECT_EQ(mourners->next_message().at("payload"), "another");
}

// A client that is back before the will has left is back in time.
TEST_P(ResumptionWillTest, ComesBehindWhatTheClientPublishedAndBeforeWhatItPublishesNext) {
  const auto mourners = mourner();
  auto it = begin({{"will", will(0)}}, 60);
  int wills = 0;
  for (int round = 0; round < 5 || wills == 0; ++round) {
    it->send_request("publish", {{"topic", "will"}, {"payload", "last"}, {"qos", 1}});
    it->call("ping");
    lose(*it);
    it = resume(resume_params(0));
    ASSERT_TRUE(resumed());
    it->call("publish", {{"topic", "will"}, {"payload", "next"}, {"qos", 1}});
    std::vector<std::string> seen = take(*mourners, 2);
    EXPECT_EQ(seen.front(), "last");
    if (seen.back() == "gone") {
      ++wills;
      seen = take(*mourners, 1);
    }
    EXPECT_EQ(seen.back(), "next");
  }
}

TEST_P(ResumptionWillTest, OfAKeptSessionComesByTheNextDaemonWhereThisOneIsStopped) {
  LOBBYD_NEEDS(retained_by_wildcard);
  const auto mourners = std::make_unique<MqttClient>(stack_.broker.endpoint());
  mourners->subscribe("will", 1);
  auto it = begin({{"will", will(5)}}, 60);
  lose(*it);
  EXPECT_EQ(stack_.daemon.terminate(), ExitStatus{});
  EXPECT_TRUE(mourners->messages_until_now().empty());
  const Daemon next({.broker_url = stack_.broker.url(), .config = config()});
  EXPECT_EQ(mourners->wait_message({}, deadline_in(scaled(seconds(30)))).payload, "gone");
}

}  // namespace
}  // namespace lobbyd::integration
