#include "service/apps/scores/score_record.hpp"

#include "protocol/api/json_reader.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace lobbyd::scores {
namespace {

std::optional<Record> read(std::string_view payload) {
  api::JsonReader reader;
  return read_record(reader, payload);
}

TEST(ScoreRecord, IsReadAndWritten) {
  const Record record{.score = 50, .time = HybridTime(1'770'000'000'000), .data = R"({"level":3})"};
  const std::string text = R"({"score":50,"data":{"level":3},"time":1770000000000})";
  EXPECT_EQ(write_record(record), text);
  EXPECT_EQ(read(text), record);
}

TEST(ScoreRecord, AllThatItMayHoldSurvives) {
  const Record record{.score = -1.5,
                      .time = HybridTime(1'770'000'000'000, 65'535),
                      .removed = HybridTime(1'760'000'000'000),
                      .since = HybridTime(1'765'000'000'000, 1),
                      .data = R"([1,"a\n",null])"};
  EXPECT_EQ(read(write_record(record)), record);
}

TEST(ScoreRecord, ATombstoneHasARemovalAlone) {
  const Record record{.removed = HybridTime(5, 2)};
  EXPECT_EQ(write_record(record), R"({"removed":[5,2]})");
  EXPECT_EQ(read(R"({"removed":[5,2]})"), record);
  EXPECT_FALSE(record.has_score());
}

TEST(ScoreRecord, AnEmptyTopicHoldsTheDefaultOne) {
  EXPECT_EQ(write_record({}), "");
}

TEST(ScoreRecord, NumbersMayBeWrittenInEveryWay) {
  EXPECT_EQ(read(R"({"score":5.0,"time":7.0})"), (Record{.score = 5, .time = HybridTime(7)}));
  EXPECT_EQ(read(R"({"score":-0.0,"time":7})"), (Record{.score = 0, .time = HybridTime(7)}));
  EXPECT_EQ(write_record(*read(R"({"score":-0.0,"time":7})")), R"({"score":0,"time":7})");
  EXPECT_EQ(read(R"({"score":9007199254740991,"time":7})")->score, max_score);
}

TEST(ScoreRecord, DataIsKeptAsCompactJson) {
  EXPECT_EQ(read(R"({ "score": 5, "time": 7, "data": { "a" : [ 1.0 ] } })")->data, R"({"a":[1]})");
  EXPECT_EQ(read(R"({"score":5,"time":7,"data":null})")->data, "");
  EXPECT_EQ(read(R"({"score":5,"time":7,"data":"null"})")->data, R"("null")");
}

TEST(ScoreRecord, WhatALaterVersionAddsIsIgnored) {
  EXPECT_EQ(read(R"({"score":5,"time":7,"medal":"gold"})"), (Record{.score = 5, .time = HybridTime(7)}));
}

TEST(ScoreRecord, AnythingElseIsNone) {
  for (const char* payload : {
           "",
           "50",
           "null",
           "[]",
           "{}",
           "nonsense",
           R"({"score":5})",
           R"({"time":7})",
           R"({"data":1})",
           // scores
           R"({"score":"5","time":7})",
           R"({"score":null,"time":7})",
           R"({"score":9007199254740992,"time":7})",
           R"({"score":-9007199254740992,"time":7})",
           R"({"score":1e300,"time":7})",
           R"({"score":1e999,"time":7})",
           R"({"score":NaN,"time":7})",
           R"({"score":18446744073709551615,"time":7})",
           R"({"score":[5],"time":7})",
           // times
           R"({"score":5,"time":0})",
           R"({"score":5,"time":-7})",
           R"({"score":5,"time":"7"})",
           R"({"score":5,"time":7.5})",
           R"({"score":5,"time":null})",
           R"({"score":5,"time":281474976710656})",
           R"({"score":5,"time":[7]})",
           R"({"score":5,"time":[7,65536]})",
           R"({"score":5,"time":[7,-1]})",
           R"({"score":5,"time":[7,1,1]})",
           R"({"score":5,"time":[[7],1]})",
           R"({"score":5,"time":[]})",
           R"({"score":5,"time":7,"removed":"1"})",
           R"({"score":5,"time":7,"since":8})",
           R"({"score":5,"time":7,"removed":7})",
           R"({"time":7,"removed":5})",
           R"({"since":7,"removed":5})",
       }) {
    EXPECT_EQ(read(payload), std::nullopt) << payload;
  }
}

TEST(ScoreRecord, HasALimitedSize) {
  const auto with_data = [](std::size_t bytes) {
    return R"({"score":5,"time":7,"data":")" + std::string(bytes - 2, 'x') + R"("})";
  };
  EXPECT_TRUE(read(with_data(max_data_bytes)));
  EXPECT_EQ(read(with_data(max_data_bytes + 1)), std::nullopt);
  EXPECT_EQ(read(with_data(max_data_bytes) + std::string(max_record_bytes, ' ')), std::nullopt);
}

TEST(ScoreRecord, TheLargestFitsWithItsTimes) {
  const HybridTime latest(HybridTime::latest_ms, 65'535);
  const Record record{.score = -1.2345678901234567e-300,
                      .time = latest,
                      .removed = HybridTime(HybridTime::latest_ms, 65'534),
                      .since = latest,
                      .data = '"' + std::string(max_data_bytes - 2, 'x') + '"'};
  EXPECT_EQ(read(write_record(record)), record);
}

TEST(PlainNumber, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(read_number("50"), 50);
  EXPECT_EQ(read_number(" 50\r\n"), 50);
  EXPECT_EQ(read_number("-1.5"), -1.5);
  EXPECT_EQ(read_number("1e3"), 1000);
  EXPECT_EQ(read_number("007"), 7);
  EXPECT_EQ(read_number("9007199254740991"), max_score);
}

TEST(PlainNumber, AnythingElseIsNone) {
  for (const char* payload : {"", " ", "x", "5x", "5 6", "0x10", "1,5", "NaN", "nan", "inf", "-inf", "1e999",
                              "9007199254740992", "\"5\"", "{}", "+-5"}) {
    EXPECT_EQ(read_number(payload), std::nullopt) << payload;
  }
  EXPECT_EQ(read_number(std::string(max_number_bytes, ' ') + "5"), std::nullopt);
}

TEST(PlainNumber, IsWrittenWithTheFewestDigits) {
  EXPECT_EQ(write_number(50), "50");
  EXPECT_EQ(write_number(100'000), "100000");
  EXPECT_EQ(write_number(-max_score), "-9007199254740991");
  EXPECT_EQ(write_number(0.1), "0.1");
}

}  // namespace
}  // namespace lobbyd::scores
