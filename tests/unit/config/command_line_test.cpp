#include "config/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace lobbyd::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::expected<CommandLine, Problem> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "lobbyd");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

std::string error_of(std::vector<const char*> arguments) {
  const auto result = parse(std::move(arguments));
  return result ? "accepted" : to_string(result.error());
}

TEST(CommandLineOptions, MayBeNone) {
  const CommandLine result = parse({}).value();
  EXPECT_EQ(result.action, Action::run);
  EXPECT_TRUE(result.config_file.empty());
  EXPECT_THAT(result.listen, IsEmpty());
  EXPECT_FALSE(result.admin || result.broker || result.data_dir || result.threads || result.log_level ||
               result.log_format);
}

TEST(CommandLineOptions, AreAllTaken) {
  const CommandLine result =
      parse({"--config", "f.toml", "--listen", "a:1", "--listen=b:2", "--admin", "c:3", "--broker", "tcp://b",
             "--data-dir", "d", "--threads", "2", "--log-level", "debug", "--log-format", "json"})
          .value();
  EXPECT_EQ(result.config_file, "f.toml");
  EXPECT_THAT(result.listen, ElementsAre("a:1", "b:2"));
  EXPECT_EQ(result.admin, "c:3");
  EXPECT_EQ(result.broker, "tcp://b");
  EXPECT_EQ(result.data_dir, "d");
  EXPECT_EQ(result.threads, "2");
  EXPECT_EQ(result.log_level, "debug");
  EXPECT_EQ(result.log_format, "json");
}

TEST(CommandLineOptions, AdminCanBeSwitchedOff) {
  EXPECT_EQ(parse({"--no-admin"}).value().admin, "");
  EXPECT_THAT(error_of({"--no-admin", "--admin", "127.0.0.1:1"}), HasSubstr("--no-admin"));
}

TEST(CommandLineOptions, TakeIpv6AddressesAsTheyAre) {
  EXPECT_THAT(parse({"--listen", "[::1]:8787", "--listen=[::]:1"}).value().listen, ElementsAre("[::1]:8787", "[::]:1"));
  EXPECT_EQ(parse({"--admin", "[::1]:8788"}).value().admin, "[::1]:8788");
}

TEST(CommandLineOptions, TakeValuesAsTheyAre) {
  EXPECT_EQ(parse({"--config", "my \"own\" file.toml"}).value().config_file, "my \"own\" file.toml");
  EXPECT_EQ(parse({"--data-dir", "a b, c"}).value().data_dir, "a b, c");
  EXPECT_EQ(parse({"--admin", ""}).value().admin, "");
  EXPECT_THAT(parse({"--listen", ""}).value().listen, ElementsAre(""));
}

TEST(CommandLineOptions, ChooseTheAction) {
  EXPECT_EQ(parse({"--check-config"}).value().action, Action::check_config);
  EXPECT_EQ(parse({"--print-config"}).value().action, Action::print_config);
  EXPECT_EQ(parse({"--version"}).value().action, Action::version);
  EXPECT_EQ(parse({"--help", "--check-config"}).value().action, Action::help);
  EXPECT_EQ(parse({"-h"}).value().action, Action::help);
  EXPECT_THAT(error_of({"--print-config", "--check-config"}), HasSubstr("--print-config"));
}

TEST(CommandLineOptions, HelpNamesEveryOption) {
  const std::string help = parse({"--help"}).value().help;
  for (const std::string option :
       {"--config", "--listen", "--admin", "--no-admin", "--broker", "--data-dir", "--threads", "--log-level",
        "--log-format", "--check-config", "--print-config", "--version", "--help", "healthcheck"}) {
    EXPECT_THAT(help, HasSubstr(option));
  }
  EXPECT_THAT(parse({}).value().help, IsEmpty());
}

TEST(CommandLineOptions, HealthcheckTakesTheAdminAddress) {
  EXPECT_EQ(parse({"healthcheck"}).value().action, Action::healthcheck);
  const CommandLine result = parse({"healthcheck", "--admin", "127.0.0.1:9", "--config", "f"}).value();
  EXPECT_EQ(result.action, Action::healthcheck);
  EXPECT_EQ(result.admin, "127.0.0.1:9");
  EXPECT_EQ(result.config_file, "f");
}

TEST(CommandLineOptions, MistakesAreSaid) {
  EXPECT_THAT(error_of({"--colour"}), HasSubstr("--colour"));
  EXPECT_THAT(error_of({"--listen"}), HasSubstr("--listen"));
  EXPECT_THAT(error_of({"dance"}), HasSubstr("dance"));
  EXPECT_THAT(error_of({"--broker", "a", "--broker", "b"}), HasSubstr("--broker"));
  EXPECT_THAT(error_of({"--check-config=maybe"}), ::testing::StartsWith("command line: "));
  EXPECT_THAT(error_of({"--colour"}), HasSubstr("(see lobbyd --help)"));
}

}  // namespace
}  // namespace lobbyd::config
