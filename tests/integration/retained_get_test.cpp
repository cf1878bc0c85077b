// `retained.get`: one look, without subscribing (api.md, "MQTT").

#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class RetainedGetTest : public BothUpstreamsTest {
 protected:
  void SetUp() override {
    LOBBYD_NEEDS(retained_by_wildcard);
    BothUpstreamsTest::SetUp();
  }
  void keep(int count, std::size_t size = 3) {
    auto publisher = mqtt();
    for (int i = 0; i < count; ++i) {
      publisher->publish_later(
          {.topic = topic("kept/" + std::to_string(i)), .payload = std::string(size, 'p'), .qos = 1, .retain = true});
    }
    publisher->wait_published();
  }

  // All pages, each at most `limit` long, as the set of their topics.
  std::set<std::string> read_pages(RpcClient& it, int limit, std::size_t& pages) {
    std::set<std::string> topics;
    Json params{{"topic", topic("kept/#")}, {"limit", limit}};
    for (pages = 1;; ++pages) {
      const auto result = it.call("retained.get", params);
      EXPECT_TRUE(is_whole(result));
      EXPECT_LE(result.at("messages").size(), static_cast<std::size_t>(limit));
      for (const auto& message : result.at("messages")) {
        EXPECT_TRUE(topics.insert(message.at("topic").get<std::string>()).second) << "twice: " << message.at("topic");
      }
      if (!result.contains("next")) return topics;
      EXPECT_FALSE(result.at("messages").empty()) << "a page that is followed by another holds something";
      params["cursor"] = result.at("next");
    }
  }
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(RetainedGetTest);

TEST_P(RetainedGetTest, AnswersTheMessages) {
  keep(3);
  auto it = client();
  const auto result = it->call("retained.get", {{"topic", topic("kept/1")}});
  EXPECT_TRUE(is_whole(result));
  EXPECT_FALSE(result.contains("next"));
  ASSERT_EQ(result.at("messages").size(), 1U);
  const auto& message = result.at("messages").at(0);
  EXPECT_EQ(message.at("topic"), topic("kept/1"));
  EXPECT_EQ(message.at("payload"), "ppp");
  EXPECT_EQ(it->call("retained.get", {{"topic", topic("kept/+")}}).at("messages").size(), 3U);
}

TEST_P(RetainedGetTest, SubscribesToNothing) {
  keep(3);
  auto it = client();
  it->call("retained.get", {{"topic", topic("kept/#")}});
  mqtt()->publish(topic("kept/1"), "live", 1);
  EXPECT_TRUE(it->messages_until_now().empty());
  EXPECT_TRUE(is_error(it->refused("unsubscribe", {{"topic", topic("kept/#")}}), 404, "not_found"));
}

TEST_P(RetainedGetTest, NothingIsAnEmptyList) {
  const auto result = client()->call("retained.get", {{"topic", topic("none/#")}});
  EXPECT_EQ(result.at("messages"), Json::array());
  EXPECT_TRUE(is_whole(result));
  EXPECT_FALSE(result.contains("next"));
}

TEST_P(RetainedGetTest, PagesHoldEachMessageOnce) {
  keep(25);
  auto it = client();
  for (const auto& [limit, expected] : std::vector<std::pair<int, std::size_t>>{{1000, 1}, {25, 1}, {10, 3}, {1, 25}}) {
    std::size_t pages = 0;
    EXPECT_EQ(read_pages(*it, limit, pages).size(), 25U);
    EXPECT_GE(pages, expected);
    EXPECT_LE(pages, expected + 1) << "but perhaps for an empty last one";
  }
}

TEST_P(RetainedGetTest, NoPageIsLargerThanTheClientsFrames) {
  LOBBYD_NEEDS(bulk);
  keep(40, 10'000);
  constexpr std::size_t frame = 65'535;
  auto it = client({{"max_message_bytes", frame}});
  std::size_t pages = 0;
  EXPECT_EQ(read_pages(*it, 1000, pages).size(), 40U);
  EXPECT_GE(pages, std::size_t{40} * 10'000 / frame);
  for (const auto& text : it->received()) EXPECT_LE(text.size(), frame);
}

TEST_P(RetainedGetTest, SeesAMessageThatTheClientPublishedJustBefore) {
  auto it = client();
  for (int i = 0; i < 10; ++i) {
    it->send_request("publish",
                     {{"topic", topic("own")}, {"payload", std::to_string(i)}, {"qos", 1}, {"retain", true}});
    const auto result = it->call("retained.get", {{"topic", topic("own")}});
    if (result.at("messages").empty()) continue;  // what is not answered yet need not be seen yet
    EXPECT_LE(std::stoi(result.at("messages").at(0).at("payload").get<std::string>()), i);
  }
  it->call("publish", {{"topic", topic("own")}, {"payload", "last"}, {"qos", 1}, {"retain", true}});
  EXPECT_EQ(it->call("retained.get", {{"topic", topic("own")}}).at("messages").at(0).at("payload"), "last");
}

TEST_P(RetainedGetTest, WorksBesideASubscriptionToTheSame) {
  keep(5);
  auto it = client();
  it->call("subscribe", {{"topic", topic("kept/#")}, {"qos", 1}});
  it->next_messages(5);
  EXPECT_EQ(it->call("retained.get", {{"topic", topic("kept/#")}}).at("messages").size(), 5U);
  EXPECT_TRUE(it->messages_until_now().empty()) << "the subscription brings nothing again";
}

TEST_P(RetainedGetTest, WrongParamsAreRefused) {
  auto it = client();
  const auto refused = [&](const Json& params) { return it->refused("retained.get", params); };
  EXPECT_TRUE(is_error(refused(Json::object()), -32602, {}));
  EXPECT_TRUE(is_error(refused({{"topic", topic("a")}, {"limit", 0}}), -32602, {}));
  EXPECT_TRUE(is_error(refused({{"topic", topic("a")}, {"limit", "10"}}), -32602, {}));
  EXPECT_TRUE(is_error(refused({{"topic", topic("a")}, {"cursor", 5}}), -32602, {}));
  EXPECT_TRUE(is_error(refused({{"topic", topic("a")}, {"prefix", "a"}}), -32602, {}));
}

TEST_P(RetainedGetTest, UnknownCursorDoesNoHarm) {
  keep(3);
  auto it = client();
  for (const auto& cursor :
       {std::string("nonsense"), std::string(), std::string("\xc3\xbc"), std::string(1'000, '9')}) {
    const auto answer =
        it->wait_answer(it->send_request("retained.get", {{"topic", topic("kept/#")}, {"cursor", cursor}}));
    EXPECT_TRUE(answer.contains("result") || answer.at("error").at("code") == -32602 ||
                answer.at("error").at("code") == 404)
        << answer;
  }
}

TEST_P(RetainedGetTest, ManyAtOnceAreAllAnswered) {
  keep(20);
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(client());
  std::vector<std::pair<RpcClient*, std::int64_t>> requests;
  for (int i = 0; i < 5; ++i) {
    for (auto& it : clients) requests.emplace_back(it.get(), it->send_request("retained.get", {{"topic", topic("#")}}));
  }
  for (const auto& [it, id] : requests) {
    EXPECT_EQ(it->wait_answer(id).at("result").at("messages").size(), 20U);
  }
}

}  // namespace
}  // namespace lobbyd::integration
