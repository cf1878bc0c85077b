// A client that asks for more than it takes waits with its further requests, and one that pipelines its requests gets
// every answer (docs/api.md, "Sizes and pace").

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
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
