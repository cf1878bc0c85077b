// The load generator (tests/bench/load) with few clients and messages: each scenario comes to its end, with nothing
// lost. What it measures is not looked at.

#include "tests/integration/harness/process.hpp"
#include "tests/integration/harness/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>
#include <string>

namespace lobbyd::integration {
namespace {

class LoadGeneratorTest : public testing::TestWithParam<const char*> {};

TEST_P(LoadGeneratorTest, LosesNothing) {
  const TemporaryDirectory directory;
  const std::string report = (directory.path() / "report.json").string();
  const auto done = run({.program = LOBBYD_LOAD_GENERATOR,
                         .arguments = {"--lobbyd", LOBBYD_LOAD_DAEMON, "--bare", LOBBYD_LOAD_BARE, "--smoke",
                                       "--rounds", "1", "--json", report, GetParam()}},
                        deadline_in(scaled(std::chrono::seconds(60))));
  EXPECT_EQ(done.status, ExitStatus{}) << done.errors;
  std::ifstream file(report);
  const auto rows = nlohmann::json::parse(file, nullptr, false);
  ASSERT_TRUE(rows.is_array()) << done.errors;
  std::set<std::string> servers;
  for (const auto& row : rows) servers.insert(row.at("server").get<std::string>());
  EXPECT_TRUE(servers.contains("lobbyd"));
}

INSTANTIATE_TEST_SUITE_P(Scenarios, LoadGeneratorTest,
                         testing::Values("fan-out", "rooms", "half-rate", "echo", "ingest", "idle", "herd", "churn"));

}  // namespace
}  // namespace lobbyd::integration
