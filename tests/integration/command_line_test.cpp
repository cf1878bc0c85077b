// The command line and the configuration's three sources (api.md, "Command line and configuration").

#include "tests/integration/harness/broker.hpp"
#include "tests/integration/harness/daemon.hpp"
#include "tests/integration/harness/rpc_client.hpp"
#include "tests/integration/harness/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

constexpr ExitStatus bad_configuration{2, 0};

class CommandLineTest : public testing::Test {
 protected:
  // --check-config on a file with this text.
  FinishedProcess check(const std::string& text, std::map<std::string, std::string> environment = {},
                        std::vector<std::string> arguments = {}) {
    std::vector<std::string> all{"--config", directory_.write("lobbyd.toml", text).string(), "--check-config"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_daemon(all, std::move(environment));
  }

  // What --print-config says, with this file.
  std::string printed(const std::string& text, std::map<std::string, std::string> environment = {},
                      std::vector<std::string> arguments = {}) {
    std::vector<std::string> all{"--config", directory_.write("lobbyd.toml", text).string(), "--print-config"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto finished = run_daemon(all, std::move(environment));
    EXPECT_EQ(finished.status, ExitStatus{}) << finished.errors;
    return finished.output;
  }

  TemporaryDirectory directory_;
};

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).contains("\n" + line + "\n");
}

TEST_F(CommandLineTest, VersionAndHelp) {
  const auto version = run_daemon({"--version"});
  EXPECT_EQ(version.status, ExitStatus{});
  EXPECT_TRUE(std::regex_search(version.output, std::regex("[0-9]+\\.[0-9]+\\.[0-9]+"))) << version.output;
  const auto help = run_daemon({"--help"});
  EXPECT_EQ(help.status, ExitStatus{});
  for (const auto* option :
       {"--config", "--listen", "--admin", "--no-admin", "--broker", "--data-dir", "--threads", "--log-level",
        "--log-format", "--check-config", "--print-config", "--version", "--help"}) {
    EXPECT_TRUE(help.output.contains(option)) << option;
  }
}

TEST_F(CommandLineTest, UnknownOptionsAndMissingValuesExitWith2) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"--nonsense"},
                                                                     {"--listen"},
                                                                     {"extra"},
                                                                     {"--log-level", "loud"},
                                                                     {"--log-format", "xml"},
                                                                     {"--threads", "many"},
                                                                     {"--threads", "-1"},
                                                                     {"--listen", "nowhere"},
                                                                     {"--listen", "127.0.0.1:99999"},
                                                                     {"--admin", "x"},
                                                                     {"--broker", "http://example.org"},
                                                                     {"--broker", "tcp://"},
                                                                     {"--broker", "nonsense"}}) {
    const auto finished = run_daemon(arguments);
    EXPECT_EQ(finished.status, bad_configuration) << arguments.front();
    EXPECT_FALSE(finished.errors.empty()) << arguments.front();
    EXPECT_TRUE(finished.output.empty()) << finished.output;
  }
}

TEST_F(CommandLineTest, CheckConfigAcceptsWhatIsRight) {
  const auto finished = check(R"(
listen = ["127.0.0.1:8787", "[::1]:8787"]
admin = ""
threads = 0
[broker]
url = "tcp://127.0.0.1:1883"
protocol = "auto"
keepalive = 30
[limits]
max_qos = 2
publish_rate = 0
[origins]
allow = ["https://*.example.org"]
[log]
level = "info"
format = "json"
)");
  EXPECT_EQ(finished.status, ExitStatus{}) << finished.errors;
}

