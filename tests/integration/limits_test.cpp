// What one client may take, and what becomes of one that takes too much or reads too slowly (api.md, "Close codes",
// "Godot, Unity and browsers", "[limits]").

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace lobbyd::integration {
namespace {

TEST(LimitsTest, MaxSubscriptionsBoundsFilters) {
  Stack stack("[limits]\nmax_subscriptions = 3\n");
  RpcClient it(stack.daemon.listen());
  EXPECT_EQ(it.connect().at("limits").at("max_subscriptions"), 3);
  it.call("subscribe", {{"topics", Json::array({"a", "b", "c"})}});
  const auto error = it.refused("subscribe", {{"topic", "d"}});
  EXPECT_TRUE(is_error(error, 429, "too_many"));
  EXPECT_EQ(error.data.at("limit"), 3);
  it.call("subscribe", {{"topic", "a"}, {"qos", 1}});
  it.call("unsubscribe", {{"topic", "b"}});
  EXPECT_TRUE(is_error(it.refused("subscribe", {{"topics", Json::array({"d", "e"})}}), 429, "too_many"));
  it.call("subscribe", {{"topic", "d"}});
  RpcClient other(stack.daemon.listen());
  other.connect();
  other.call("subscribe", {{"topics", Json::array({"x", "y", "z"})}});
}

TEST(LimitsTest, MaxMessageBytesBoundsWhatIsTaken) {
  Stack stack("[limits]\nmax_message_bytes = 1000\n");
  RpcClient it(stack.daemon.listen());
  EXPECT_EQ(it.connect().at("limits").at("max_message_bytes"), 1000);
  const std::string ping = R"({"jsonrpc":"2.0","id":50,"method":"ping"})";
  it.send_text(ping + std::string(1000 - ping.size(), ' '));
  EXPECT_TRUE(it.wait_answer(50).contains("result"));
  it.send_text(ping + std::string(1001 - ping.size(), ' '));
  EXPECT_TRUE(is_closing(it.wait_closed(), 1009, "too_large"));
}

TEST(LimitsTest, MaxQosBoundsBothWays) {
  Stack stack("[limits]\nmax_qos = 1\n");
  RpcClient it(stack.daemon.listen());
  EXPECT_EQ(it.connect().at("limits").at("max_qos"), 1);
  it.call("subscribe", {{"topic", "a"}, {"qos", 1}});
  it.call("publish", {{"topic", "a"}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it.next_message().at("payload"), "x");
  // Refused or lowered: in no case is QoS 2 used.
  const auto answer = it.wait_answer(it.send_request("subscribe", {{"topic", "b"}, {"qos", 2}}));
  if (answer.contains("result")) {
    EXPECT_EQ(answer.at("result").at("granted"), Json::array({1}));
  }
}

TEST(LimitsTest, AClientIsInFiftyRoomsAndSignallingRoomsAndWatchesFiftyBoards) {
  Stack stack;
  RpcClient it(stack.daemon.listen());
  it.connect();
  const auto at = [](const char* key, int number, Json params = Json::object()) {
    params[key] = "n" + std::to_string(number);
    return params;
  };
  const std::vector<std::tuple<const char*, const char*, const char*, Json>> kinds = {
      {"room.join", "room.leave", "room", Json::object()},
      {"signal.join", "signal.leave", "room", {{"mode", "mesh"}}},
      {"score.watch", "score.unwatch", "board", Json::object()}};
  for (const auto& [enter, leave, key, params] : kinds) {
    for (int i = 0; i < 50; ++i) it.call(enter, at(key, i, params));
    const auto error = it.refused(enter, at(key, 50, params));
    EXPECT_TRUE(is_error(error, 429, "too_many")) << enter;
    EXPECT_EQ(error.data.at("limit"), 50) << enter;
    it.call(leave, at(key, 0));
    it.call(enter, at(key, 50, params));
  }
}

TEST(LimitsTest, ClientsAboveTheNumberAreToldSoAndAFloodOfThemIsCut) {
  Stack stack("[limits]\nmax_clients = 1\n");
  RpcClient served(stack.daemon.listen());
  served.connect();
  std::vector<std::unique_ptr<RawWebSocket>> refused;
  for (int i = 0; i < 300; ++i) refused.push_back(std::make_unique<RawWebSocket>(stack.daemon.listen()));
  std::size_t told = 0;
  std::size_t cut = 0;
  for (const auto& it : refused) {
    const auto frame = it->receive();
    told += frame && frame->opcode == Opcode::close ? 1U : 0U;
    cut += frame ? 0U : 1U;
  }
  EXPECT_EQ(told, 256U);
  EXPECT_EQ(cut, 44U);
  served.call("ping");
}

using ClientMaximumTest = SharedStackTest;

TEST_F(ClientMaximumTest, LargerMessageIsReplacedByANotice) {
  auto small = client({{"max_message_bytes", 2'000}});
  auto large = client({{"max_message_bytes", 1'000'000}});
  for (auto* it : {small.get(), large.get()}) it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto publisher = mqtt();
  const std::string payload(3'000, 'p');
  publisher->publish(topic("large"), payload, 1);
  publisher->publish(topic("small"), "fits", 1);
  const auto notice = small->wait_notification("too_large");
  EXPECT_EQ(notice.at("method"), "message");
  EXPECT_EQ(notice.at("topic"), topic("large"));
  EXPECT_GT(notice.at("bytes").get<int>(), 3'000);
  EXPECT_EQ(small->next_message().at("topic"), topic("small")) << "the rest goes on";
  EXPECT_EQ(large->next_message().at("payload").get<std::string>(), payload);
}

// What counts is the frame: JSON's escapes make it larger than the payload.
TEST_F(ClientMaximumTest, NoFrameIsLarger) {
  constexpr std::size_t maximum = 1'500;
  auto it = client({{"max_message_bytes", maximum}});
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto publisher = mqtt();
  for (std::size_t size = 0; size < 1'600; size += 50) publisher->publish(topic("a"), std::string(size, '\n'), 1);
  for (std::size_t size = 0; size < 1'600; size += 50) publisher->publish(topic("a"), std::string(size, '\xff'), 1);
  it->messages_until_now();
  for (const auto& text : it->received()) EXPECT_LE(text.size(), maximum);
}

TEST_F(ClientMaximumTest, DefaultIsGodotsBuffer) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto publisher = mqtt();
  publisher->publish(topic("a"), std::string(65'000, 'p'), 1);
  publisher->publish(topic("b"), std::string(66'000, 'p'), 1);
  EXPECT_EQ(it->next_message().at("topic"), topic("a"));
  EXPECT_EQ(it->wait_notification("too_large").at("topic"), topic("b"));
}

TEST_F(ClientMaximumTest, EverythingFitsIntoTheSmallestClient) {
  auto it = client({{"max_message_bytes", 1024}});
  for (int i = 0; i < 5; ++i) {
    it->call("publish", {{"topic", topic("kept/" + std::to_string(i))},
                         {"payload", std::string(100, 'k')},
                         {"qos", 1},
                         {"retain", true}});
  }
  it->refused("nothing" + std::string(2'000, 'x'));
  it->refused("publish", {{"topic", std::string(2'000, '#')}});
  it->refused("publish", {{std::string(2'000, 'f'), 1}});
  it->refused("unsubscribe", {{"topic", std::string(20'000, 'u')}});
  it->call("retained.get", {{"topic", topic("kept/#")}});
  Json batch = Json::array();
  for (int i = 0; i < 50; ++i) batch.push_back({{"jsonrpc", "2.0"}, {"id", 9000 + i}, {"method", "ping"}});
  it->send(batch);
  std::size_t answered = 0;
  while (answered < 50) answered += it->wait_unmatched().size();
  for (std::size_t i = 1; i < it->received().size(); ++i) EXPECT_LE(it->received()[i].size(), 1024U);
}

TEST_F(ClientMaximumTest, TheNoticeLeavesOutATopicThatDoesNotFitEither) {
  auto it = client({{"max_message_bytes", 1'024}});
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto publisher = mqtt();
  publisher->publish(topic(std::string(1'500, 'l')), "x", 1);
  const auto notice = it->wait_notification("too_large");
  EXPECT_EQ(notice.at("method"), "message");
  EXPECT_FALSE(notice.contains("topic"));
  EXPECT_GT(notice.at("bytes").get<int>(), 1'500);
}

// Floods a client that has stopped reading, in steps that another client keeps up with.
class SlowConsumerTest : public testing::TestWithParam<Upstream> {
 protected:
  static std::string config() { return "[limits]\noutbox_bytes = 524288\n" + broker_section(GetParam()); }

  SlowConsumerTest()
      : stack_(config()),
        slow_(stack_.daemon.listen(), {.receive_buffer = 131'072}),
        witness_(stack_.daemon.listen()),
        publisher_(stack_.broker.endpoint()) {
    witness_.connect();
    witness_.call("subscribe", {{"topic", "flood/#"}, {"qos", 1}});
  }

  void SetUp() override { LOBBYD_NEEDS(bulk); }

  // Far more than the sockets' own buffers hold, so that the outbox must fill. Message I is on flood/I%10.
  void flood(int qos) {
    for (int i = 0; i < messages; ++i) {
      const auto number = std::to_string(i);
      publisher_.publish_later({.topic = "flood/" + std::to_string(i % 10),
                                .payload = number + std::string(size - number.size(), ' '),
                                .qos = qos});
      if (i >= 3) expect_witnessed(i - 3);
    }
    for (int i = messages - 3; i < messages; ++i) expect_witnessed(i);
  }

  void expect_witnessed(int number) {
    const auto payload = witness_.next_message().at("payload").get<std::string>();
    ASSERT_EQ(std::stoi(payload), number);
  }

  static constexpr int messages = 300;
  static constexpr std::size_t size = 32'768;

  Stack stack_;
  RpcClient slow_;
  RpcClient witness_;
  MqttClient publisher_;
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(SlowConsumerTest);

TEST_P(SlowConsumerTest, Qos0IsDroppedAndTheClientTold) {
  slow_.connect();
  slow_.call("subscribe", {{"topic", "flood/#"}, {"qos", 0}});
  slow_.socket().stop_reading();
  flood(0);
  slow_.socket().resume_reading();
  const auto notice = slow_.wait_notification("overflow");
  EXPECT_GT(notice.at("dropped").get<int>(), 0);
  EXPECT_EQ(notice.at("filters"), Json::array({"flood/#"}));
  // The newest is kept, in order, and the connection is as good as before.
  int last = -1;
  int received = 0;
  while (last != messages - 1) {
    const int number = std::stoi(slow_.next_message().at("payload").get<std::string>());
    ASSERT_GT(number, last);
    last = number;
    ++received;
  }
  EXPECT_LT(received, messages);
  publisher_.publish("flood/0", "after", 1);
  EXPECT_EQ(slow_.next_message().at("payload"), "after");
}

TEST_P(SlowConsumerTest, OverflowCountsWhatIsMissing) {
  slow_.connect();
  slow_.call("subscribe", {{"topic", "flood/#"}, {"qos", 0}});
  slow_.socket().stop_reading();
  flood(0);
  slow_.socket().resume_reading();
  publisher_.publish("flood/end", "end", 1);
  int received = 0;
  for (auto message = slow_.next_message(); message.at("topic") != "flood/end"; message = slow_.next_message()) {
    ++received;
  }
  int dropped = 0;
  for (const auto& notice : slow_.notifications_until_now("overflow")) dropped += notice.at("dropped").get<int>();
  EXPECT_EQ(received + dropped, messages);
}

TEST_P(SlowConsumerTest, Qos1ClosesWith4508) {
  slow_.connect();
  slow_.call("subscribe", {{"topic", "flood/#"}, {"qos", 1}});
  slow_.socket().stop_reading();
  flood(1);
  slow_.socket().resume_reading();
  EXPECT_TRUE(is_closing(slow_.wait_closed(), 4508));
  witness_.call("ping");
}

TEST_P(SlowConsumerTest, LatestKeepsTheNewestOfEachTopic) {
  slow_.connect();
  slow_.call("subscribe", {{"topic", "flood/#"}, {"qos", 0}, {"delivery", "latest"}});
  slow_.socket().stop_reading();
  flood(0);
  slow_.socket().resume_reading();
  std::vector<int> newest(10, -1);
  const auto complete = [&] {
    for (int i = 0; i < 10; ++i) {
      if (newest[static_cast<std::size_t>(i)] != messages - 10 + i) return false;
    }
    return true;
  };
  while (!complete()) {
    const auto message = slow_.next_message();
    const int number = std::stoi(message.at("payload").get<std::string>());
    auto& before = newest[static_cast<std::size_t>(number % 10)];
    ASSERT_GT(number, before) << "a topic's values do not go back";
    before = number;
  }
  publisher_.publish("flood/0", "after", 1);
  EXPECT_EQ(slow_.next_message().at("payload"), "after");
}

TEST_P(SlowConsumerTest, LostSlowConsumerHasItsWill) {
  witness_.call("subscribe", {{"topic", "will"}, {"qos", 1}});
  slow_.connect({{"will", {{"topic", "will"}, {"payload", "gone"}, {"qos", 1}}}});
  slow_.call("subscribe", {{"topic", "flood/#"}, {"qos", 1}});
  slow_.socket().stop_reading();
  for (int i = 0; i < messages; ++i) {
    publisher_.publish("flood/0", std::string(size, 'x'), 1);
    if (witness_.next_message().at("topic") == "will") return;
  }
  EXPECT_EQ(witness_.wait_notification("message", [](const Json& message) { return message.at("topic") == "will"; })
                .at("payload"),
            "gone");
}

}  // namespace
}  // namespace lobbyd::integration
