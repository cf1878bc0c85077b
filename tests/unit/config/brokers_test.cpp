#include "config/print.hpp"
#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// [brokers.NAME] and auth.broker_urls.
namespace lobbyd::config::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

TEST(NamedBrokers, HaveTheKeysOfTheMainOneAndNothingOfIt) {
  const Config config = loaded(R"(
[broker]
url = "tcp://main"
username = "u"
[brokers.eu]
url = "ssl://eu"
pool_size = 3
[brokers.US-2]
url = "tcp://us"
)")
                            .config;
  ASSERT_EQ(config.brokers.size(), 2U);
  EXPECT_EQ(config.brokers.at("eu").url->host, "eu");
  EXPECT_EQ(config.brokers.at("eu").pool_size, 3U);
  EXPECT_EQ(config.brokers.at("eu").username, "");
  EXPECT_EQ(config.brokers.at("US-2").pool_size, 2U);
  EXPECT_EQ(config.broker.url->host, "main");
  EXPECT_EQ(config.broker.pool_size, 2U);
}

TEST(NamedBrokers, MistakesAreNamedWithTheirPlace) {
  const std::string eu = "[brokers.eu]\nurl = \"tcp://eu\"\n";
  EXPECT_THAT(problems(eu + "pool_size = 0\n"), ElementsAre(StartsWith("lobbyd.toml:3: brokers.eu.pool_size: must")));
  EXPECT_THAT(problems(eu + "pol_size = 1\n"),
              ElementsAre("lobbyd.toml:3: brokers.eu.pol_size: there is no such key; did you mean pool_size?"));
  EXPECT_THAT(problems(eu + "pool_size = 4\npool_max = 3\n"),
              ElementsAre("lobbyd.toml:4: brokers.eu.pool_max: brokers.eu.pool_max (3) must be at least "
                          "brokers.eu.pool_size (4)"));
  EXPECT_THAT(problems(eu + "password = \"x\"\n"), ElementsAre(HasSubstr("a password needs brokers.eu.username")));
  EXPECT_THAT(problems(eu + "cert_file = \"/c\"\n"),
              ElementsAre(StartsWith("lobbyd.toml:3: brokers.eu.cert_file: brokers.eu.cert_file and brokers.eu.key")));
  EXPECT_THAT(problems(eu + "username = \"u\"\npassword_file = \"/absent\"\n"),
              ElementsAre(StartsWith("lobbyd.toml:4: brokers.eu.password_file: ")));
  EXPECT_THAT(problems("brokers.eu = \"tcp://eu\"\n"),
              ElementsAre("lobbyd.toml:1: brokers.eu: must be a section, headed [brokers.eu]"));
  EXPECT_THAT(problems("brokers = 1\n"), ElementsAre(HasSubstr("must be a section, headed [brokers]")));
}

TEST(NamedBrokers, NeedAUrl) {
  EXPECT_THAT(problems("[brokers.eu]\npool_size = 1\n"),
              ElementsAre(AllOf(StartsWith("lobbyd.toml:1: brokers.eu: needs its url"))));
  EXPECT_THAT(problems("[brokers.eu]\nurl = \"embedded:\"\n"),
              ElementsAre(StartsWith("lobbyd.toml:2: brokers.eu.url: needs its url")));
}

TEST(NamedBrokers, HaveNamesThatClientsCanSay) {
  for (const std::string name : {"main", "\"a.b\"", "\"\"", "\"tcp://a\"", "\"a b\""}) {
    EXPECT_THAT(problems("[brokers." + name + "]\nurl = \"tcp://b\"\n"), ElementsAre(HasSubstr("name"))) << name;
  }
  EXPECT_THAT(problems("[brokers." + std::string(65, 'a') + "]\nurl = \"tcp://b\"\n"), ElementsAre(HasSubstr("64")));
  EXPECT_THAT(problems("[brokers." + std::string(64, 'a') + "]\nurl = \"tcp://b\"\n"), IsEmpty());
}

TEST(NamedBrokers, HaveTwinsInTheEnvironment) {
  const Config config =
      loaded("[brokers.eu-west]\nurl = \"tcp://eu\"\nusername = \"file\"\n", {{"LOBBYD_BROKERS_EU_WEST_USERNAME", "u"},
                                                                              {"LOBBYD_BROKERS_EU_WEST_PASSWORD", "p"},
                                                                              {"LOBBYD_BROKERS_US_URL", "tcp://us"},
                                                                              {"LOBBYD_BROKERS_US_POOL_SIZE", "5"}})
          .config;
  ASSERT_EQ(config.brokers.size(), 2U);
  EXPECT_EQ(config.brokers.at("eu-west").username, "u");
  EXPECT_EQ(config.brokers.at("eu-west").password, "p");
  EXPECT_EQ(config.brokers.at("us").url->host, "us");
  EXPECT_EQ(config.brokers.at("us").pool_size, 5U);
  EXPECT_THAT(loaded("", {{"LOBBYD_BROKERS_EU_COLOUR", "x"}, {"LOBBYD_BROKERS_URL", "x"}}).warnings,
              UnorderedElementsAre(HasSubstr("LOBBYD_BROKERS_EU_COLOUR belongs to no"),
                                   HasSubstr("LOBBYD_BROKERS_URL belongs to no")));
  EXPECT_THAT(problems("", {{"LOBBYD_BROKERS_EU_POOL_SIZE", "0"}, {"LOBBYD_BROKERS_EU_URL", "tcp://b"}}),
              ElementsAre(StartsWith("environment: LOBBYD_BROKERS_EU_POOL_SIZE: must be")));
}

