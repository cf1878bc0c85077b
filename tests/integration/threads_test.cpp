// The clients' sockets are spread over so many threads (docs/configuration.md, `threads`), and no client can tell.

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/raw_websocket.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <signal.h>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

std::string config(unsigned threads) {
  return "threads = " + std::to_string(threads) +
         "\n[limits]\npublish_rate = 0\nrequest_rate = 0\n[drain]\nseconds = 60\n";
}

// Without an id: nothing is answered.
Json request(const std::string& method, const Json& params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
}

class ThreadsTest : public testing::TestWithParam<unsigned> {
 protected:
  using Clients = std::vector<std::unique_ptr<RpcClient>>;

  std::unique_ptr<RpcClient> client(const Json& params = Json::object(), const WebSocketOptions& options = {}) {
    auto it = std::make_unique<RpcClient>(stack_.daemon.listen(), options);
    it->connect(params);
    return it;
  }
  // Enough to be on all threads.
  Clients clients(std::size_t count) {
    Clients all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(client());
    return all;
  }

  Stack stack_{config(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(, ThreadsTest, testing::Values(1U, 2U, 4U),
                         [](const auto& parameter) { return std::to_string(parameter.param); });

TEST_P(ThreadsTest, ThereAreSoMany) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(stack_.daemon.id()) + "/task";
  unsigned of_sockets = 0;
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    of_sockets += name.starts_with("lobbyd-io-") ? 1U : 0U;
  }
  EXPECT_EQ(of_sockets, GetParam() - 1);
}

TEST_P(ThreadsTest, OrderAcrossTopicsIsKeptForEverybody) {
  const auto readers = clients(12);
  for (const auto& it : readers) it->call("subscribe", {{"topic", "order/#"}, {"qos", 1}});
  const auto writer = client();
  constexpr int count = 1000;
  for (int i = 0; i < count; ++i) {
    writer->notify("publish",
                   {{"topic", "order/" + std::to_string(i % 7)}, {"payload", std::to_string(i)}, {"qos", 1}});
  }
  for (const auto& it : readers) {
    const auto messages = it->next_messages(count);
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(messages[static_cast<std::size_t>(i)].at("payload"), std::to_string(i));
      ASSERT_EQ(messages[static_cast<std::size_t>(i)].at("topic"), "order/" + std::to_string(i % 7));
    }
  }
}

TEST_P(ThreadsTest, TheEchoComesBehindTheAnswerToTheSubscribeBeforeIt) {
  constexpr int count = 50;
  const auto all = clients(6);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (int number = 0; number < count; ++number) {
      const std::string topic = "echo/" + std::to_string(i) + "/" + std::to_string(number);
      all[i]->send_request("subscribe", {{"topic", topic}});
      all[i]->send_request("publish", {{"topic", topic}, {"payload", "x"}, {"qos", 1}});
    }
  }
  for (const auto& it : all) {
    // Where a broker does not prove that retained messages are complete each subscribe takes its time, in turn.
    it->next_messages(count, deadline_in(scaled(std::chrono::seconds(60))));
    int subscribed = 0;
    int echoed = 0;
    for (const auto& text : it->received()) {
      const Json frame = Json::parse(text);
      if (frame.contains("method")) {
        ASSERT_LT(echoed++, subscribed) << text;
      } else if (frame.at("result").contains("granted")) {
        ++subscribed;
      }
    }
    EXPECT_EQ(echoed, count);
  }
}

// Each sends into its room, and all in it get all.
TEST_P(ThreadsTest, RoomsOfManyClientsLoseNothing) {
  constexpr std::size_t rooms = 20;
  constexpr int each = 5;
  const auto all = clients(200);
  const auto room = [](std::size_t index) { return "room/" + std::to_string(index % rooms); };
  for (std::size_t i = 0; i < all.size(); ++i) all[i]->call("subscribe", {{"topic", room(i)}, {"qos", 1}});
  for (int round = 0; round < each; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]->notify("publish",
                     {{"topic", room(i)}, {"payload", std::to_string(i) + ":" + std::to_string(round)}, {"qos", 1}});
    }
  }
  const std::size_t members = all.size() / rooms;
  for (const auto& it : all) {
    std::map<std::string, int> rounds;  // by sender
    for (const auto& payload : payloads_of(it->next_messages(members * each))) {
      const auto colon = payload.find(':');
      ASSERT_EQ(std::stoi(payload.substr(colon + 1)), rounds[payload.substr(0, colon)]++) << payload;
    }
    ASSERT_EQ(rounds.size(), members);
  }
}

