#include "service/apps/presence/presence_records.hpp"

#include "service/apps/presence/presence_topics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  return text.replace(text.find(what), what.size(), by);
}

TEST(PresenceRecords, AreReadAsTheyWereWritten) {
  api::JsonReader reader;
  const PresenceRecord record{
      .at = HybridTime(5), .instance = "east", .status = "in game", .data = R"({"map":1})", .since = 4};
  const std::string text = write_record(record);
  EXPECT_EQ(text, R"({"at":"0000000000050000","instance":"east","status":"in game","data":{"map":1},"since":4})");
  EXPECT_EQ(read_presence(reader, text), record);
  EXPECT_EQ(read_last_seen(reader, write_last_seen(7)), 7);
}

TEST(PresenceRecords, AllElseIsNothing) {
  api::JsonReader reader;
  const std::string text = write_record(PresenceRecord{.at = HybridTime(5), .instance = "east", .status = "away"});
  ASSERT_TRUE(read_presence(reader, text));
  EXPECT_FALSE(read_presence(reader, ""));
  EXPECT_FALSE(read_presence(reader, replaced(text, "away", "")));
  EXPECT_FALSE(read_presence(reader, replaced(text, "away", std::string(max_status_bytes + 1, 'x'))));
  EXPECT_FALSE(read_presence(reader, replaced(text, "null", '"' + std::string(max_presence_data_bytes, 'x') + '"')));
  EXPECT_FALSE(read_presence(reader, replaced(text, "\"since\":0", "\"since\":-1")));
  EXPECT_FALSE(read_last_seen(reader, ""));
  EXPECT_FALSE(read_last_seen(reader, R"({"since":"now"})"));
}

TEST(PresenceRecords, AStateIsWhatClientsSee) {
  EXPECT_EQ(write_state("ann", {.status = "away", .data = "[1]", .since = 5}),
            R"({"player":"ann","status":"away","data":[1],"since":5})");
  EXPECT_EQ(
      write_presence_notification("ann", {}),
      R"({"jsonrpc":"2.0","method":"presence","params":{"player":"ann","status":"offline","data":null,"since":null}})");
}

TEST(PresenceTopics, AreReadAsTheyWereWritten) {
  const PresenceTopics topics("lobby/");
  EXPECT_EQ(topics.player("ann"), "lobby/presence/ann/+");
  EXPECT_EQ(topics.everybody(), "lobby/presence/+/+");
  const std::string connection_topic = topics.connection("ann@home", "ann@home:1");
  const auto connection = parse_presence_topic("lobby/", connection_topic);
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->player, "ann@home");
  EXPECT_EQ(connection->client, "ann@home:1");
  const std::string last_seen_topic = topics.last_seen("ann");
  const auto last_seen = parse_presence_topic("lobby/", last_seen_topic);
  ASSERT_TRUE(last_seen);
  EXPECT_EQ(last_seen->client, "");
  for (const char* topic : {"lobby/presence/ann", "lobby/presence/ann/", "lobby/presence/ann/b/c", "lobby/presence//a",
                            "lobby/presence/ann/~x", "lobby/presence/~/a", "lobby/score/ann/a", "x/presence/ann/a"}) {
    EXPECT_FALSE(parse_presence_topic("lobby/", topic)) << topic;
  }
}

}  // namespace
}  // namespace lobbyd::apps
