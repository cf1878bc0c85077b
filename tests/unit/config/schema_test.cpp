#include "config/schema.hpp"

#include "config/later.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <set>
#include <string>

namespace lobbyd::config {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

TEST(Schema, HasEachKeyAndEachVariableOnce) {
  std::set<std::string_view> paths;
  std::set<std::string> variables;
  for (const Key& key : schema()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_TRUE(variables.insert(environment_name(key.path)).second) << key.path;
  }
  for (const RefusedKey& key : refused_keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_TRUE(variables.insert(environment_name(key.path)).second) << key.path;
  }
}

TEST(Schema, KeepsEachSectionTogetherAndDescribesIt) {
  std::set<std::string_view> ended;
  std::string_view section;
  for (const Key& key : schema()) {
    if (section_of(key.path) != section) {
      ended.insert(section);
      section = section_of(key.path);
      EXPECT_FALSE(ended.contains(section)) << key.path;
      EXPECT_THAT(describe_section(section), Not(IsEmpty())) << section;
    }
  }
}

TEST(Schema, DescribesEveryKeyInSentences) {
  for (const Key& key : schema()) {
    EXPECT_GT(key.description.size(), 60U) << key.path;
    EXPECT_TRUE(key.description.ends_with('.')) << key.path;
  }
}

TEST(Schema, BoundsEveryIntegerWithinItsMember) {
  for (const Key& key : schema()) {
    if (key.kind != Kind::integer) {
      continue;
    }
    Config config;
    EXPECT_GE(key.range.least, 0) << key.path;
    for (const std::int64_t bound : {key.range.least, key.range.most}) {
      EXPECT_TRUE(assign(key, config, bound)) << key.path;
      EXPECT_EQ(key.read(config), Value(bound)) << key.path;
    }
    EXPECT_FALSE(assign(key, config, key.range.least - 1)) << key.path;
    if (key.range.most < std::numeric_limits<std::int64_t>::max()) {
      EXPECT_FALSE(assign(key, config, key.range.most + 1)) << key.path;
    }
  }
}

TEST(Schema, TakesItsOwnDefaults) {
  for (const Key& key : schema()) {
    Config config;
    const auto assigned = assign(key, config, key.read(Config{}));
    EXPECT_TRUE(assigned) << key.path << " " << assigned.error();
    EXPECT_EQ(config, Config{}) << key.path;
  }
}

TEST(Schema, RefusesEveryOtherType) {
  for (const Key& key : schema()) {
    for (const Value& value : {Value(true), Value(std::int64_t{1}), Value(std::string("x")), Value(TextList{"x"})}) {
      Config config;
      if (kind_of(value) != key.kind) {
        EXPECT_FALSE(assign(key, config, value)) << key.path << " " << to_toml(value);
        EXPECT_EQ(config, Config{}) << key.path;
      }
    }
  }
}

TEST(Schema, HasTheDefaultsOfTheContract) {
  const auto value = [](std::string_view path) { return to_toml(find_key(path)->read(Config{})); };
  EXPECT_EQ(value("listen"), R"(["127.0.0.1:8787"])");
  EXPECT_EQ(value("admin"), R"("127.0.0.1:8788")");
  EXPECT_EQ(value("threads"), "0");
  EXPECT_EQ(value("broker.url"), R"("embedded:")");
  EXPECT_EQ(value("broker.protocol"), R"("auto")");
  EXPECT_EQ(value("broker.pool_size"), "2");
  EXPECT_EQ(value("broker.pool_max"), "16");
  EXPECT_EQ(value("broker.keepalive"), "30");
  EXPECT_EQ(value("embedded.save_seconds"), "5");
  EXPECT_EQ(value("embedded.listen"), R"("")");
  EXPECT_EQ(value("auth.mode"), R"("open")");
  EXPECT_EQ(value("origins.allow"), "[]");
  EXPECT_EQ(value("limits.max_clients"), "10000");
  EXPECT_EQ(value("limits.max_clients_per_ip"), "0");
  EXPECT_EQ(value("limits.max_message_bytes"), "65536");
  EXPECT_EQ(value("limits.max_subscriptions"), "100");
  EXPECT_EQ(value("limits.max_qos"), "2");
  EXPECT_EQ(value("limits.publish_rate"), "200");
  EXPECT_EQ(value("limits.publish_burst"), "400");
  EXPECT_EQ(value("limits.request_rate"), "500");
  EXPECT_EQ(value("limits.outbox_bytes"), "524288");
  EXPECT_EQ(value("limits.handshake_seconds"), "10");
  EXPECT_EQ(value("limits.keepalive_seconds"), "25");
  EXPECT_EQ(value("limits.session_expiry_max"), "300");
  EXPECT_EQ(value("compression.enabled"), "false");
  EXPECT_EQ(value("compression.level"), "3");
  EXPECT_EQ(value("compression.min_bytes"), "256");
  EXPECT_EQ(value("will.mode"), R"("pooled")");
  EXPECT_EQ(value("will.grace"), "2");
  EXPECT_EQ(value("apps.prefix"), R"("lobby/")");
  EXPECT_EQ(value("presence.offline_expiry"), R"("7d")");
  EXPECT_EQ(value("presence.max_watched"), "1000");
  EXPECT_EQ(value("rooms.history"), "100");
  EXPECT_EQ(value("rooms.history_expiry"), R"("7d")");
  EXPECT_EQ(value("rooms.max_members"), "1000");
  EXPECT_EQ(value("log.level"), R"("info")");
  EXPECT_EQ(value("log.format"), R"("text")");
  EXPECT_EQ(value("drain.seconds"), "10");
}

TEST(Schema, NamesTheVariables) {
  EXPECT_EQ(environment_name("listen"), "LOBBYD_LISTEN");
  EXPECT_EQ(environment_name("limits.max_clients"), "LOBBYD_LIMITS_MAX_CLIENTS");
}

TEST(Schema, ReadsDurationsInTheirUnits) {
  const Key& key = *find_key("presence.offline_expiry");
  const auto round_trip = [&](const std::string& text) -> std::string {
    Config config;
    const auto assigned = assign(key, config, Value(text));
    return assigned ? to_toml(key.read(config)) : assigned.error();
  };
  EXPECT_EQ(round_trip("2d"), R"("2d")");
  EXPECT_EQ(round_trip("36h"), R"("36h")");
  EXPECT_EQ(round_trip("120s"), R"("2m")");
  EXPECT_EQ(round_trip("61s"), R"("61s")");
  for (const std::string text :
       {"", "7", "d", "-1d", "1.5h", "7 d", "7dd", "7w", "999999999999d", "99999999999999999999s"}) {
    EXPECT_THAT(round_trip(text), ::testing::StartsWith("must be a number with its unit")) << text;
  }
}

}  // namespace
}  // namespace lobbyd::config
