#include "service/apps/rooms/message_keys.hpp"

#include "tests/unit/rooms/messages.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using test::id_at;
using test::message_at;
using test::start_ms;

RoomMessage keyed(int second, std::string key, std::string player = "ann") {
  RoomMessage message = *message_at(second);
  message.key = std::move(key);
  message.player = std::move(player);
  return message;
}

TEST(MessageKeys, AreOfOnePlayerForAMinute) {
  MessageKeys keys;
  keys.note(keyed(0, "k"), start_ms);
  EXPECT_EQ(keys.find("ann", "k", start_ms + 59'999), id_at(0));
  EXPECT_EQ(keys.find("ann", "k", start_ms + 60'000), std::nullopt);
  EXPECT_EQ(keys.find("bob", "k", start_ms), std::nullopt);
  EXPECT_EQ(keys.find("ann", "other", start_ms), std::nullopt);
}

TEST(MessageKeys, TheFirstMessageCounts) {
  MessageKeys keys;
  keys.note(keyed(0, "k"), start_ms);
  keys.note(keyed(5, "k"), start_ms);
  EXPECT_EQ(keys.find("ann", "k", start_ms), id_at(0));
  keys.note(keyed(70, "k"), start_ms + 70'000);
  EXPECT_EQ(keys.find("ann", "k", start_ms + 70'000), id_at(70)) << "the first is too old by then";
}

TEST(MessageKeys, OldMessagesAndThoseWithoutAKeyArePassedOver) {
  MessageKeys keys;
  keys.note(keyed(0, "k"), start_ms + 60'000);
  keys.note(keyed(0, ""), start_ms);
  EXPECT_EQ(keys.size(), 0U);
}

TEST(MessageKeys, AMessageThatWasNotSentIsForgotten) {
  MessageKeys keys;
  keys.note(keyed(0, "k"), start_ms);
  keys.forget(keyed(1, "k"));
  EXPECT_EQ(keys.find("ann", "k", start_ms), id_at(0)) << "it was another one";
  keys.forget(keyed(0, "k"));
  EXPECT_EQ(keys.find("ann", "k", start_ms), std::nullopt);
  keys.note(keyed(2, "k"), start_ms);
  EXPECT_EQ(keys.find("ann", "k", start_ms), id_at(2));
}

TEST(MessageKeys, AreBounded) {
  MessageKeys keys(3);
  for (int number = 0; number < 5; ++number) {
    keys.note(keyed(number, "k" + std::to_string(number)), start_ms);
  }
  EXPECT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys.find("ann", "k1", start_ms), std::nullopt);
  EXPECT_EQ(keys.find("ann", "k2", start_ms), id_at(2));
  keys.note(keyed(70, "k9"), start_ms + 70'000);
  EXPECT_EQ(keys.size(), 1U) << "the old ones go with the next";
}

}  // namespace
}  // namespace lobbyd::apps
