#include "service/upstream/embedded/embedded_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace lobbyd::upstream {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::multiset<std::string> lines_of(const EmbeddedConfig& config) {
  std::multiset<std::string> lines;
  std::istringstream text(mosquitto_config(config));
  for (std::string line; std::getline(text, line);) lines.insert(line);
  return lines;
}

TEST(MosquittoConfig, ListensOnThePrivateSocketAlone) {
  const auto text = mosquitto_config({});
  EXPECT_THAT(text, HasSubstr("listener 0 mqtt.sock\n"));
  EXPECT_EQ(text.find("listener"), text.rfind("listener"));
}

TEST(MosquittoConfig, HasAFurtherListenerWhereAsked) {
  EmbeddedConfig config;
  config.listen = mqtt::BrokerUrl{mqtt::Carrier::tcp, "::1", 1884, {}};
  const auto lines = lines_of(config);
  EXPECT_THAT(lines, Contains("listener 0 mqtt.sock"));
  EXPECT_THAT(lines, Contains("listener 1884 ::1"));
}

TEST(MosquittoConfig, KeepsItsStateInItsDirectory) {
  const auto lines = lines_of({});
  EXPECT_THAT(lines, Contains("persistence true"));
  EXPECT_THAT(lines, Contains("persistence_location ./"));
  EXPECT_THAT(lines, Contains("persistence_file mosquitto.db"));
}

TEST(MosquittoConfig, SavesByItselfAtLeastEveryMinuteButNotMoreOftenThanAsked) {
  EmbeddedConfig config;
  config.save = std::chrono::seconds(5);
  EXPECT_THAT(lines_of(config), Contains("autosave_interval 60"));
  config.save = std::chrono::seconds(300);
  EXPECT_THAT(lines_of(config), Contains("autosave_interval 300"));
}

TEST(MosquittoConfig, StaysRootOnlyWhereTheDaemonIs) {
  EmbeddedConfig config;
  config.as_root = true;
  EXPECT_THAT(lines_of(config), Contains("user root"));
  config.as_root = false;
  EXPECT_THAT(lines_of(config), Not(Contains("user root")));
}

TEST(MosquittoConfig, CarriesThePacketSize) {
  EmbeddedConfig config;
  config.max_packet_size = 12345;
  EXPECT_THAT(lines_of(config), Contains("max_packet_size 12345"));
}

}  // namespace
}  // namespace lobbyd::upstream
