#include "config/later.hpp"

#include "config/schema.hpp"
#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// What this version does not have: some keys are warned of, others stop the start.
namespace lobbyd::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Case {
  std::string toml;
  std::string problem;
};

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, StopsTheStart) {
  EXPECT_THAT(problems(GetParam().toml), ElementsAre(HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    Later, Refused,
    ::testing::Values(
        Case{"[auth]\nmode = \"token\"\n", "lobbyd.toml:2: auth.mode: \"token\" is not supported in this version"},
        Case{"[auth]\njwt_secret = \"s\"\n", "auth.jwt_secret: is not supported in this version, which cannot check"},
        Case{"[auth]\njwt_public_key_file = \"f\"\n", "auth.jwt_public_key_file: is not supported"},
        Case{"[auth]\njwks_file = \"f\"\n", "auth.jwks_file: is not supported"},
        Case{"[auth]\naudience = \"a\"\n", "auth.audience: is not supported"},
        Case{"[auth]\nissuer = \"a\"\n", "auth.issuer: is not supported"},
        Case{"[auth]\nquery_token = true\n", "auth.query_token: is not supported"},
        Case{"[auth]\nquery_token = 5\n", "auth.query_token: is not supported"},
        Case{"[[rules]]\nwho = \"*\"\nqos = 9\n", "lobbyd.toml:1: rules: is not supported"},
        Case{"[rules]\nwho = \"*\"\n", "lobbyd.toml:1: rules: is not supported"},
        Case{"rules = [{who = \"*\"}]\n", "lobbyd.toml:1: rules: is not supported"},
        Case{"[tls]\ncert_file = \"c\"\n",
             "lobbyd.toml:2: tls.cert_file: is not supported in this version, which has no TLS"},
        Case{"[tls]\nkey_file = \"c\"\n", "tls.key_file: is not supported"},
        Case{"[tls]\nca_file = \"c\"\n", "tls.ca_file: is not supported"},
        Case{"[limits]\npublish_rate = -1\n", "limits.publish_rate: must be a whole number"},
        Case{"[will]\nmode = \"none\"\n", "will.mode: must be \"pooled\" or \"dedicated\""}));

TEST(Later, RefusalsHoldForTheEnvironmentToo) {
  EXPECT_THAT(problems("", {{"LOBBYD_AUTH_MODE", "token"}}),
              ElementsAre(HasSubstr("LOBBYD_AUTH_MODE: \"token\" is not")));
  EXPECT_THAT(problems("", {{"LOBBYD_AUTH_JWT_SECRET", "x"}}),
              ElementsAre(HasSubstr("LOBBYD_AUTH_JWT_SECRET: is not")));
  EXPECT_THAT(problems("", {{"LOBBYD_TLS_CERT_FILE", "x"}}), ElementsAre(HasSubstr("LOBBYD_TLS_CERT_FILE: is not")));
}

TEST(Later, DedicatedWillsAreRefused) {
  EXPECT_THAT(problems("[will]\nmode = \"dedicated\"\n"), ElementsAre(HasSubstr("only \"pooled\" is")));
}

TEST(Later, RefusalsRepeatNoSecret) {
  EXPECT_THAT(problems("[auth]\njwt_secret = \"hunter2\"\n"), ElementsAre(Not(HasSubstr("hunter2"))));
  EXPECT_THAT(problems("[broker]\nurl = \"ssl://u:hunter2@b\"\n"), ElementsAre(Not(HasSubstr("hunter2"))));
}

TEST(Later, ValuesThatAskForNothingAreFine) {
  EXPECT_THAT(loaded(R"(
rules = []
boards = []
ice = []
[brokers]
[tls]
cert_file = ""
[broker]
verify = true
ca_file = ""
[auth]
query_token = false
broker_urls = []
jwt_secret = ""
)")
                  .warnings,
              IsEmpty());
}

TEST(Later, KeysWithoutEffectAreWarnedOf) {
  const Loaded result =
      loaded("[limits]\npublish_rate = 7\n[rooms]\nhistory = 5\n", {{"LOBBYD_LIMITS_REQUEST_RATE", "3"}});
  EXPECT_THAT(result.warnings, ElementsAre("limits.publish_rate has no effect in this version",
                                           "LOBBYD_LIMITS_REQUEST_RATE has no effect in this version"));
  EXPECT_EQ(result.config.limits.publish_rate, 7U);
}

TEST(Later, KeysWithoutEffectAreInTheSchema) {
  std::size_t count = 0;
  for (const Key& key : schema()) {
    count += has_no_effect(key.path) ? 1U : 0U;
  }
  EXPECT_EQ(count, 3U);
}

}  // namespace
}  // namespace lobbyd::config::testing
