#include "service/apps/rooms/room_history.hpp"

#include "tests/unit/rooms/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::apps {
namespace {

using test::id_at;
using test::message_at;
using test::start_ms;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::milliseconds hour{3'600'000};

class RoomHistoryTest : public testing::Test {
 protected:
  RoomHistory::News put(const std::string& instance, std::uint32_t slot, std::optional<LogRecord> record) {
    return history_.put({instance, slot}, std::move(record), start_ms);
  }
  // Seconds after the start.
  std::vector<int> view(std::int64_t now_ms = start_ms) {
    std::vector<int> seconds;
    for (const auto* held : history_.view(now_ms)) {
      seconds.push_back(static_cast<int>((held->message->time_ms() - start_ms) / 1000));
    }
    return seconds;
  }

  RoomHistory history_{{.messages = 3, .expiry = hour, .slots = 10}};
};

TEST_F(RoomHistoryTest, HasTheMessagesOfAllRingsByTheirIds) {
  EXPECT_EQ(history_.latest(), "");
  EXPECT_EQ(put("a", 0, message_at(1, "a")).message->id, id_at(1, "a"));
  put("b", 5, message_at(3, "b"));
  put("a", 1, message_at(2, "a"));
  EXPECT_THAT(view(), ElementsAre(1, 2, 3));
  EXPECT_EQ(history_.latest(), id_at(3, "b"));
}

TEST_F(RoomHistoryTest, IsTheLatestOfThem) {
  for (int second = 0; second < 5; ++second) {
    put("a", static_cast<std::uint32_t>(second), message_at(second));
  }
  EXPECT_THAT(view(), ElementsAre(2, 3, 4));
  put("a", 4, std::nullopt);
  EXPECT_THAT(view(), ElementsAre(1, 2, 3)) << "an earlier one comes into view";
}

TEST_F(RoomHistoryTest, AMessageGoesWithItsSlot) {
  put("a", 0, message_at(1));
  put("a", 0, message_at(2));
  EXPECT_THAT(view(), ElementsAre(2));
  EXPECT_EQ(history_.find(id_at(1)), nullptr);
  put("a", 0, std::nullopt);
  EXPECT_THAT(view(), IsEmpty());
}

TEST_F(RoomHistoryTest, AMessageIsNewsOnce) {
  EXPECT_TRUE(put("a", 0, message_at(1)).message);
  EXPECT_FALSE(put("a", 0, message_at(1)).message) << "written again";
  EXPECT_FALSE(put("b", 0, message_at(1)).message) << "copied";
  put("a", 0, std::nullopt);
  EXPECT_THAT(view(), ElementsAre(1)) << "the copy stands";
  put("b", 0, std::nullopt);
  EXPECT_THAT(view(), IsEmpty());
  EXPECT_FALSE(put("a", 0, message_at(1)).message) << "back again";
  EXPECT_THAT(view(), ElementsAre(1));
}

TEST_F(RoomHistoryTest, ADeletionHidesAMessageWhereverItStands) {
  put("a", 0, message_at(1, "a"));
  put("b", 0, message_at(2, "b"));
  EXPECT_EQ(put("b", 1, Deletion{.target = id_at(1, "a"), .id = id_at(3, "b")}).deleted, id_at(1, "a"));
  EXPECT_THAT(view(), ElementsAre(2));
  EXPECT_NE(history_.find(id_at(1, "a")), nullptr) << "it stands there still";
  EXPECT_EQ(put("c", 1, Deletion{.target = id_at(1, "a"), .id = id_at(4, "c")}).deleted, std::nullopt) << "once";
  put("b", 1, std::nullopt);
  EXPECT_THAT(view(), ElementsAre(2)) << "the other deletion stands";
  put("c", 1, std::nullopt);
  EXPECT_THAT(view(), ElementsAre(1, 2));
}

TEST_F(RoomHistoryTest, ADeletionTakesAMessagesPlace) {
  put("a", 0, message_at(1));
  EXPECT_EQ(put("a", 0, Deletion{.target = id_at(1)}).deleted, id_at(1));
  EXPECT_EQ(history_.find(id_at(1)), nullptr);
  EXPECT_THAT(view(), IsEmpty());
}

TEST_F(RoomHistoryTest, ADeletedMessageIsNoNews) {
  put("b", 0, Deletion{.target = id_at(1), .id = id_at(2, "b")});
  EXPECT_FALSE(put("a", 0, message_at(1)).message);
  EXPECT_THAT(view(), IsEmpty());
}

TEST_F(RoomHistoryTest, WhatIsTooOldIsNotSeenAndForgotten) {
  put("a", 0, message_at(1));
  put("a", 1, message_at(100));
  const std::int64_t later = start_ms + hour.count() + 2'000;
  EXPECT_THAT(view(later), ElementsAre(100));
  EXPECT_FALSE(history_.put({"a", 2}, message_at(0), later).message);
  history_.expire(later);
  EXPECT_EQ(history_.slots().size(), 1U);
  EXPECT_EQ(history_.find(id_at(1)), nullptr);
}

TEST_F(RoomHistoryTest, OfTooManySlotsTheEarliestAreForgotten) {
  for (int second = 1; second <= 11; ++second) {
    put("a" + std::to_string(second), 0, message_at(second));
  }
  EXPECT_EQ(history_.slots().size(), 10U);
  EXPECT_EQ(history_.find(id_at(1)), nullptr);
  put("z", 0, message_at(0));
  EXPECT_EQ(history_.find(id_at(0)), nullptr) << "the earliest goes, also the new one";
}

TEST_F(RoomHistoryTest, OfTooManyBytesTheEarliestAreForgotten) {
  RoomHistory history({.messages = 100, .expiry = hour, .slots = 100, .bytes = 10'000});
  for (int second = 0; second < 5; ++second) {
    history.put({"a", static_cast<std::uint32_t>(second)},
                message_at(second, "a", {}, "\"text\":\"" + std::string(2'000, 'x') + '"'), start_ms);
  }
  EXPECT_THAT(history.view(start_ms).size(), 3U);
  EXPECT_EQ(history.view(start_ms).front()->message->id, id_at(2));
}

TEST_F(RoomHistoryTest, CountsMessagesAsTheyCome) {
  put("a", 0, message_at(5));
  put("b", 0, message_at(1, "b"));
  EXPECT_EQ(history_.find(id_at(5))->arrival, 1U);
  EXPECT_EQ(history_.find(id_at(1, "b"))->arrival, 2U);
  EXPECT_EQ(history_.arrivals(), 2U);
}

}  // namespace
}  // namespace lobbyd::apps
