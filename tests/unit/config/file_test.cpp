#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// What a file may say, and what is answered to what it may not.
namespace lobbyd::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(File, MayBeEmpty) {
  const Loaded result = loaded("");
  Config expected;
  expected.data_dir = result.config.data_dir;
  EXPECT_EQ(result.config, expected);
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(File, SetsEveryKeyThatIsInForce) {
  const TemporaryDirectory directory;
  const auto password_file = directory.write("password", "secret\n");
  const Config config = loaded(R"(
listen = ["127.0.0.1:0", "[::1]:9000"]
admin = ""
data_dir = "/srv/lobbyd"
[instance]
name = "eu-1"
[broker]
url = "mqtt://broker.example.org"
protocol = "3.1.1"
pool_size = 3
pool_max = 5
keepalive = 20
username = "lobby"
password_file = ")" + password_file.string() +
                               R"("
[embedded]
save_seconds = 9
[auth]
mode = "open"
[origins]
allow = ["https://game.example.org", "https://*.example.org:8443", "*", "null"]
[limits]
max_clients = 10
max_clients_per_ip = 2
max_message_bytes = 1000
max_subscriptions = 3
max_qos = 1
outbox_bytes = 5000
handshake_seconds = 4
keepalive_seconds = 7
[apps]
prefix = "game/lobby/"
[log]
level = "debug"
format = "json"
[drain]
seconds = 0
)")
                            .config;
  EXPECT_EQ(config.listen, (std::vector<Endpoint>{{"127.0.0.1", 0}, {"::1", 9000}}));
  EXPECT_EQ(config.admin, std::nullopt);
  EXPECT_EQ(config.data_dir, "/srv/lobbyd");
  EXPECT_EQ(config.instance.name, "eu-1");
  EXPECT_EQ(to_string(config.broker.url), "tcp://broker.example.org:1883");
  EXPECT_EQ(config.broker.protocol, ProtocolChoice::mqtt_3_1_1);
  EXPECT_EQ(config.broker.pool_size, 3U);
  EXPECT_EQ(config.broker.pool_max, 5U);
  EXPECT_EQ(config.broker.keepalive, std::chrono::seconds(20));
  EXPECT_EQ(config.broker.username, "lobby");
  EXPECT_EQ(broker_password(config.broker).value(), "secret");
  EXPECT_EQ(config.embedded.save_seconds, std::chrono::seconds(9));
  EXPECT_TRUE(config.auth.mode_chosen);
  EXPECT_THAT(config.origins.allow, ElementsAre("https://game.example.org", "https://*.example.org:8443", "*", "null"));
  EXPECT_EQ(config.limits.max_clients, 10U);
  EXPECT_EQ(config.limits.max_clients_per_ip, 2U);
  EXPECT_EQ(config.limits.max_message_bytes, 1000U);
  EXPECT_EQ(config.limits.max_subscriptions, 3U);
  EXPECT_EQ(config.limits.max_qos, 1U);
  EXPECT_EQ(config.limits.outbox_bytes, 5000U);
  EXPECT_EQ(config.limits.handshake_seconds, std::chrono::seconds(4));
  EXPECT_EQ(config.limits.keepalive_seconds, std::chrono::seconds(7));
  EXPECT_EQ(config.apps.prefix, "game/lobby/");
  EXPECT_EQ(config.log.level, LogLevel::debug);
  EXPECT_EQ(config.log.format, LogFormat::json);
  EXPECT_EQ(config.drain.seconds, std::chrono::seconds(0));
}

TEST(File, ImpossibleValuesAreNamedWithTheirPlace) {
  EXPECT_THAT(problems("[limits]\nmax_qos = 7\n"),
              ElementsAre("lobbyd.toml:2: limits.max_qos: must be 0, 1 or 2, not 7"));
  EXPECT_THAT(problems("limits.max_clients = 0\n"),
              ElementsAre("lobbyd.toml:1: limits.max_clients: must be a whole number from 1 to 1000000, not 0"));
  EXPECT_THAT(problems("[log]\nlevel = \"loud\"\n"),
              ElementsAre("lobbyd.toml:2: log.level: must be \"trace\", \"debug\", \"info\", \"warning\" or \"error\", "
                          "not \"loud\""));
  EXPECT_THAT(problems("listen = []\n"), ElementsAre("lobbyd.toml:1: listen: must name at least one address, such as "
                                                     "[\"127.0.0.1:8787\"]"));
  EXPECT_THAT(problems("listen = [\"127.0.0.1:8787\", \":1\"]\n"),
              ElementsAre(StartsWith("lobbyd.toml:1: listen: must be ADDRESS:PORT")));
}

TEST(File, WrongTypesAreNamed) {
  EXPECT_THAT(problems("[limits]\nmax_qos = \"2\"\n"),
              ElementsAre("lobbyd.toml:2: limits.max_qos: must be 0, 1 or 2, not \"2\""));
  EXPECT_THAT(
      problems("[limits]\nmax_clients = 1.5\n"),
      ElementsAre("lobbyd.toml:2: limits.max_clients: must be a whole number from 1 to 1000000, not a number with "
                  "a fraction"));
  EXPECT_THAT(problems("listen = \"127.0.0.1:8787\"\n"),
              ElementsAre("lobbyd.toml:1: listen: must be an array of strings, not \"127.0.0.1:8787\""));
  EXPECT_THAT(problems("[listen]\n"), ElementsAre("lobbyd.toml:1: listen: must be an array of strings, not a table"));
  EXPECT_THAT(problems("[[admin]]\n"), ElementsAre("lobbyd.toml:1: admin: must be a string, not a table"));
  EXPECT_THAT(problems("limits = 3\n"), ElementsAre("lobbyd.toml:1: limits: must be a section, headed [limits]"));
  EXPECT_THAT(problems("[[limits]]\n"), ElementsAre("lobbyd.toml:1: limits: must be a section, headed [limits]"));
}

TEST(File, UnknownKeysAreNamedWithTheProbableOne) {
  EXPECT_THAT(problems("[limits]\nmax_client = 1\n"),
              ElementsAre("lobbyd.toml:2: limits.max_client: there is no such key; did you mean limits.max_clients?"));
  EXPECT_THAT(problems("max_qos = 1\n"),
              ElementsAre("lobbyd.toml:1: max_qos: there is no such key; did you mean limits.max_qos?"));
  EXPECT_THAT(problems("colour = 1\n"), ElementsAre("lobbyd.toml:1: colour: there is no such key"));
  EXPECT_THAT(problems("\"limits.max_qos\" = 1\n"), ElementsAre(HasSubstr("there is no such key")));
  EXPECT_THAT(problems("Listen = [\"127.0.0.1:1\"]\n"), ElementsAre(HasSubstr("did you mean listen?")));
}

TEST(File, AnUnknownSectionIsNamedOnce) {
  EXPECT_THAT(problems("[limit]\nmax_qos = 1\nmax_clients = 2\n[limits]\nmax_qos = 9\n"),
              ElementsAre("lobbyd.toml:1: limit: there is no such section; did you mean limits?",
                          "lobbyd.toml:5: limits.max_qos: must be 0, 1 or 2, not 9"));
}

TEST(File, AllProblemsComeTogetherInOrder) {
  EXPECT_THAT(problems("admin = 5\n[log]\nformat = \"xml\"\n[limits]\nmax_qos = 3\n"),
              ElementsAre(StartsWith("lobbyd.toml:1: admin: "), StartsWith("lobbyd.toml:3: log.format: "),
                          StartsWith("lobbyd.toml:5: limits.max_qos: ")));
}

TEST(File, ASyntaxErrorDoesNotHideTheOtherSources) {
  EXPECT_THAT(problems("listen = \n", {{"LOBBYD_LIMITS_MAX_QOS", "3"}}),
              ElementsAre(StartsWith("lobbyd.toml:1: is not TOML: "),
                          "environment: LOBBYD_LIMITS_MAX_QOS: must be 0, 1 or 2, not 3"));
}

TEST(File, PrefixesThatAreNoneAreRefused) {
  const auto problem = [](const std::string& prefix) {
    const auto lines = problems("[apps]\nprefix = \"" + prefix + "\"\n");
    return lines.empty() ? std::string("accepted") : lines.front();
  };
  EXPECT_THAT(problem("lobby"), HasSubstr("must end in \"/\", such as \"lobby/\", not \"lobby\""));
  EXPECT_THAT(problem(""), HasSubstr("must end in \"/\""));
  EXPECT_THAT(problem("a/+/"), HasSubstr("must not hold the wildcards"));
  EXPECT_THAT(problem("a#/"), HasSubstr("must not hold the wildcards"));
  EXPECT_THAT(problem("$SYS/"), HasSubstr("must not begin with $"));
  EXPECT_THAT(problem("a\\u0000/"), HasSubstr("without control characters"));
  EXPECT_THAT(problem(std::string(256, 'x') + "/"), HasSubstr("at most 256 bytes"));
  EXPECT_EQ(problem("games/tetris/lobby/"), "accepted");
}

TEST(File, OriginsThatNoBrowserSendsAreRefused) {
  for (const std::string origin : {"game.example.org", "https://game.example.org/", "https://Game.example.org",
                                   "https://game.example.org/path", "https://", "://x", "https://a.*.org", "", "**"}) {
    EXPECT_THAT(problems("[origins]\nallow = [\"" + origin + "\"]\n"),
                ElementsAre(HasSubstr("must hold origins as browsers send them")))
        << origin;
  }
}

TEST(File, InstanceNamesAreBounded) {
  EXPECT_EQ(loaded("[instance]\nname = \"" + std::string(64, 'x') + "\"\n").config.instance.name.size(), 64U);
  for (const std::string& name :
       {std::string(65, 'x'), std::string("a b"), std::string("a/b"), std::string("\u00e9")}) {
    EXPECT_THAT(problems("[instance]\nname = \"" + name + "\"\n"),
                ElementsAre(HasSubstr("at most 64 of the characters")));
  }
}

TEST(File, SecretsAreNotRepeatedInProblems) {
  EXPECT_THAT(problems("[broker]\npassword = 12345\n"),
              ElementsAre("lobbyd.toml:2: broker.password: must be a string"));
  EXPECT_THAT(problems("[broker]\npassword = \"a\\u0000hunter2\"\n"),
              ElementsAre(::testing::AllOf(HasSubstr("broker.password: must be UTF-8"), Not(HasSubstr("hunter2")))));
}

}  // namespace
}  // namespace lobbyd::config::testing
