#include "service/apps/rooms/room_events.hpp"

#include "tests/unit/rooms/messages.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

TEST(RoomEvents, AreNotifications) {
  EXPECT_EQ(write_notification("r", MessageArrived{test::message_at(0)}),
            R"({"jsonrpc":"2.0","method":"room.message","params":{"room":"r","id":")" + test::id_at(0) +
                R"(","from":"c1","player":"ann","name":"Ann","text":"hello","time":)" + std::to_string(test::start_ms) +
                "}}");
  EXPECT_EQ(write_notification("r", MessageDeleted{"1-a"}),
            R"({"jsonrpc":"2.0","method":"room.deleted","params":{"room":"r","id":"1-a"}})");
  const auto member = std::make_shared<const Member>(
      "c1",
      MemberRecord{.at = HybridTime(1), .instance = "a", .player = "ann", .name = "Ann", .data = "[1]", .since = 5});
  EXPECT_EQ(write_notification("r", MemberJoined{member}),
            R"({"jsonrpc":"2.0","method":"room.joined","params":{"room":"r","client_id":"c1","player":"ann",)"
            R"("name":"Ann","data":[1],"since":5}})");
  EXPECT_EQ(write_notification("r", MemberLeft{"c1", DepartureReason::lost}),
            R"({"jsonrpc":"2.0","method":"room.left","params":{"room":"r","client_id":"c1","reason":"lost"}})");
  EXPECT_EQ(write_notification("r", Expelled{"c1"}),
            R"({"jsonrpc":"2.0","method":"room.left","params":{"room":"r","client_id":"c1","reason":"kicked"}})");
}

TEST(RoomEvents, OthersAreNone) {
  EXPECT_EQ(write_notification("r", JoinCompleted{"c1"}), "");
  EXPECT_EQ(write_notification("r", JoinRefused{"c1", {}}), "");
  EXPECT_EQ(write_notification("r", TakenOver{"c1"}), "");
}

}  // namespace
}  // namespace lobbyd::apps
