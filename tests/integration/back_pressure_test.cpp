// A client that asks for more than it takes waits with its further requests, and one that pipelines its requests gets
// every answer (docs/api.md, "Sizes and pace").

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::integration {
namespace {

// With a broker of its own, since it leaves much behind there.
class BackPressureTest : public testing::Test {
 protected:
  std::unique_ptr<RpcClient> client(const Json& params = Json::object()) {
    auto it = std::make_unique<RpcClient>(stack_.daemon.listen());
    it->connect(params);
    return it;
  }

  // More than the sockets' own buffers hold.
  void retain_much() {
    const auto publisher = client();
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 200; ++i) {
      ids.push_back(publisher->send_request("publish", {{"topic", "much/" + std::to_string(i)},
                                                        {"payload", std::string(60'000, 'x')},
                                                        {"qos", 1},
                                                        {"retain", true}}));
    }
    for (const auto id : ids) publisher->wait_answer(id);
  }

  Stack stack_;
};

TEST_F(BackPressureTest, RequestsWaitWhileMuchIsOwed) {
  LOBBYD_NEEDS(bulk);
  LOBBYD_NEEDS(retained_by_wildcard);
  retain_much();
  RpcClient slow(stack_.daemon.listen(), {.receive_buffer = 65'536});
  slow.connect();
  const auto witness = client();
  witness->call("subscribe", {{"topic", "from_slow/#"}, {"qos", 1}});
  slow.socket().stop_reading();
  slow.send_request("subscribe", {{"topic", "much/#"}});
  slow.send_request("publish", {{"topic", "from_slow/1"}, {"qos", 1}});
  EXPECT_EQ(witness->next_message().at("topic"), "from_slow/1") << "it began before anything was owed";
  slow.send_request("publish", {{"topic", "from_slow/2"}, {"qos", 1}});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(witness->messages_until_now().empty());
  slow.socket().resume_reading();
  EXPECT_EQ(slow.next_messages(200).size(), 200U);
  EXPECT_EQ(witness->next_message().at("topic"), "from_slow/2");
}

TEST_F(BackPressureTest, PipelinedPagesAllArrive) {
  LOBBYD_NEEDS(bulk);
  LOBBYD_NEEDS(retained_by_wildcard);
  retain_much();
  const auto it = client({{"max_message_bytes", 1'000'000}});
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(it->send_request("retained.get", {{"topic", "much/#"}}));
  for (const auto id : ids) {
    const Json result = it->wait_answer(id).at("result");
    EXPECT_FALSE(result.at("messages").empty());
    EXPECT_TRUE(result.contains("next"));
  }
  EXPECT_FALSE(it->socket().closed());
}

TEST_F(BackPressureTest, ABatchOfLargePagesArrivesInSeveralArrays) {
  LOBBYD_NEEDS(bulk);
  LOBBYD_NEEDS(retained_by_wildcard);
  retain_much();
  const auto it = client({{"max_message_bytes", 1'000'000}});
  Json batch = Json::array();
  for (int i = 0; i < 10; ++i) {
    batch.push_back(
        {{"jsonrpc", "2.0"}, {"id", 9000 + i}, {"method", "retained.get"}, {"params", {{"topic", "much/#"}}}});
  }
  it->send(batch);
  std::size_t answered = 0;
  while (answered < 10) answered += it->wait_unmatched().size();
  it->call("ping");
}

TEST_F(BackPressureTest, AMessageLargerThanTheOutboxReachesAClientThatReads) {
  LOBBYD_NEEDS(bulk);
  const auto it = client({{"max_message_bytes", 4'000'000}});
  it->call("subscribe", {{"topic", "large"}});
  MqttClient(stack_.broker.endpoint()).publish("large", std::string(2'000'000, 'p'), 0);
  EXPECT_EQ(it->next_message().at("payload").get<std::string>().size(), 2'000'000U);
}

TEST_F(BackPressureTest, ManyNoticesOfTooLargeMessagesCloseNobody) {
  LOBBYD_NEEDS(bulk);
  LOBBYD_NEEDS(retained_by_wildcard);
  const auto publisher = client();
  for (int i = 0; i < 6'000; ++i) {
    publisher->notify("publish",
                      {{"topic", "t/" + std::to_string(i)}, {"payload", std::string(1'100, 'x')}, {"retain", true}});
  }
  publisher->call("publish", {{"topic", "end"}, {"qos", 1}, {"retain", true}, {"payload", "x"}});
  const auto it = client({{"max_message_bytes", 1'024}});
  const auto id = it->send_request("subscribe", {{"topic", "#"}});
  EXPECT_TRUE(it->wait_answer(id).contains("result"));
  EXPECT_EQ(it->notifications_until_now("too_large").size(), 6'000U);
}

// With one connection to a broker that does not read, or does for a while: it stands, but takes nothing.
class SlowBrokerTest : public testing::Test {
 protected:
  void SetUp() override {
    LOBBYD_NEEDS(bulk);
    witness_.connect();
  }

  // Together they have more than the connection's queue takes.
  void connect(int count) {
    for (int i = 0; i < count; ++i) {
      publishers_.push_back(std::make_unique<RpcClient>(stack_.daemon.listen()));
      publishers_.back()->connect();
    }
  }
  void publish(int each, const std::string& payload, int qos) {
    for (const auto& it : publishers_) {
      for (int i = 0; i < each; ++i) {
        requests_.emplace_back(it.get(),
                               it->send_request("publish", {{"topic", "x"}, {"payload", payload}, {"qos", qos}}));
      }
    }
  }
  void expect_all_answered() {
    for (const auto& [client, id] : requests_) {
      const Json answer = client->wait_answer(id, deadline_in(scaled(std::chrono::seconds(60))));
      ASSERT_TRUE(answer.contains("result")) << answer;
    }
    requests_.clear();
  }
  // Another client is served; meanwhile the daemon has read what it reads of the others.
  void wait_a_while() {
    for (int i = 0; i < 50; ++i) witness_.call("ping");
  }
  std::size_t memory() const { return resident(stack_.daemon.id()); }

  Stack stack_{"[broker]\npool_size = 1\npool_max = 1\nkeepalive = 600\n"};
  RpcClient witness_{stack_.daemon.listen()};
  std::vector<std::unique_ptr<RpcClient>> publishers_;
  std::vector<std::pair<RpcClient*, std::int64_t>> requests_;
};

TEST_F(SlowBrokerTest, PublishesWaitWithinBoundsAndNoneIsRefused) {
  constexpr int each = 10;
  connect(60);
  for (const int qos : {0, 1}) {
    MqttClient receiver(stack_.broker.endpoint());
    receiver.subscribe("x", qos);
    const std::size_t before = memory();
    stack_.broker.freeze();
    publish(each, std::string(60'000, 'x'), qos);
    wait_a_while();
    if (has_plain_heap) {
      EXPECT_LT(memory(), before + 20'000'000) << "most of the 36 MB waits in the sockets";
    }
    stack_.broker.thaw();
    expect_all_answered();
    if (qos > 0) receiver.wait_received(publishers_.size() * each, deadline_in(scaled(std::chrono::seconds(60))));
  }
}

TEST_F(SlowBrokerTest, WhoHasNothingUnansweredIsNotHeldUp) {
  connect(4);
  stack_.broker.freeze();
  publish(1'000, "", 1);
  wait_a_while();
  const auto id = witness_.send_request("publish", {{"topic", "y"}, {"qos", 1}});
  stack_.broker.thaw();
  EXPECT_TRUE(witness_.wait_answer(id).contains("result"));
  expect_all_answered();
}

TEST_F(SlowBrokerTest, OneThatGoesIsNotWaitedFor) {
  connect(4);
  stack_.broker.freeze();
  publish(1'000, "", 1);
  const auto id = publishers_.front()->send_request("ping");
  wait_a_while();
  stack_.broker.kill();
  EXPECT_TRUE(publishers_.front()->wait_answer(id).contains("result"));
}

TEST_F(BackPressureTest, DisconnectComesAfterTheAnswersBeforeIt) {
  for (int qos = 0; qos <= highest_qos(); ++qos) {
    const auto it = client();
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 100; ++i) {
      ids.push_back(it->send_request("publish", {{"topic", "x"}, {"qos", qos}}));
    }
    const auto last = it->send_request("disconnect");
    for (const auto id : ids) EXPECT_TRUE(it->wait_answer(id).contains("result"));
    EXPECT_TRUE(it->wait_answer(last).contains("result"));
    EXPECT_TRUE(is_closing(it->wait_closed(), 1000));
    EXPECT_EQ(Json::parse(it->received().back()).at("id"), last);
  }
}

TEST_F(BackPressureTest, DisconnectInABatchIsAnsweredWithTheRest) {
  const auto it = client();
  it->send(
      Json::array({{{"jsonrpc", "2.0"}, {"id", 901}, {"method", "ping"}},
                   {{"jsonrpc", "2.0"}, {"id", 902}, {"method", "publish"}, {"params", {{"topic", "x"}, {"qos", 2}}}},
                   {{"jsonrpc", "2.0"}, {"id", 903}, {"method", "disconnect"}}}));
  EXPECT_EQ(it->wait_unmatched().size(), 3U);
  EXPECT_TRUE(is_closing(it->wait_closed(), 1000));
}

TEST_F(BackPressureTest, AnswersOfABatchComeBeforeTheCloseThatItsFaultsBring) {
  const auto it = client();
  Json batch = Json::array({{{"jsonrpc", "2.0"}, {"id", 901}, {"method", "ping"}}});
  for (int i = 0; i < 12; ++i) batch.push_back(1);
  it->send(batch);
  const Json answers = it->wait_unmatched();
  EXPECT_EQ(answers.at(0).at("id"), 901);
  EXPECT_TRUE(is_closing(it->wait_closed(), 4400));
}

}  // namespace
}  // namespace lobbyd::integration
