#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Which source wins.
namespace lobbyd::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Sources, TheCommandLineBeatsTheEnvironmentBeatsTheFile) {
  const std::string file = "listen = [\"127.0.0.1:1\"]\n[log]\nlevel = \"error\"\n[limits]\nmax_qos = 0\n";
  const Environment environment = {{"LOBBYD_LISTEN", "127.0.0.1:2"}, {"LOBBYD_LOG_LEVEL", "debug"}};
  CommandLine command_line;
  command_line.listen = {"127.0.0.1:3", "127.0.0.1:4"};
  const Config config = loaded(file, environment, command_line).config;
  EXPECT_EQ(config.listen, (std::vector<Endpoint>{{"127.0.0.1", 3}, {"127.0.0.1", 4}}));
  EXPECT_EQ(config.log.level, LogLevel::debug);
  EXPECT_EQ(config.limits.max_qos, 0);
}

TEST(Sources, TheCommandLineSetsAllThatItHas) {
  CommandLine command_line;
  command_line.listen = {"[::1]:0"};
  command_line.admin = "127.0.0.1:0";
  command_line.broker = "tcp://broker:1";
  command_line.data_dir = "/d";
  command_line.threads = "3";
  command_line.log_level = "trace";
  command_line.log_format = "json";
  const Loaded result = loaded("", {}, command_line);
  EXPECT_EQ(result.config.listen, (std::vector<Endpoint>{{"::1", 0}}));
  EXPECT_EQ(result.config.admin, (Endpoint{"127.0.0.1", 0}));
  EXPECT_EQ(to_string(result.config.broker.url), "tcp://broker:1");
  EXPECT_EQ(result.config.data_dir, "/d");
  EXPECT_EQ(result.config.threads, 3U);
  EXPECT_EQ(result.config.log.level, LogLevel::trace);
  EXPECT_EQ(result.config.log.format, LogFormat::json);
}

TEST(Sources, ProblemsOfTheCommandLineNameTheOption) {
  CommandLine command_line;
  command_line.listen = {"127.0.0.1:0", ""};
  command_line.threads = "all";
  EXPECT_THAT(problems("", {}, command_line),
              ElementsAre(StartsWith("command line: --listen: must be ADDRESS:PORT"),
                          "command line: --threads: must be a whole number from 0 to 256, not \"all\""));
}

TEST(Sources, AMistakeCountsEvenWhereAnotherSourceWins) {
  EXPECT_THAT(problems("[log]\nlevel = \"loud\"\n", {{"LOBBYD_LOG_LEVEL", "info"}}),
              ElementsAre(HasSubstr("\"loud\"")));
}

TEST(Sources, TheEnvironmentMayNameTheFile) {
  const TemporaryDirectory directory;
  const auto one = directory.write("one.toml", "[limits]\nmax_qos = 1\n");
  const auto two = directory.write("two.toml", "[limits]\nmax_qos = 0\n");
  const Environment environment = plain_environment({{"LOBBYD_CONFIG", one.string()}});
  EXPECT_EQ(load({}, environment).value().config.limits.max_qos, 1);
  EXPECT_TRUE(load({}, environment).value().warnings.empty());
  CommandLine command_line;
  command_line.config_file = two;
  EXPECT_EQ(load(command_line, environment).value().config.limits.max_qos, 0);
}

TEST(Sources, NoFileIsFineButAMissingOneIsNot) {
  EXPECT_TRUE(load({}, plain_environment()));
  CommandLine command_line;
  command_line.config_file = "/nonexistent/lobbyd.toml";
  const auto result = load(command_line, plain_environment());
  ASSERT_FALSE(result);
  EXPECT_EQ(to_string(result.error().at(0)), "/nonexistent/lobbyd.toml: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace lobbyd::config::testing
