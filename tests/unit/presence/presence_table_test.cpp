#include "service/apps/presence/presence_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::milliseconds hour{3'600'000};

PresenceRecord record(std::int64_t at, std::string status) {
  return {.at = HybridTime(at), .instance = "a", .status = std::move(status), .since = at};
}

class PresenceTableTest : public testing::Test {
 protected:
  void put(std::string_view player, std::string_view client, std::optional<PresenceRecord> record) {
    table_.put({.player = player, .client = client}, std::move(record));
  }
  std::string status(std::string_view player) { return table_.state(player, 100).status; }

  PresenceTable table_{hour};
};

TEST_F(PresenceTableTest, TheLatestOfAPlayersConnectionsCounts) {
  EXPECT_EQ(status("ann"), "offline");
  put("ann", "ann:1", record(5, "away"));
  put("ann", "ann:2", record(7, "playing"));
  put("ann", "ann:3", record(6, "idle"));
  EXPECT_EQ(table_.state("ann", 100), (PresenceState{.status = "playing", .data = "null", .since = 7}));
  put("ann", "ann:2", std::nullopt);
  EXPECT_EQ(status("ann"), "idle");
  put("ann", "ann:1", record(8, "back"));
  EXPECT_EQ(status("ann"), "back");
}

TEST_F(PresenceTableTest, APlayerIsOfflineWithoutConnections) {
  put("ann", "ann:1", record(5, "away"));
  table_.put_last_seen("ann", 50);
  EXPECT_TRUE(table_.is_online("ann"));
  EXPECT_EQ(status("ann"), "away");
  put("ann", "ann:1", std::nullopt);
  EXPECT_FALSE(table_.is_online("ann"));
  EXPECT_EQ(table_.state("ann", 100), (PresenceState{.status = "offline", .data = "null", .since = 50}));
  EXPECT_EQ(table_.state("ann", 50 + hour.count()).since, std::nullopt) << "too long ago";
  table_.put_last_seen("ann", std::nullopt);
  EXPECT_THAT(table_.players(), IsEmpty());
}

TEST_F(PresenceTableTest, PlayersMayBeForgotten) {
  put("ann", "ann", record(5, "a"));
  put("bob", "bob", record(5, "b"));
  put("eve", "eve", record(5, "c"));
  table_.forget("ann");
  table_.keep({"eve", "dan"});
  EXPECT_THAT(table_.players(), ElementsAre("eve"));
}

TEST_F(PresenceTableTest, KnowsItsTopics) {
  put("ann", "ann:1", record(5, "a"));
  table_.put_last_seen("bob", 5);
  EXPECT_THAT(table_.topics(PresenceTopics("p/")), ElementsAre("p/presence/ann/ann:1", "p/presence/bob/~"));
}

TEST_F(PresenceTableTest, IsBounded) {
  PresenceTable table(hour, 2);
  table.put({.player = "ann", .client = "1"}, record(1, "a"));
  table.put_last_seen("bob", 1);
  table.put({.player = "eve", .client = "1"}, record(1, "c"));
  table.put_last_seen("dan", 1);
  EXPECT_THAT(table.players(), ElementsAre("ann", "bob"));
  table.put({.player = "ann", .client = "1"}, record(2, "changed"));
  EXPECT_EQ(table.state("ann", 5).status, "changed");
  table.put_last_seen("bob", std::nullopt);
  table.put({.player = "eve", .client = "1"}, record(1, "c"));
  EXPECT_THAT(table.players(), ElementsAre("ann", "eve"));
  table.forget("ann");
  table.keep({});
  table.put({.player = "x", .client = "1"}, record(1, "c"));
  table.put({.player = "y", .client = "1"}, record(1, "c"));
  EXPECT_THAT(table.players(), ElementsAre("x", "y")) << "what was forgotten does not count";
}

TEST_F(PresenceTableTest, ComesInPages) {
  put("bob", "bob", record(5, "b"));
  const auto first = table_.page({"ann", "bob", "eve"}, std::nullopt, {.entries = 2, .bytes = 10'000}, 100);
  EXPECT_EQ(first->entries, R"({"player":"ann","status":"offline","data":null,"since":null},)"
                            R"({"player":"bob","status":"b","data":null,"since":5})");
  EXPECT_EQ(first->next, "bob");
  const auto second = table_.page({"ann", "bob", "eve"}, first->next, {.entries = 2, .bytes = 10'000}, 100);
  EXPECT_THAT(second->entries, testing::HasSubstr("eve"));
  EXPECT_EQ(second->next, std::nullopt);
  EXPECT_FALSE(table_.page({}, "no name", {.entries = 2, .bytes = 10'000}, 100));
}

}  // namespace
}  // namespace lobbyd::apps
