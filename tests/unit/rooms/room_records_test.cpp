#include "service/apps/rooms/room_records.hpp"

#include "tests/unit/rooms/messages.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using test::id_at;
using test::message_at;

class RoomRecordsTest : public testing::Test {
 protected:
  MemberNews member(std::string_view payload) { return read_member(reader_, payload); }
  bool is_nothing(std::string_view payload) { return std::holds_alternative<std::monostate>(member(payload)); }
  bool is_no_log(std::string_view payload) { return !read_log(reader_, payload); }

  api::JsonReader reader_;
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  return text.replace(text.find(what), what.size(), by);
}

const MemberRecord record{.at = HybridTime(5, 1),
                          .instance = "east",
                          .player = "ann",
                          .name = "Ann \"the\" Ä",
                          .data = R"({"team":1})",
                          .since = 4};

TEST_F(RoomRecordsTest, AMemberIsReadAsItWasWritten) {
  const std::string text = write_record(record);
  EXPECT_EQ(
      text,
      R"({"at":"0000000000050001","instance":"east","player":"ann","name":"Ann \"the\" Ä","data":{"team":1},"since":4})");
  EXPECT_EQ(member(text), MemberNews(record));
}

TEST_F(RoomRecordsTest, ADepartureIsReadAsItWasWritten) {
  for (const DepartureReason reason : {DepartureReason::left, DepartureReason::lost, DepartureReason::kicked}) {
    const Departure departure{.at = HybridTime(5), .reason = reason};
    EXPECT_EQ(member(write_record(departure)), MemberNews(departure));
  }
  EXPECT_EQ(write_record(Departure{.at = HybridTime(5), .reason = DepartureReason::kicked}),
            R"({"left":"kicked","at":"0000000000050000"})");
}

TEST_F(RoomRecordsTest, WhatIsNoMemberIsNothing) {
  const std::string text = write_record(record);
  EXPECT_TRUE(is_nothing(""));
  EXPECT_TRUE(is_nothing("hello"));
  EXPECT_TRUE(is_nothing(R"({"left":"eaten","at":"0000000000050000"})"));
  EXPECT_TRUE(is_nothing(R"({"left":"left"})"));
  EXPECT_TRUE(is_nothing(replaced(text, "0000000000050001", "0000000000000000")));
  EXPECT_TRUE(is_nothing(replaced(text, "\"since\":4", "\"since\":-4")));
  EXPECT_TRUE(is_nothing(replaced(text, "\"east\"", "\"e/st\"")));
  EXPECT_TRUE(is_nothing(replaced(text, "\"ann\"", "\"\"")));
  EXPECT_TRUE(is_nothing(replaced(text, "Ann", std::string(max_member_name_bytes, 'x'))));
  EXPECT_TRUE(is_nothing(replaced(text, "{\"team\":1}", '"' + std::string(max_member_data_bytes, 'x') + '"')));
}

TEST_F(RoomRecordsTest, AMessageIsReadAsItWasWritten) {
  auto message = std::make_shared<RoomMessage>(*message_at(1, "east", id_at(0, "west"), R"("data":{"x":[1]})"));
  message->key = "k";
  const auto read = read_log(reader_, write_record(LogRecord(message)));
  ASSERT_TRUE(read && std::holds_alternative<MessagePtr>(*read));
  EXPECT_EQ(*std::get<MessagePtr>(*read), *message);
  EXPECT_EQ(key_of(*read), message->id);
}

TEST_F(RoomRecordsTest, ADeletionIsReadAsItWasWritten) {
  const Deletion in_place{.target = id_at(1)};
  EXPECT_EQ(read_log(reader_, write_record(LogRecord(in_place))), LogRecord(in_place));
  EXPECT_EQ(key_of(in_place), id_at(1));
  const Deletion elsewhere{.target = id_at(1), .id = id_at(2, "b")};
  EXPECT_EQ(read_log(reader_, write_record(LogRecord(elsewhere))), LogRecord(elsewhere));
  EXPECT_EQ(key_of(elsewhere), id_at(2, "b"));
}

TEST_F(RoomRecordsTest, WhatIsNoMessageIsNothing) {
  const std::string text = write_record(LogRecord(message_at(1)));
  EXPECT_FALSE(is_no_log(text));
  EXPECT_TRUE(is_no_log(""));
  EXPECT_TRUE(is_no_log("{}"));
  EXPECT_TRUE(is_no_log(replaced(text, id_at(1), "1")));
  EXPECT_TRUE(is_no_log(replaced(text, "\"text\":\"hello\"", "\"text\":1")));
  EXPECT_TRUE(is_no_log(replaced(text, "\"text\":\"hello\"", "\"nothing\":1")));
  EXPECT_TRUE(is_no_log(replaced(text, "\"text\":\"hello\"", "\"text\":\"\",\"data\":1")));
  EXPECT_TRUE(is_no_log(replaced(text, "hello", std::string(max_message_body_bytes + 1, 'x'))));
  EXPECT_TRUE(is_no_log(replaced(text, "\"c1\"", "\"c 1\"")));
  EXPECT_TRUE(is_no_log(replaced(text, "\"text\"", R"("previous":"x","text")")));
  EXPECT_TRUE(is_no_log(R"({"deleted":"x"})"));
  EXPECT_TRUE(is_no_log(R"({"deleted":")" + id_at(1) + R"(","id":"x"})"));
}

TEST_F(RoomRecordsTest, ABanIsReadAsItWasWritten) {
  const Ban ban{.at = HybridTime(7), .instance = "east", .player = "bob", .until = 9};
  EXPECT_EQ(read_ban(reader_, write_record(ban)), ban);
  EXPECT_FALSE(read_ban(reader_, ""));
  EXPECT_FALSE(read_ban(reader_, replaced(write_record(ban), "\"until\":9", "\"until\":9e18")));
}

TEST(MessageIds, SortByTimeAndTellTheirAuthor) {
  const std::string early = message_id(HybridTime(5, 1), "west-2");
  EXPECT_EQ(early, "0000000000050001-west-2");
  EXPECT_LT(early, message_id(HybridTime(5, 2), "a"));
  EXPECT_TRUE(is_message_id(early));
  EXPECT_EQ(time_of(early), HybridTime(5, 1));
  EXPECT_EQ(author_of(early), "west-2");
  for (const char* text : {"", "0000000000050001", "0000000000050001-", "0000000000050001_a", "000000000005000-a",
                           "0000000000000000-a", "0000000000050001-a/b", "000000000005000G-a"}) {
    EXPECT_FALSE(is_message_id(text)) << text;
  }
}

}  // namespace
}  // namespace lobbyd::apps