TEST_F(CommandLineTest, WhatIsWrongIsNamedWithFileLineKeyAndRemedy) {
  const std::vector<std::tuple<std::string, int, std::string>> wrong = {
      {"listne = [\"127.0.0.1:1\"]\n", 1, "listne"},
      {"\n\n[limits]\nmax_client = 5\n", 4, "max_client"},
      {"[limit]\nmax_clients = 5\n", 1, "limit"},
      {"[limits]\nmax_clients = \"many\"\n", 2, "max_clients"},
      {"[limits]\nmax_clients = 1.5\n", 2, "max_clients"},
      {"[limits]\nmax_clients = 0\n", 2, "max_clients"},
      {"[limits]\nmax_qos = 3\n", 2, "max_qos"},
      {"[limits]\nmax_qos = -1\n", 2, "max_qos"},
      {"[limits]\nhandshake_seconds = 0\n", 2, "handshake_seconds"},
      {"listen = \"127.0.0.1:8787\"\n", 1, "listen"},
      {"listen = [8787]\n", 1, "listen"},
      {"listen = [\"127.0.0.1\"]\n", 1, "listen"},
      {"listen = [\"127.0.0.1:70000\"]\n", 1, "listen"},
      {"admin = 8788\n", 1, "admin"},
      {"threads = -1\n", 1, "threads"},
      {"\n[broker]\nurl = \"http://x\"\n", 3, "url"},
      {"[broker]\nprotocol = \"4\"\n", 2, "protocol"},
      {"[broker]\nprotocol = 5\n", 2, "protocol"},
      {"[broker]\nkeepalive = -5\n", 2, "keepalive"},
      {"[embedded]\nsave_seconds = 0\n", 2, "save_seconds"},
      {"[auth]\nmode = \"closed\"\n", 2, "mode"},
      {"[origins]\nallow = \"*\"\n", 2, "allow"},
      {"[apps]\nprefix = \"#\"\n", 2, "prefix"},
      {"[log]\nlevel = \"loud\"\n", 2, "level"},
      {"[log]\nformat = true\n", 2, "format"},
  };
  for (const auto& [text, line, key] : wrong) {
    const auto finished = check(text);
    EXPECT_EQ(finished.status, bad_configuration) << text;
    EXPECT_TRUE(finished.errors.contains("lobbyd.toml")) << text << finished.errors;
    EXPECT_TRUE(finished.errors.contains(":" + std::to_string(line))) << text << finished.errors;
    EXPECT_TRUE(finished.errors.contains(key)) << text << finished.errors;
  }
}

TEST_F(CommandLineTest, WhatIsWrongWithABoardIsNamedWithTheBoard) {
  for (const auto& [key, value] : {std::pair("time_zone", "Mars/Olympus"), std::pair("topic", "game/{period}")}) {
    const auto finished =
        check(std::string("[[boards]]\nname = \"race-*\"\nreset = \"daily\"\n") + key + " = \"" + value + "\"\n");
    EXPECT_EQ(finished.status, bad_configuration) << key;
    EXPECT_TRUE(finished.errors.contains("[[boards]] \"race-*\": boards." + std::string(key))) << finished.errors;
  }
}

TEST_F(CommandLineTest, MalformedFileIsNamedWithItsLine) {
  const auto finished = check("[limits]\nmax_qos = = 2\n");
  EXPECT_EQ(finished.status, bad_configuration);
  EXPECT_TRUE(finished.errors.contains("lobbyd.toml:2")) << finished.errors;
}

TEST_F(CommandLineTest, MissingFileStopsTheStart) {
  const auto finished = run_daemon({"--config", (directory_.path() / "none.toml").string()});
  EXPECT_EQ(finished.status, bad_configuration);
  EXPECT_TRUE(finished.errors.contains("none.toml")) << finished.errors;
}

TEST_F(CommandLineTest, BadConfigurationStopsTheStartItselfToo) {
  const auto file = directory_.write("bad.toml", "nonsense = 1\n");
  const auto finished = run_daemon({"--config", file.string()});
  EXPECT_EQ(finished.status, bad_configuration);
  EXPECT_FALSE(finished.output.contains("ready"));
}

TEST_F(CommandLineTest, PrintedConfigurationIsCompleteAndCanBeReadBack) {
  const auto text = printed("[limits]\nmax_qos = 1\n[broker]\nusername = \"me\"\n");
  for (const auto* key : {"listen",
                          "admin",
                          "data_dir",
                          "threads",
                          "[instance]",
                          "[broker]",
                          "url",
                          "protocol",
                          "keepalive",
                          "[embedded]",
                          "save_seconds",
                          "[auth]",
                          "mode",
                          "[origins]",
                          "allow",
                          "[limits]",
                          "max_clients",
                          "max_message_bytes",
                          "max_subscriptions",
                          "outbox_bytes",
                          "handshake_seconds",
                          "keepalive_seconds",
                          "[apps]",
                          "prefix",
                          "[log]",
                          "level",
                          "format"}) {
    EXPECT_TRUE(text.contains(key)) << key;
  }
  EXPECT_TRUE(has_line(text, "max_qos = 1"));
  EXPECT_TRUE(text.contains("\n#")) << "it is commented";
  EXPECT_EQ(check(text).status, ExitStatus{});
  EXPECT_EQ(printed(text), text);
}

