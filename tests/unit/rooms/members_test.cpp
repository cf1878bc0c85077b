#include "service/apps/rooms/members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

using Put = Members::Put;

MemberRecord record(std::int64_t at, std::string name = "n") {
  return {.at = HybridTime(at), .instance = "a", .player = "p", .name = std::move(name), .since = at};
}

TEST(Members, WhatComesLastCounts) {
  Members members(10);
  EXPECT_EQ(members.put("c", record(5)), Put::added);
  EXPECT_EQ(members.put("c", record(5)), Put::ignored) << "it is written again";
  EXPECT_EQ(members.put("c", record(6, "new")), Put::changed);
  EXPECT_EQ(members.find("c")->record.name, "new");
  EXPECT_EQ(members.put("c", record(4, "old")), Put::changed) << "the broker keeps it, whatever it says";
  EXPECT_TRUE(members.remove("c"));
  EXPECT_FALSE(members.remove("c"));
  EXPECT_EQ(members.find("c"), nullptr);
}

TEST(Members, AreBounded) {
  Members members(2);
  EXPECT_EQ(members.put("a", record(1)), Put::added);
  EXPECT_EQ(members.put("b", record(1)), Put::added);
  EXPECT_EQ(members.put("c", record(1)), Put::ignored);
  EXPECT_EQ(members.put("a", record(2)), Put::changed);
  EXPECT_EQ(members.size(), 2U);
}

TEST(Members, ComeInPagesByClientId) {
  Members members(100);
  for (const char* client : {"c", "a", "d", "b"}) {
    members.put(client, record(1));
  }
  const auto first = members.page(std::nullopt, {.entries = 3, .bytes = 10'000});
  EXPECT_EQ(first->entries, R"({"client_id":"a","player":"p","name":"n","data":null,"since":1},)"
                            R"({"client_id":"b","player":"p","name":"n","data":null,"since":1},)"
                            R"({"client_id":"c","player":"p","name":"n","data":null,"since":1})");
  EXPECT_EQ(first->next, "c");
  const auto second = members.page(first->next, {.entries = 3, .bytes = 10'000});
  EXPECT_THAT(second->entries, testing::HasSubstr(R"("client_id":"d")"));
  EXPECT_EQ(second->next, std::nullopt);
  EXPECT_EQ(members.page("a b", {.entries = 3, .bytes = 10'000}).error().reason, api::Reason::invalid_params);
}

TEST(Members, AFullPageMayBeTheLastOne) {
  Members members(100);
  members.put("a", record(1));
  EXPECT_EQ(members.page(std::nullopt, {.entries = 1, .bytes = 10'000})->next, std::nullopt);
}

}  // namespace
}  // namespace lobbyd::apps
