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
  ASSERT_TRUE(keys.begin("k", start));
  keys.finish("k", success, start);
  EXPECT_FALSE(keys.begin("k", start + 59s));
  bool told = false;
  keys.wait("k", [&](const auto& outcome) { told = outcome->no_matching_subscribers; });
  EXPECT_TRUE(told);
}

TEST(PublishKeys, ARetryWaitsForAnOutcomeThatIsNotKnownYet) {
  PublishKeys keys;
  ASSERT_TRUE(keys.begin("k", start));
  int told = 0;
  for (int retry = 0; retry < 2; ++retry) {
    EXPECT_FALSE(keys.begin("k", start));
    keys.wait("k", [&](const auto& outcome) { told += outcome ? 1 : 0; });
  }
  EXPECT_EQ(told, 0);
  keys.finish("k", success, start);
  EXPECT_EQ(told, 2);
}

TEST(PublishKeys, AfterAFailureARetryIsSent) {
  PublishKeys keys;
  ASSERT_TRUE(keys.begin("k", start));
  EXPECT_FALSE(keys.begin("k", start));
  bool failed = false;
  keys.wait("k", [&](const auto& outcome) { failed = !outcome; });
  keys.finish("k", failure(), start);
  EXPECT_TRUE(failed);
  EXPECT_TRUE(keys.begin("k", start + 1s));
}

TEST(PublishKeys, AKeyIsForgottenAfterItsTime) {
  PublishKeys keys(60s);
  ASSERT_TRUE(keys.begin("k", start));
  keys.finish("k", success, start + 10s);
  EXPECT_FALSE(keys.begin("k", start + 69s));
  EXPECT_TRUE(keys.begin("k", start + 70s)) << "counted from the answer";
}

// While the broker is away a publish may be under way for long; who retries it then must not be left without an answer.
TEST(PublishKeys, AKeyUnderWayIsNotForgotten) {
  PublishKeys keys(60s, 1);
  ASSERT_TRUE(keys.begin("k", start));
  bool told = false;
  keys.wait("k", [&](const auto&) { told = true; });
  EXPECT_TRUE(keys.begin("other", start + 1h));
  EXPECT_FALSE(keys.begin("k", start + 1h));
  keys.finish("k", success, start + 1h);
  EXPECT_TRUE(told);
}

TEST(PublishKeys, WhenFullTheOldestIsForgotten) {
  PublishKeys keys(60s, 2);
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_TRUE(keys.begin(key, start));
    keys.finish(key, success, start);
  }
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_FALSE(keys.begin("c", start));
}

TEST(PublishKeys, AKeyUsedAgainAfterAFailureHasItsOwnTime) {
  PublishKeys keys(60s);
  ASSERT_TRUE(keys.begin("k", start));
  keys.finish("k", failure(), start);
  ASSERT_TRUE(keys.begin("k", start + 50s));
  keys.finish("k", success, start + 50s);
  EXPECT_FALSE(keys.begin("k", start + 70s));
}

}  // namespace
}  // namespace lobbyd::hub
