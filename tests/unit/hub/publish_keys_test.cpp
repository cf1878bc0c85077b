#include "service/hub/publish_keys.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;

const PublishKeys::TimePoint start{};
const PublishKeys::Outcome success = api::PublishResult{.no_matching_subscribers = true};

PublishKeys::Outcome failure() {
  return std::unexpected(api::Error{api::Reason::broker_unavailable, "gone"});
}

TEST(PublishKeys, ARetryGetsTheFirstOnesOutcome) {
  PublishKeys keys;
  ASSERT_TRUE(keys.begin("k", start, {}));
  keys.finish("k", success);
  bool told = false;
  EXPECT_FALSE(keys.begin("k", start + 59s, [&](const auto& outcome) { told = outcome->no_matching_subscribers; }));
  EXPECT_TRUE(told);
}

TEST(PublishKeys, ARetryWaitsForAnOutcomeThatIsNotKnownYet) {
  PublishKeys keys;
  ASSERT_TRUE(keys.begin("k", start, {}));
  int told = 0;
  EXPECT_FALSE(keys.begin("k", start, [&](const auto& outcome) { told += outcome ? 1 : 0; }));
  EXPECT_FALSE(keys.begin("k", start, [&](const auto& outcome) { told += outcome ? 1 : 0; }));
  EXPECT_EQ(told, 0);
  keys.finish("k", success);
  EXPECT_EQ(told, 2);
}

TEST(PublishKeys, AfterAFailureARetryIsSent) {
  PublishKeys keys;
  ASSERT_TRUE(keys.begin("k", start, {}));
  bool failed = false;
  EXPECT_FALSE(keys.begin("k", start, [&](const auto& outcome) { failed = !outcome; }));
  keys.finish("k", failure());
  EXPECT_TRUE(failed);
  EXPECT_TRUE(keys.begin("k", start + 1s, {}));
}

TEST(PublishKeys, AKeyIsForgottenAfterItsTime) {
  PublishKeys keys(60s);
  ASSERT_TRUE(keys.begin("k", start, {}));
  keys.finish("k", success);
  EXPECT_TRUE(keys.begin("k", start + 60s, {}));
}

TEST(PublishKeys, WhenFullTheOldestIsForgotten) {
  PublishKeys keys(60s, 2);
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_TRUE(keys.begin(key, start, {}));
    keys.finish(key, success);
  }
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_FALSE(keys.begin("c", start, [](const auto&) {}));
}

TEST(PublishKeys, AKeyUsedAgainAfterAFailureHasItsOwnTime) {
  PublishKeys keys(60s);
  ASSERT_TRUE(keys.begin("k", start, {}));
  keys.finish("k", failure());
  ASSERT_TRUE(keys.begin("k", start + 50s, {}));
  keys.finish("k", success);
  EXPECT_FALSE(keys.begin("k", start + 70s, [](const auto&) {}));
}

}  // namespace
}  // namespace lobbyd::hub
