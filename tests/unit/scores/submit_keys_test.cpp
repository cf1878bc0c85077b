#include "service/apps/scores/submit_keys.hpp"

#include <gtest/gtest.h>

namespace lobbyd::scores {
namespace {

using namespace std::chrono_literals;

const SubmitKeys::TimePoint start{};
const Outcome accepted{.accepted = true, .score = 5, .rank = 1};

TEST(SubmitKeys, RemembersAnOutcomeForItsTime) {
  SubmitKeys keys;
  EXPECT_EQ(keys.find("ann", "k", start), nullptr);
  keys.remember("ann", "k", accepted, start);
  const Outcome* found = keys.find("ann", "k", start + 59s);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(*found, accepted);
  EXPECT_EQ(keys.find("ann", "k", start + 60s), nullptr);
  EXPECT_EQ(keys.size(), 0U);
}

TEST(SubmitKeys, AKeyIsOfOnePlayer) {
  SubmitKeys keys;
  keys.remember("ann", "k", accepted, start);
  EXPECT_EQ(keys.find("bob", "k", start), nullptr);
  EXPECT_EQ(keys.find("an", "nk", start), nullptr);
}

TEST(SubmitKeys, WhenFullTheOldestIsForgotten) {
  SubmitKeys keys(60s, 2);
  for (const char* key : {"a", "b", "c"}) {
    keys.remember("ann", key, accepted, start);
  }
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys.find("ann", "a", start), nullptr);
  EXPECT_NE(keys.find("ann", "c", start), nullptr);
}

}  // namespace
}  // namespace lobbyd::scores
