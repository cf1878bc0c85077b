#include "service/apps/signalling/godot_protocol.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace lobbyd::apps {
namespace {

class GodotProtocolTest : public testing::Test {
 protected:
  auto read(std::string_view text) { return read_godot(reader_, text); }

  api::JsonReader reader_;
};

TEST_F(GodotProtocolTest, AMessageIsAnObjectOfThree) {
  EXPECT_EQ(read(R"({"type":4,"id":7,"data":"sdp"})"), (GodotMessage{.type = 4, .id = 7, .data = "sdp"}));
  EXPECT_EQ(read(R"({"data":"","id":0.0,"type":0.0})"), (GodotMessage{}));
  EXPECT_TRUE(read(R"({"data":"","id":0.0,"type":7.0})")->is(GodotType::seal));
}

TEST_F(GodotProtocolTest, FractionsAreCutOff) {
  EXPECT_EQ(read(R"({"type":4.9,"id":1.5,"data":""})"), (GodotMessage{.type = 4, .id = 1, .data = ""}));
  EXPECT_FALSE(read(R"({"type":-0.5,"id":1})"));
}

TEST_F(GodotProtocolTest, DataMayBeMissing) {
  EXPECT_EQ(read(R"({"type":7,"id":0})"), (GodotMessage{.type = 7, .id = 0, .data = ""}));
  EXPECT_EQ(read(R"({"type":7,"id":0,"data":5})"), (GodotMessage{.type = 7, .id = 0, .data = ""}));
}

TEST_F(GodotProtocolTest, LargeNumbersStandForNothing) {
  EXPECT_EQ(read(R"({"type":1e300,"id":18446744073709551615})"),
            (GodotMessage{.type = std::numeric_limits<std::int64_t>::max(),
                          .id = std::numeric_limits<std::int64_t>::max(),
                          .data = ""}));
}

TEST_F(GodotProtocolTest, AllElseIsNoMessage) {
  for (const char* text : {"", "hello", "null", "[]", "{}", R"({"type":4})", R"({"id":4})", R"({"type":"4","id":1})",
                           R"({"type":4,"id":-1})", R"({"type":-4,"id":1})", R"({"type":null,"id":1})", "{", "\xFF"}) {
    EXPECT_EQ(read(text).error(), GodotFault::invalid_format) << text;
  }
}

TEST_F(GodotProtocolTest, AMessageIsWrittenWithAllThree) {
  EXPECT_EQ(write_godot(GodotType::id, 1, "true"), R"({"type":1,"id":1,"data":"true"})");
  EXPECT_EQ(write_godot(GodotType::peer_connect, 2'147'483'647), R"({"type":2,"id":2147483647,"data":""})");
  EXPECT_EQ(write_godot(GodotType::candidate, 5, "\nmid\n0\nsdp"), R"({"type":6,"id":5,"data":"\nmid\n0\nsdp"})");
}

TEST_F(GodotProtocolTest, EveryFaultHasItsText) {
  for (int fault = 0; fault <= static_cast<int>(GodotFault::invalid_transfer_mode); ++fault) {
    EXPECT_FALSE(text(static_cast<GodotFault>(fault)).empty());
  }
  EXPECT_EQ(text(GodotFault::lobby_does_not_exist), "Lobby does not exists");
  EXPECT_EQ(text(GodotFault::no_lobby), "Have not joined lobby yet");
}

}  // namespace
}  // namespace lobbyd::apps
