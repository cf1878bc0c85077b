#include "service/gateway/retained_page.hpp"

#include <gmock/gmock.h>
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
  return std::make_shared<const hub::Message>(publish, hub::Message::TimePoint{});
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
  for (const PageLimits limits :
       {PageLimits{10, 100'000, 100'000}, PageLimits{1000, 500, 500}, PageLimits{1, 100'000, 100'000}}) {
    std::vector<std::string> all;
    std::optional<std::string> cursor;
    int pages = 0;
    do {
      const auto page = make_page(messages, cursor, limits, api::PayloadForm::automatic, {});
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
  EXPECT_FALSE(make_page(numbered(10), {}, {10, 100'000, 100'000}, api::PayloadForm::automatic, {}).next);
  EXPECT_TRUE(make_page(numbered(11), {}, {10, 100'000, 100'000}, api::PayloadForm::automatic, {}).next);
  EXPECT_FALSE(make_page({}, {}, {10, 100'000, 100'000}, api::PayloadForm::automatic, {}).next);
}

TEST(RetainedPage, ACursorWhoseTopicIsGoneGoesOnBehindIt) {
  const auto page = make_page(numbered(3), "t/1000x", {10, 100'000, 100'000}, api::PayloadForm::automatic, {});
  EXPECT_EQ(topics(page), (std::vector<std::string>{"t/1001", "t/1002"}));
}

TEST(RetainedPage, AMessageThatNoFrameCanHoldIsNamedAndPassedOver) {
  std::vector<hub::MessagePtr> messages{message("a", "1"), message("b", std::string(1000, 'x')), message("c", "3")};
  const auto page = make_page(messages, {}, {10, 500, 500}, api::PayloadForm::automatic, {});
  EXPECT_EQ(topics(page), (std::vector<std::string>{"a", "c"}));
  ASSERT_EQ(page.too_large.size(), 1U);
  EXPECT_EQ(page.too_large[0].topic, "b");
  EXPECT_GT(page.too_large[0].bytes, 1000U);
}

// Whatever its size, each message is on one page or named as too large, and the walk ends.
TEST(RetainedPage, WalksEndAtEverySizeOfAMessage) {
  for (std::size_t size = 300; size < 500; ++size) {
    const std::vector<hub::MessagePtr> messages{message("a", "1"), message("b", std::string(size, 'x')),
                                                message("c", "3")};
    std::vector<std::string> seen;
    std::optional<std::string> cursor;
    int pages = 0;
    do {
      const auto page = make_page(messages, cursor, {10, 500, 500}, api::PayloadForm::automatic, {});
      for (const std::string& topic : topics(page)) {
        seen.push_back(topic);
      }
      for (const auto& left_out : page.too_large) {
        seen.push_back(left_out.topic);
      }
      cursor = page.next;
      ASSERT_LE(++pages, 3) << size;
    } while (cursor);
    EXPECT_THAT(seen, testing::UnorderedElementsAre("a", "b", "c")) << size;
  }
}

TEST(RetainedPage, AMessageAboveThePagesSizeHasAPageOfItsOwn) {
  const std::vector<hub::MessagePtr> messages{message("a", "1"), message("b", std::string(1000, 'x')),
                                              message("c", "3")};
  const auto first = make_page(messages, {}, {10, 500, 5000}, api::PayloadForm::automatic, {});
  EXPECT_EQ(topics(first), (std::vector<std::string>{"a"}));
  const auto second = make_page(messages, first.next, {10, 500, 5000}, api::PayloadForm::automatic, {});
  EXPECT_EQ(topics(second), (std::vector<std::string>{"b"}));
  const auto third = make_page(messages, second.next, {10, 500, 5000}, api::PayloadForm::automatic, {});
  EXPECT_EQ(topics(third), (std::vector<std::string>{"c"}));
  EXPECT_FALSE(third.next);
}

TEST(RetainedPage, OnesPassedOverCountAgainstTheLimit) {
  const auto page = make_page(numbered(7, 1000), {}, {5, 500, 500}, api::PayloadForm::automatic, {});
  EXPECT_TRUE(page.messages.empty());
  EXPECT_EQ(page.too_large.size(), 5U);
  EXPECT_EQ(page.next, "t/1004");
}

TEST(RetainedPage, ATopicThatNoFrameCanHoldIsNoCursor) {
  const std::vector<hub::MessagePtr> messages{message(std::string(600, 'a'), "1"), message("b", "2"),
                                              message("c", "3")};
  const auto page = make_page(messages, {}, {1, 500, 500}, api::PayloadForm::automatic, {});
  EXPECT_EQ(topics(page), (std::vector<std::string>{"b"}));
  EXPECT_EQ(page.next, "b");
}

}  // namespace
}  // namespace lobbyd::gateway