TEST_P(ThreadsTest, SlowReadersAreClosedAndNobodyElse) {
  LOBBYD_NEEDS(bulk);
  // Their wills tell when they have been closed: their own part in that has to follow soon.
  const auto witness = client();
  witness->call("subscribe", {{"topic", "closed"}});
  std::vector<std::unique_ptr<RpcClient>> slow;
  for (int i = 0; i < 4; ++i) {
    slow.push_back(client({{"will", {{"topic", "closed"}}}}, {.receive_buffer = 65'536}));
    slow.back()->call("subscribe", {{"topic", "flood"}, {"qos", 1}});
    slow.back()->socket().stop_reading();
  }
  const auto readers = clients(4);
  for (const auto& it : readers) it->call("subscribe", {{"topic", "flood"}, {"qos", 1}});
  MqttClient publisher(stack_.broker.endpoint());
  std::size_t closed = 0;
  for (int i = 0; i < 1000 && closed < slow.size(); ++i) {
    publisher.publish_later({.topic = "flood", .payload = std::string(32'768, 'x'), .qos = 1});
    for (const auto& it : readers) it->next_message();
    closed += witness->messages_until_now().size();
  }
  EXPECT_EQ(closed, slow.size());
  for (const auto& it : slow) it->socket().resume_reading();
  for (const auto& it : slow) EXPECT_TRUE(is_closing(it->wait_closed(), 4508));
  for (const auto& it : readers) it->call("ping");
}

TEST_P(ThreadsTest, RequestsWaitWhileMuchIsOwed) {
  LOBBYD_NEEDS(bulk);
  LOBBYD_NEEDS(retained_by_wildcard);
  const auto publisher = client();
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 150; ++i) {
    ids.push_back(publisher->send_request(
        "publish",
        {{"topic", "much/" + std::to_string(i)}, {"payload", std::string(60'000, 'x')}, {"qos", 1}, {"retain", true}}));
  }
  for (const auto id : ids) publisher->wait_answer(id);
  const auto witness = client();
  witness->call("subscribe", {{"topic", "from_slow/#"}, {"qos", 1}});
  Clients all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(client({}, {.receive_buffer = 65'536}));
    all.back()->socket().stop_reading();
    // In one frame: both are begun before anything is owed.
    all.back()->send(Json::array(
        {request("subscribe", {{"topic", "much/#"}}), request("publish", {{"topic", "from_slow/1"}, {"qos", 1}})}));
    EXPECT_EQ(witness->next_message().at("topic"), "from_slow/1");
    for (int more = 0; more < 500; ++more) all.back()->notify("publish", {{"topic", "from_slow/2"}, {"qos", 1}});
  }
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(witness->messages_until_now().empty());
  for (const auto& it : all) {
    it->socket().resume_reading();
    EXPECT_EQ(it->next_messages(150).size(), 150U);
    for (int more = 0; more < 500; ++more) ASSERT_EQ(witness->next_message().at("topic"), "from_slow/2");
  }
}

TEST_P(ThreadsTest, TakeoverAndAnsweredFaultsAreTheSame) {
  const auto first = client({{"client_id", "same"}});
  const auto second = client({{"client_id", "same"}});
  const auto third = client({{"client_id", "same"}});
  EXPECT_TRUE(is_closing(first->wait_closed(), 4409));
  EXPECT_TRUE(is_closing(second->wait_closed(), 4409));
  third->call("ping");
  for (int i = 0; i < 10; ++i) third->send_text("{");
  EXPECT_TRUE(is_closing(third->wait_closed(), 4400));
  const auto fourth = client();
  fourth->socket().send_binary("x");
  EXPECT_TRUE(is_closing(fourth->wait_closed(), 1003));
}

TEST_P(ThreadsTest, ThoseThatAreKilledHaveTheirWills) {
  const auto witness = client();
  witness->call("subscribe", {{"topic", "will/#"}, {"qos", 1}});
  Clients all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(client({{"will", {{"topic", "will/" + std::to_string(i)}, {"payload", "gone"}, {"qos", 1}}}}));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    i % 2 == 0 ? all[i]->socket().reset() : all[i]->socket().drop();
    EXPECT_EQ(witness->next_message().at("topic"), "will/" + std::to_string(i));
  }
}

TEST_P(ThreadsTest, TheDrainTellsAllAndEndsInTime) {
  const auto all = clients(9);
  stack_.daemon.signal(SIGTERM);
  for (const auto& it : all) {
    it->wait_notification("drain");
    EXPECT_TRUE(is_closing(it->wait_closed(), 1012));
  }
  EXPECT_EQ(stack_.daemon.wait(deadline_in(scaled(std::chrono::seconds(20)))), ExitStatus{});
}

TEST_P(ThreadsTest, ASecondSignalEndsAtOnce) {
  // Clients that take part in no closing handshake would be waited for.
  std::vector<std::unique_ptr<RawWebSocket>> mute;
  for (int i = 0; i < 6; ++i) {
    mute.push_back(std::make_unique<RawWebSocket>(stack_.daemon.listen()));
    mute.back()->send_text(R"({"jsonrpc":"2.0","id":1,"method":"connect"})");
    ASSERT_TRUE(mute.back()->receive());
  }
  stack_.daemon.signal(SIGTERM);
  for (const auto& it : mute) ASSERT_TRUE(it->receive()) << "the drain has begun";
  stack_.daemon.signal(SIGTERM);
  EXPECT_EQ(stack_.daemon.wait(), (ExitStatus{.code = 1, .signal = 0}));
}

}  // namespace
}  // namespace lobbyd::integration