TEST_F(CommandLineTest, PrintedConfigurationHoldsNoSecret) {
  EXPECT_FALSE(printed("[broker]\nusername = \"me\"\npassword = \"hush-hush\"\n").contains("hush-hush"));
}

TEST_F(CommandLineTest, EnvironmentWinsOverTheFile) {
  const std::string file =
      "listen = [\"127.0.0.1:1111\"]\n[limits]\nmax_qos = 1\nmax_clients = 7\n[log]\nlevel = \"debug\"\n";
  const auto text = printed(file, {{"LOBBYD_LIMITS_MAX_QOS", "0"}, {"LOBBYD_LOG_LEVEL", "error"}});
  EXPECT_TRUE(has_line(text, "max_qos = 0"));
  EXPECT_TRUE(has_line(text, "max_clients = 7"));
  EXPECT_TRUE(has_line(text, "level = \"error\""));
  EXPECT_TRUE(text.contains("127.0.0.1:1111"));
}

TEST_F(CommandLineTest, CommandLineWinsOverBoth) {
  const std::string file = "listen = [\"127.0.0.1:1111\"]\nadmin = \"127.0.0.1:2222\"\n[log]\nlevel = \"debug\"\n";
  const auto text = printed(file, {{"LOBBYD_LOG_LEVEL", "error"}},
                            {"--log-level", "warning", "--listen", "127.0.0.1:3333", "--listen", "127.0.0.1:4444",
                             "--no-admin", "--broker", "tcp://127.0.0.1:1883", "--threads", "3"});
  EXPECT_TRUE(has_line(text, "level = \"warning\""));
  EXPECT_FALSE(text.contains("127.0.0.1:1111"));
  EXPECT_TRUE(text.contains("127.0.0.1:3333") && text.contains("127.0.0.1:4444"));
  EXPECT_TRUE(has_line(text, "admin = \"\""));
  EXPECT_TRUE(has_line(text, "threads = 3"));
  EXPECT_TRUE(has_line(text, "url = \"tcp://127.0.0.1:1883\""));
}

TEST_F(CommandLineTest, EnvironmentIsCheckedLikeTheFile) {
  const auto finished = check("", {{"LOBBYD_LIMITS_MAX_QOS", "seven"}});
  EXPECT_EQ(finished.status, bad_configuration);
  EXPECT_TRUE(finished.errors.contains("LOBBYD_LIMITS_MAX_QOS")) << finished.errors;
}

TEST_F(CommandLineTest, UnknownVariablesAreWarnedOf) {
  const auto finished = check("", {{"LOBBYD_LIMITS_MAX_QOSS", "1"}});
  EXPECT_EQ(finished.status, ExitStatus{});
  EXPECT_TRUE((finished.errors + finished.output).contains("LOBBYD_LIMITS_MAX_QOSS"));
}

TEST_F(CommandLineTest, OpenNetworkListenerNeedsAnExplicitMode) {
  for (const auto* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:8787"}) {
    const auto refused = run_daemon({"--listen", address, "--check-config"});
    EXPECT_EQ(refused.status, bad_configuration) << address;
    EXPECT_TRUE(refused.errors.contains("mode")) << refused.errors;
  }
  EXPECT_EQ(run_daemon({"--listen", "0.0.0.0:0", "--check-config"}, {{"LOBBYD_AUTH_MODE", "open"}}).status,
            ExitStatus{});
  EXPECT_EQ(check("listen = [\"0.0.0.0:0\"]\n[auth]\nmode = \"open\"\n").status, ExitStatus{});
}

TEST(NetworkListenerTest, ServesEveryHostName) {
  Broker broker;
  Daemon daemon({.broker_url = broker.url(), .config = "[auth]\nmode = \"open\"\n", .listen = {"0.0.0.0:0"}});
  RpcClient it({"127.0.0.1", daemon.listen().port}, {.host = "game.example.org"});
  it.connect();
  EXPECT_TRUE(daemon.log().contains("open")) << "the log says that open mode has no identity: " << daemon.log();
}

TEST(EnvironmentTest, ConfiguresARunningDaemon) {
  Broker broker;
  Daemon daemon({.environment = {{"LOBBYD_BROKER_URL", broker.url()}, {"LOBBYD_LIMITS_MAX_SUBSCRIPTIONS", "1"}}});
  RpcClient it(daemon.listen());
  EXPECT_EQ(it.connect().at("limits").at("max_subscriptions"), 1);
}

}  // namespace
}  // namespace lobbyd::integration