TEST(NamedBrokers, AreToldApartByTheEnvironment) {
  EXPECT_THAT(problems("[brokers.a-b]\nurl = \"tcp://b\"\n[brokers.a_B]\nurl = \"tcp://b\"\n"),
              ElementsAre(HasSubstr("environment variables cannot tell apart")));
}

TEST(NamedBrokers, TakeTheTopicsOfThePrefix) {
  const std::string apps = "[apps]\nprefix = \"a/b/c/d/e/f/\"\n";
  EXPECT_THAT(problems(apps + "[brokers.b]\nurl = \"tcp://b\"\nprofile = \"aws-iot\"\n"),
              ElementsAre(StartsWith("lobbyd.toml:2: apps.prefix: has too many levels for the broker of [brokers.b]")));
  EXPECT_THAT(problems("[apps]\nprefix = \"a/b/c/d/e/\"\n[broker]\nprofile = \"aws-iot\"\n"), IsEmpty());
  EXPECT_THAT(problems("[apps]\nprefix = \"" + std::string(200, 'a') + "/\"\n[broker]\nprofile = \"aws-iot\"\n"),
              ElementsAre(HasSubstr("is too long for the broker of [broker]")));
}

TEST(NamedBrokers, PrintedLoadBack) {
  Config config = loaded("[brokers.b]\nurl = \"ws://b\"\nverify = true\n[brokers.a]\nurl = \"tcp://a\"\n").config;
  config.brokers.at("a").pool_size = 7;
  EXPECT_EQ(loaded(print(config)).config, config);
  config.brokers.at("a").password = "hunter2";
  EXPECT_THAT(print(config), AllOf(Not(HasSubstr("hunter2")), HasSubstr("\n# password = (set, not shown)\n")));
}

TEST(NamedBrokers, HaveTheirPasswordsFromTheirFiles) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("password", "secret\n").string();
  const std::string user = "username = \"u\"\npassword_file = \"" + file + "\"\n";
  const auto config = with_passwords(loaded("[broker]\n" + user + "[brokers.a]\nurl = \"tcp://a\"\n" + user).config);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->broker.password, "secret");
  EXPECT_EQ(config->brokers.at("a").password, "secret");
  Config broken = *config;
  broken.brokers.at("a").password_file = "/absent";
  EXPECT_THAT(with_passwords(broken).error(), HasSubstr("/absent cannot be read"));
}

TEST(NamedBrokers, AreWarnedOfLikeTheMainOne) {
  EXPECT_THAT(loaded("[brokers.a]\nurl = \"ssl://a\"\nverify = false\n").warnings,
              ElementsAre(StartsWith("brokers.a.verify is false")));
  EXPECT_THAT(loaded("[brokers.a]\nurl = \"tcp://a\"\nca_file = \"/c\"\n").warnings,
              ElementsAre(StartsWith("brokers.a.ca_file, cert_file")));
}

TEST(BrokerUrls, ArePatterns) {
  const Config config = loaded("[auth]\nbroker_urls = [\"wss://*.example.org/*\", \"tcp://127.0.0.1:*\"]\n").config;
  ASSERT_EQ(config.auth.broker_urls.size(), 2U);
  EXPECT_TRUE(config.auth.broker_urls.front().matches(mqtt::parse_broker_url("wss://a.example.org/b").value()));
  EXPECT_EQ(loaded("", {{"LOBBYD_AUTH_BROKER_URLS", "tcp://a,tcp://b"}}).config.auth.broker_urls.size(), 2U);
  EXPECT_THAT(problems("[auth]\nbroker_urls = [\"tcp://a\", \"a:1883\"]\n"),
              ElementsAre(StartsWith("lobbyd.toml:2: auth.broker_urls: must hold patterns such as ")));
  EXPECT_THAT(problems("[auth]\nbroker_urls = [\"tcp://u:hunter2@a\"]\n"), ElementsAre(Not(HasSubstr("hunter2"))));
}

TEST(BrokerUrls, OfTheWholeInternetAreWarnedOf) {
  EXPECT_THAT(loaded("[auth]\nbroker_urls = [\"tcp://*\"]\n").warnings, ElementsAre(HasSubstr("any host")));
  EXPECT_THAT(loaded("[auth]\nbroker_urls = [\"tcp://*.org\"]\n").warnings, ElementsAre(HasSubstr("any host")));
  EXPECT_THAT(loaded("[auth]\nbroker_urls = [\"tcp://*.example.org\"]\n").warnings, IsEmpty());
}

}  // namespace
}  // namespace lobbyd::config::testing
