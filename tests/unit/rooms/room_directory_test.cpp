#include "service/apps/rooms/room_directory.hpp"

#include "service/apps/rooms/room_records.hpp"
#include "service/apps/rooms/room_topics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

constexpr PageLimits plenty{.entries = 100, .bytes = 10'000};

class RoomDirectoryTest : public testing::Test {
 protected:
  void put(const std::string& room, const std::string& client, const std::string& payload) {
    directory_.on_message(surroundings_, RoomTopics("lobby/", room).member(client), payload);
  }
  void come(const std::string& room, const std::string& client) {
    put(room, client, write_record(MemberRecord{.at = HybridTime(1), .instance = "a", .player = "p"}));
  }
  void go(const std::string& room, const std::string& client) { put(room, client, ""); }
  std::string list(const RoomListQuery& query = {}) { return directory_.page(query, plenty)->entries; }

  Surroundings surroundings_{.prefix = "lobby/", .instance = "a"};
  RoomDirectory directory_{3};
};

TEST_F(RoomDirectoryTest, CountsTheMembersOfEachRoom) {
  come("b", "c1");
  come("a", "c1");
  come("a", "c2");
  come("a", "c2");
  EXPECT_EQ(list(), R"({"room":"a","members":2},{"room":"b","members":1})");
  go("a", "c2");
  go("b", "c1");
  go("b", "c1");
  EXPECT_EQ(list(), R"({"room":"a","members":1})");
  EXPECT_EQ(directory_.size(), 1U);
}

TEST_F(RoomDirectoryTest, CountsRecordsAlone) {
  come("a", "c1");
  put("a", "c1", write_record(Departure{.at = HybridTime(1)}));
  put("a", "c2", "garbage");
  directory_.on_message(surroundings_, RoomTopics("lobby/", "a").ban("c3"), "{}");
  directory_.on_message(surroundings_, "elsewhere", "{}");
  EXPECT_EQ(list(), R"({"room":"a","members":1})");
  put("a", "c1", "garbage");
  EXPECT_EQ(list(), "");
}

TEST_F(RoomDirectoryTest, ListsByPrefixInPages) {
  directory_ = RoomDirectory();
  for (const char* room : {"x", "chat:1", "chat:2", "chat:3", "chat", "a"}) {
    come(room, "c");
  }
  const auto first = directory_.page({.prefix = "chat:"}, {.entries = 2, .bytes = 10'000});
  EXPECT_EQ(first->entries, R"({"room":"chat:1","members":1},{"room":"chat:2","members":1})");
  const auto second = directory_.page({.prefix = "chat:", .cursor = first->next}, {.entries = 2, .bytes = 10'000});
  EXPECT_EQ(second->entries, R"({"room":"chat:3","members":1})");
  EXPECT_EQ(second->next, std::nullopt);
  EXPECT_TRUE(list({.prefix = "chat:", .cursor = "a"}).starts_with(R"({"room":"chat:1")"));
  EXPECT_EQ(list({.prefix = "none"}), "");
  EXPECT_FALSE(directory_.page({.cursor = "not a name"}, plenty));
}

TEST_F(RoomDirectoryTest, IsBounded) {
  come("a", "c1");
  come("a", "c2");
  come("a", "c3");
  come("b", "c4");
  EXPECT_EQ(list(), R"({"room":"a","members":3})");
  go("a", "c1");
  come("b", "c4");
  EXPECT_EQ(list(), R"({"room":"a","members":2},{"room":"b","members":1})");
  directory_.clear();
  come("c", "c1");
  come("c", "c2");
  come("c", "c3");
  EXPECT_EQ(list(), R"({"room":"c","members":3})") << "what was forgotten does not count";
}

}  // namespace
}  // namespace lobbyd::apps
