#include "service/gateway/retained_page.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace lobbyd::gateway {
namespace {

hub::MessagePtr message(const std::string& topic, const std::string& payload) {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.retain = true;
  return std::make_shared<const hub::Message>(publish);
}

std::vector<hub::MessagePtr> numbered(int count, std::size_t payload = 10) {
  std::vector<hub::MessagePtr> messages;
  for (int number = 0; number < count; ++number) {
    messages.push_back(message("t/" + std::to_string(1000 + number), std::string(payload, 'x')));
  }
  return messages;
}

std::vector<std::string> topics(const RetainedPage& page) {
  std::vector<std::string> names;
  for (const auto& object : nlohmann::json::parse("[" + page.messages + "]")) {
    names.push_back(object.at("topic"));
    EXPECT_EQ(object.at("retain"), true);
  }
  return names;
}

TEST(RetainedPage, PagesTogetherHoldEveryMessageOnceInOrder) {
  const auto messages = numbered(57);
  for (const PageLimits limits : {PageLimits{10, 100'000}, PageLimits{1000, 500}, PageLimits{1, 100'000}}) {
    std::vector<std::string> all;
    std::optional<std::string> cursor;
    int pages = 0;
    do {
      const auto page = make_page(messages, cursor, limits, api::PayloadForm::automatic);
      for (const std::string& topic : topics(page)) {
        all.push_back(topic);
      }
      EXPECT_LE(page.messages.size() + page.next.value_or("").size() + 2, limits.bytes);
      cursor = page.next;
      ASSERT_LE(++pages, 100);
    } while (cursor);
    ASSERT_EQ(all.size(), 57U);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  }
}

TEST(RetainedPage, TheLastPageSaysThatThereIsNoMore) {
  EXPECT_FALSE(make_page(numbered(10), {}, {10, 100'000}, api::PayloadForm::automatic).next);
  EXPECT_TRUE(make_page(numbered(11), {}, {10, 100'000}, api::PayloadForm::automatic).next);
  EXPECT_FALSE(make_page({}, {}, {10, 100'000}, api::PayloadForm::automatic).next);
}

TEST(RetainedPage, ACursorWhoseTopicIsGoneGoesOnBehindIt) {
  const auto page = make_page(numbered(3), "t/1000x", {10, 100'000}, api::PayloadForm::automatic);
  EXPECT_EQ(topics(page), (std::vector<std::string>{"t/1001", "t/1002"}));
}

TEST(RetainedPage, AMessageThatNoFrameCanHoldIsNamedAndPassedOver) {
  std::vector<hub::MessagePtr> messages{message("a", "1"), message("b", std::string(1000, 'x')), message("c", "3")};
  const auto page = make_page(messages, {}, {10, 500}, api::PayloadForm::automatic);
  EXPECT_EQ(topics(page), (std::vector<std::string>{"a", "c"}));
  ASSERT_EQ(page.too_large.size(), 1U);
  EXPECT_EQ(page.too_large[0].topic, "b");
  EXPECT_GT(page.too_large[0].bytes, 1000U);
}

}  // namespace
}  // namespace lobbyd::gateway
