#include "tests/bench/load/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace lobbyd::load {
namespace {

std::string printed(const Report& report) {
  std::ostringstream out;
  report.print(out);
  return out.str();
}

TEST(ReportTest, PrintsMediansWithTheLowestAndTheHighest) {
  Report report;
  for (const double value : {3.0, 1.0, 20.0}) report.add("rooms", "8 clients", "lobbyd", "CPU", value);
  EXPECT_EQ(printed(report),
            "\n### rooms\n\n| | server | CPU |\n| --- | --- | --- |\n| 8 clients | lobbyd | 3.00 (1.00–20.0) |\n");
}

TEST(ReportTest, TakesTheMiddleOfAnEvenNumberOfRounds) {
  Report report;
  for (const double value : {100.0, 300.0}) report.add("rooms", "8 clients", "lobbyd", "CPU", value);
  EXPECT_NE(printed(report).find("| 200 (100–300) |"), std::string::npos);
}

TEST(ReportTest, PutsRowsWithTheSameColumnsTogetherByCase) {
  Report report;
  report.add("herd", "first", "lobbyd", "a", 1);
  report.add("herd", "first", "lobbyd", "b", 2);
  report.add("herd", "other", "lobbyd", "c", 3);
  report.add("herd", "second", "lobbyd", "a", 4);
  report.add("herd", "second", "lobbyd", "b", 5);
  report.add("herd", "first", "mosquitto", "a", 6);
  report.add("herd", "first", "mosquitto", "b", 7);
  EXPECT_EQ(printed(report),
            "\n### herd\n"
            "\n| | server | a | b |\n| --- | --- | --- | --- |\n| first | lobbyd | 1.00 | 2.00 |\n"
            "| first | mosquitto | 6.00 | 7.00 |\n| second | lobbyd | 4.00 | 5.00 |\n"
            "\n| | server | c |\n| --- | --- | --- |\n| other | lobbyd | 3.00 |\n");
}

TEST(ReportTest, WritesAllValuesAsJson) {
  Report report;
  report.add("rooms", "8 clients", "lobbyd", "CPU", 2);
  report.add("rooms", "8 clients", "lobbyd", "CPU", 1);
  const auto file = std::filesystem::temp_directory_path() / ("lobbyd-report-" + std::to_string(::getpid()));
  report.write_json(file);
  std::ifstream in(file);
  const auto json = nlohmann::json::parse(in);
  std::filesystem::remove(file);
  const nlohmann::json expected = {{{"scenario", "rooms"},
                                    {"case", "8 clients"},
                                    {"server", "lobbyd"},
                                    {"figure", "CPU"},
                                    {"median", 1.5},
                                    {"lowest", 1.0},
                                    {"highest", 2.0},
                                    {"values", {2.0, 1.0}}}};
  EXPECT_EQ(json, expected);
}

TEST(ReportTest, SaysWhereAFileCannotBeWritten) {
  EXPECT_THROW(Report().write_json("/nonexistent/file"), std::runtime_error);
}

}  // namespace
}  // namespace lobbyd::load
