#include "service/hub/wills/entry.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

WillEntry an_entry() {
  return {.owner = {"d1", 7},
          .at = 9,
          .leaving = false,
          .wills = {{.topic = "a/b", .payload = "text", .qos = 1, .retain = true, .delay = std::chrono::seconds(5)},
                    {.topic = "c", .payload = std::string("\xFF\x00", 2), .qos = 2, .retain = false, .delay = {}}}};
}

TEST(WillEntry, IsReadAsItWasWritten) {
  const auto entry = parse_entry(to_text(an_entry()));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->owner, an_entry().owner);
  EXPECT_EQ(entry->at, 9U);
  EXPECT_FALSE(entry->leaving);
  ASSERT_EQ(entry->wills.size(), 2U);
  EXPECT_EQ(entry->wills[0].topic, "a/b");
  EXPECT_EQ(entry->wills[0].payload, "text");
  EXPECT_EQ(entry->wills[0].qos, 1);
  EXPECT_TRUE(entry->wills[0].retain);
  EXPECT_EQ(entry->wills[0].delay, std::chrono::seconds(5));
  EXPECT_EQ(entry->wills[1].payload, std::string("\xFF\x00", 2));
}

TEST(WillEntry, AMarkStaysOne) {
  WillEntry mark = an_entry();
  mark.leaving = true;
  const auto entry = parse_entry(to_text(mark));
  ASSERT_TRUE(entry);
  EXPECT_TRUE(entry->leaving);
}

TEST(WillEntry, WhatNoDaemonWritesIsNone) {
  for (
      const char* text :
      {"", "x", "[]", "{}", R"({"instance":"d","epoch":1,"at":1})", R"({"instance":"","epoch":1,"at":1,"wills":[]})",
       R"({"instance":"a/b","epoch":1,"at":1,"wills":[]})", R"({"instance":"d","epoch":-1,"at":1,"wills":[]})",
       R"({"instance":"d","epoch":1.5,"at":1,"wills":[]})", R"({"instance":"d","epoch":1,"at":1,"wills":{}})",
       R"({"instance":"d","epoch":1,"at":1,"wills":[{}]})",
       R"({"instance":"d","epoch":1,"at":1,"wills":[{"topic":"t","payload":"p","qos":3,"retain":false,"delay":0}]})"}) {
    EXPECT_FALSE(parse_entry(text)) << text;
  }
}

TEST(WillEntry, IsBounded) {
  WillEntry entry = an_entry();
  entry.wills.resize(max_entry_wills + 1, entry.wills[0]);
  EXPECT_FALSE(parse_entry(to_text(entry)));
  entry = an_entry();
  entry.wills[0].payload.assign(max_entry_bytes, 'x');
  EXPECT_FALSE(parse_entry(to_text(entry)));
}

TEST(WillEntry, OfTwoClaimsAllTakeTheSameForTheLater) {
  WillEntry one = an_entry();
  WillEntry other = an_entry();
  EXPECT_FALSE(is_later(one, other));
  other.owner.instance = "d2";
  EXPECT_TRUE(is_later(other, one));
  EXPECT_FALSE(is_later(one, other));
  one.at = 10;
  EXPECT_TRUE(is_later(one, other));
}

}  // namespace
}  // namespace lobbyd::hub
