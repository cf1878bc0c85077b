#include "config/print.hpp"
#include "config/schema.hpp"
#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

/// What is printed and what is committed.
namespace lobbyd::config::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string repository_file(std::string_view path) {
  std::ifstream stream(std::filesystem::path(LOBBYD_SOURCE_DIR) / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

constexpr std::string_view remedy = "build the target config_documents and commit what it writes";

TEST(Documents, TheCommittedDefaultFileIsUpToDate) {
  EXPECT_EQ(repository_file("config/lobbyd.toml"), print_default()) << remedy;
}

TEST(Documents, TheCommittedReferenceIsUpToDate) {
  EXPECT_EQ(repository_file("docs/configuration.md"), reference_markdown()) << remedy;
}

TEST(Documents, TheDefaultFileChangesNothing) {
  const Loaded result = loaded(print_default());
  EXPECT_EQ(result.config, loaded("").config);
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(Documents, TheDefaultFileDoesNotOpenTheDaemonToANetwork) {
  EXPECT_THAT(problems(print_default(), {{"LOBBYD_LISTEN", "0.0.0.0:8787"}}), Not(IsEmpty()));
}

TEST(Documents, BothNameEveryKeyAndItsVariable) {
  for (const Key& key : schema()) {
    EXPECT_THAT(print_default(), ContainsRegex("\n(# )?" + std::string(name_of(key.path)) + " = "));
    EXPECT_THAT(print_default(), HasSubstr(environment_name(key.path)));
    EXPECT_THAT(reference_markdown(), HasSubstr("### `" + std::string(key.path) + "`"));
    EXPECT_THAT(reference_markdown(), HasSubstr("`" + environment_name(key.path) + "`"));
  }
}

/// Every key differs from its default.
Config unusual() {
  Config config = loaded("").config;
  for (const Key& key : schema()) {
    const Value value = key.read(config);
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      EXPECT_TRUE(assign(key, config, *number == key.range.most ? *number - 1 : *number + 1)) << key.path;
    }
  }
  config.listen = {{"0.0.0.0", 0}, {"::1", 1}};
  config.admin = std::nullopt;
  config.data_dir = "/a \"quoted\" \\ path/\u00e9";
  config.instance.name = "x";
  config.broker.url = parse_broker_choice("unix:///run/mqtt.sock").value();
  config.broker.protocol = ProtocolChoice::mqtt_5;
  config.broker.username = "tab\tnewline\n";
  config.broker.ca_file = "/ca";
  config.broker.cert_file = "/cert";
  config.broker.key_file = "/key";
  config.broker.verify = false;
  config.broker.profile = BrokerProfile::hivemq;
  config.broker.max_filters_per_connection = 50;
  config.broker.max_filters_per_subscribe = 8;
  config.broker.max_publish_rate = 100;
  config.broker.max_topic_levels = 8;
  config.broker.max_topic_bytes = 256;
  config.embedded.listen = Endpoint{"::1", 1883};
  config.auth.mode_chosen = true;
  config.auth.broker_urls = {mqtt::parse_broker_url_pattern("wss://*.example.org").value()};
  config.origins.allow = {"*", "https://a"};
  config.limits.max_qos = 0;
  config.compression.enabled = true;
  config.apps.prefix = "p/";
  config.presence.offline_expiry.value = std::chrono::seconds(61);
  config.rooms.history_expiry.value = std::chrono::hours(5);
  config.log = {LogLevel::error, LogFormat::json};
  return config;
}

TEST(Documents, WhatIsPrintedLoadsBack) {
  const Config config = unusual();
  for (const Key& key : schema()) {
    if (key.path != "auth.mode" && key.path != "will.mode" && !key.path.starts_with("broker.password")) {
      EXPECT_NE(key.read(config), key.read(Config{})) << key.path << " is not covered";
    }
  }
  EXPECT_EQ(loaded(print(config)).config, config);
}

TEST(Documents, SecretsAreNotPrinted) {
  Config config = loaded("").config;
  config.broker.username = "u";
  config.broker.password = "hunter2";
  const std::string text = print(config);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("\n# password = (set, not shown)\n"));
  config.broker.password.clear();
  EXPECT_EQ(loaded(text).config, config);
}

TEST(Documents, NoLineIsTooLong) {
  std::istringstream lines(print_default());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 120U) << line;
  }
}

}  // namespace
}  // namespace lobbyd::config::testing
