#include "service/apps/signalling/signal_records.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

class SignalRecordsTest : public testing::Test {
 protected:
  PeerNews peer(std::string_view payload) { return read_peer(reader_, payload); }
  bool is_nothing(std::string_view payload) { return std::holds_alternative<std::monostate>(peer(payload)); }

  api::JsonReader reader_;
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  return text.replace(text.find(what), what.size(), by);
}

PeerRecord record() {
  return {.at = HybridTime(5),
          .instance = "east",
          .client_id = "ann:1",
          .mode = SignalMode::host,
          .data = R"({"x":1})",
          .confirmed = true,
          .sealed = true};
}

TEST_F(SignalRecordsTest, APeerIsReadAsItWasWritten) {
  EXPECT_EQ(peer(write_record(record())), PeerNews(record()));
  PeerRecord plain = record();
  plain.confirmed = plain.sealed = false;
  plain.mode = SignalMode::mesh;
  EXPECT_EQ(write_record(plain),
            R"({"at":"0000000000050000","instance":"east","client":"ann:1","mode":"mesh","data":{"x":1}})");
  EXPECT_EQ(peer(write_record(plain)), PeerNews(plain));
}

TEST_F(SignalRecordsTest, ADepartureIsReadAsItWasWritten) {
  const PeerDeparture departure{.at = HybridTime(5), .instance = "east"};
  EXPECT_EQ(peer(write_record(departure)), PeerNews(departure));
}

TEST_F(SignalRecordsTest, WhatIsNoPeerIsNothing) {
  const std::string text = write_record(record());
  EXPECT_TRUE(is_nothing(""));
  EXPECT_TRUE(is_nothing("[]"));
  EXPECT_TRUE(is_nothing(replaced(text, "\"host\"", "\"star\"")));
  EXPECT_TRUE(is_nothing(replaced(text, "\"ann:1\"", "\"\"")));
  EXPECT_TRUE(is_nothing(replaced(text, "true", "false")));
  EXPECT_TRUE(is_nothing(replaced(text, R"({"x":1})", '"' + std::string(max_peer_data_bytes, 'x') + '"')));
  EXPECT_TRUE(is_nothing(R"({"left":true,"at":"0000000000050000"})"));
  EXPECT_TRUE(is_nothing(R"({"left":false,"at":"0000000000050000","instance":"east"})"));
}

TEST_F(SignalRecordsTest, AMessageIsReadAsItWasWritten) {
  const SignalMessage message{
      .to = 2, .to_claim = HybridTime(5), .from = 2'147'483'647, .type = "offer", .data = R"({"sdp":"v=0\r\n"})"};
  EXPECT_EQ(read_signal(reader_, write_record(message)), message);
  const std::string text = write_record(message);
  EXPECT_FALSE(read_signal(reader_, ""));
  EXPECT_FALSE(read_signal(reader_, replaced(text, "\"to\":2", "\"to\":0")));
  EXPECT_FALSE(read_signal(reader_, replaced(text, "2147483647", "2147483648")));
  EXPECT_FALSE(read_signal(reader_, replaced(text, "offer", "of fer")));
  EXPECT_FALSE(read_signal(reader_, replaced(text, "v=0", std::string(max_signal_data_bytes, 'x'))));
}

TEST(SignalTypes, AreWords) {
  for (const char* type : {"offer", "answer", "candidate", "my_own.Type-2"}) {
    EXPECT_TRUE(is_signal_type(type)) << type;
  }
  EXPECT_FALSE(is_signal_type(""));
  EXPECT_FALSE(is_signal_type("two words"));
  EXPECT_TRUE(is_signal_type(std::string(max_signal_type_bytes, 'x')));
  EXPECT_FALSE(is_signal_type(std::string(max_signal_type_bytes + 1, 'x')));
}

}  // namespace
}  // namespace lobbyd::apps
