#include "service/hub/names.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace lobbyd::hub {
namespace {

using api::Reason;

const Names names(ClosedNames("games/lobby/"));

std::optional<Reason> topic(std::string_view text) {
  const auto checked = names.check_topic(text);
  return checked ? std::nullopt : std::optional(checked.error().reason);
}

std::optional<Reason> filter(std::string_view text) {
  const auto checked = names.check_filter(text);
  return checked ? std::nullopt : std::optional(checked.error().reason);
}

TEST(Names, TopicsUnderThePrefixAndTheServersAreClosed) {
  for (const char* closed : {"games/lobby/x", "games/lobby/", "$SYS/load", "$x"}) {
    EXPECT_EQ(topic(closed), Reason::forbidden) << closed;
    EXPECT_TRUE(names.is_closed(closed)) << closed;
  }
  for (const char* open : {"games/lobby", "games/lobbyist/x", "games/x", "x/$SYS", "games"}) {
    EXPECT_EQ(topic(open), std::nullopt) << open;
    EXPECT_FALSE(names.is_closed(open)) << open;
  }
}

TEST(Names, TopicsFollowTheRulesOfMqtt) {
  for (const std::string& bad : {std::string(), std::string("a/+"), std::string("#"), std::string("a\0b", 3),
                                 std::string("\xff"), std::string(65'536, 'x')}) {
    EXPECT_EQ(topic(bad), Reason::bad_topic);
  }
  EXPECT_EQ(topic(std::string(65'535, 'x')), std::nullopt);
}

TEST(Names, WhatBrokersEndTheSharedConnectionOverIsRefused) {
  for (const char* bad :
       {"a\x01z", "a\nz", "a\x7fz", "a\xc2\x85z", "a\xef\xb7\x90z", "a\xef\xbf\xbfz", "\xf0\x9f\xbf\xbe"}) {
    EXPECT_EQ(topic(bad), Reason::bad_topic);
    EXPECT_EQ(filter(bad), Reason::bad_filter);
    EXPECT_FALSE(is_plain_text(bad));
  }
  for (const char* good : {"a z", "\xc2\xa0", "\xef\xbf\xbd", "\xf0\x9f\x98\x80", "\xef\xb7\x8f"}) {
    EXPECT_EQ(topic(good), std::nullopt) << good;
  }
  std::string deep = "a";
  for (int level = 1; level < 200; ++level) {
    deep += "/a";
  }
  EXPECT_EQ(topic(deep), std::nullopt);
  EXPECT_EQ(topic(deep + "/a"), Reason::bad_topic);
  EXPECT_EQ(filter(deep + "/a"), Reason::bad_filter);
}

// RabbitMQ would make the one of the other.
TEST(Names, ADotClosesTopicsAsASlashDoes) {
  for (const char* closed : {"games.lobby.x", "games/lobby.x", "games.lobby/x"}) {
    EXPECT_EQ(topic(closed), Reason::forbidden) << closed;
  }
  EXPECT_EQ(topic("games.lobbyist"), std::nullopt);
  EXPECT_EQ(topic("games.x"), std::nullopt);
}

TEST(Names, KeepToTheBrokersLimits) {
  const Names few(ClosedNames("lobby/"), {.levels = 3, .bytes = 10, .reserved = ".*"});
  const auto refused = [](const auto& checked, Reason reason, const std::string& word) {
    return !checked && checked.error().reason == reason && checked.error().message.contains(word);
  };
  EXPECT_TRUE(few.check_topic("a/b/c"));
  EXPECT_TRUE(few.check_topic("0123456789"));
  EXPECT_TRUE(few.check_filter("$share/group/a/b/c")) << "the name of the group does not count";
  EXPECT_TRUE(refused(few.check_topic("a/b/c/d"), Reason::bad_topic, "3 levels"));
  EXPECT_TRUE(refused(few.check_filter("+/+/+/#"), Reason::bad_filter, "3 levels"));
  EXPECT_TRUE(refused(few.check_filter("$share/group/a/b/c/d"), Reason::bad_filter, "3 levels"));
  EXPECT_TRUE(refused(few.check_topic("01234567890"), Reason::bad_topic, "10 bytes"));
  EXPECT_TRUE(refused(few.check_topic("a.b"), Reason::bad_topic, ".*"));
  EXPECT_TRUE(refused(few.check_filter("a*"), Reason::bad_filter, ".*"));
}

TEST(Names, FiltersThatBeginInsideAClosedNameAreClosed) {
  for (const char* closed :
       {"games/lobby/#", "games/lobby/+/x", "$SYS/#", "$share/g/games/lobby/#", "$share/g/$SYS/a"}) {
    EXPECT_EQ(filter(closed), Reason::forbidden) << closed;
  }
  for (const char* open : {"#", "+/x", "games/#", "games/+/will", "$share/g/#", "games/lobby"}) {
    EXPECT_EQ(filter(open), std::nullopt) << open;
  }
}

TEST(Names, FiltersFollowTheRulesOfMqtt) {
  for (const char* bad : {"", "a/#/b", "a+/b", "a#", "$share//x", "$share/g", "$share/+/x"}) {
    EXPECT_EQ(filter(bad), Reason::bad_filter) << bad;
  }
}

}  // namespace
}  // namespace lobbyd::hub
