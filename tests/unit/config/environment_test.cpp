#include "config/schema.hpp"
#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace lobbyd::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST(Environment, SetsKeysOfEachKind) {
  const Config config = loaded("", {{"LOBBYD_LISTEN", "127.0.0.1:0, [::1]:0"},
                                    {"LOBBYD_ADMIN", ""},
                                    {"LOBBYD_LIMITS_MAX_CLIENTS", "12"},
                                    {"LOBBYD_LOG_FORMAT", "json"},
                                    {"LOBBYD_DRAIN_SECONDS", "3"}})
                            .config;
  EXPECT_EQ(config.listen, (std::vector<Endpoint>{{"127.0.0.1", 0}, {"::1", 0}}));
  EXPECT_EQ(config.admin, std::nullopt);
  EXPECT_EQ(config.limits.max_clients, 12U);
  EXPECT_EQ(config.log.format, LogFormat::json);
  EXPECT_EQ(config.drain.seconds, std::chrono::seconds(3));
}

TEST(Environment, HasATwinOfEveryKey) {
  for (const Key& key : schema()) {
    const Value value = key.read(Config{});
    const auto* list = std::get_if<TextList>(&value);
    std::string text = list != nullptr ? (list->empty() ? "" : list->front()) : to_toml(value);
    if (std::holds_alternative<std::string>(value)) {
      text = std::get<std::string>(value);
    }
    const Loaded result = loaded("", {{environment_name(key.path), text}});
    EXPECT_EQ(key.path == "data_dir" ? value : key.read(result.config), value) << key.path;
    for (const std::string& warning : result.warnings) {
      EXPECT_THAT(warning, Not(HasSubstr("belongs to no"))) << key.path;
    }
  }
}

TEST(Environment, WarnsOfUnknownVariables) {
  EXPECT_THAT(loaded("", {{"LOBBYD_LIMIT_MAX_QOS", "1"}, {"LOBBYD_COLOUR", "red"}, {"PATH", "/bin"}}).warnings,
              UnorderedElementsAre("environment: LOBBYD_COLOUR belongs to no configuration key",
                                   "environment: LOBBYD_LIMIT_MAX_QOS belongs to no configuration key; did you mean "
                                   "LOBBYD_LIMITS_MAX_QOS?"));
}

TEST(Environment, NamesTheVariableInProblems) {
  EXPECT_THAT(problems("", {{"LOBBYD_LIMITS_MAX_CLIENTS", "many"}}),
              ElementsAre("environment: LOBBYD_LIMITS_MAX_CLIENTS: must be a whole number from 1 to 1000000, not "
                          "\"many\""));
  EXPECT_THAT(problems("", {{"LOBBYD_LIMITS_MAX_CLIENTS", ""}}), ElementsAre(HasSubstr("must be a whole number")));
  EXPECT_THAT(problems("", {{"LOBBYD_APPS_PREFIX", "\xFF/"}}), ElementsAre(HasSubstr("(not UTF-8)")));
  EXPECT_THAT(problems("", {{"LOBBYD_LISTEN", ""}}), ElementsAre(HasSubstr("must name at least one address")));
}

TEST(Environment, OfThisProcessIsRead) {
  ASSERT_EQ(::setenv("LOBBYD_TEST_VARIABLE", "a=b", 1), 0);
  EXPECT_EQ(process_environment().at("LOBBYD_TEST_VARIABLE"), "a=b");
  ASSERT_EQ(::unsetenv("LOBBYD_TEST_VARIABLE"), 0);
}

TEST(Environment, TellsTheDataDirectory) {
  const Environment all = {
      {"STATE_DIRECTORY", "/var/lib/private/lobbyd:/other"}, {"XDG_STATE_HOME", "/state"}, {"HOME", "/home/operator"}};
  EXPECT_EQ(default_data_dir(all, true), "/var/lib/private/lobbyd");
  EXPECT_EQ(default_data_dir({{"XDG_STATE_HOME", "/state"}, {"HOME", "/h"}}, true), "/state/lobbyd");
  EXPECT_EQ(default_data_dir({{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}}, false), "/h/.local/state/lobbyd");
  EXPECT_EQ(default_data_dir({{"HOME", "/h"}}, true), "/var/lib/lobbyd");
  EXPECT_EQ(default_data_dir({}, false), "");
}

TEST(Environment, TheDataDirectoryIsMadeAbsolute) {
  EXPECT_EQ(loaded("data_dir = \"state/./x\"\n").config.data_dir, std::filesystem::current_path() / "state/x");
  EXPECT_EQ(loaded("", {{"STATE_DIRECTORY", "/s"}}).config.data_dir, "/s");
  EXPECT_EQ(loaded("data_dir = \"/mine\"\n", {{"STATE_DIRECTORY", "/s"}}).config.data_dir, "/mine");
}

}  // namespace
}  // namespace lobbyd::config::testing
