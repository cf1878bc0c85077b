#pragma once

// What was measured: by scenario, case and target, figures of several rounds.

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::load {

class Report {
 public:
  // `figure` is the head of a column, such as "CPU µs/delivery". Columns and rows stand in the order in which they came
  // first.
  void add(std::string_view scenario, std::string_view what, std::string_view target, std::string_view figure,
           double value);

  // Tables in Markdown: medians, with the lowest and the highest.
  void print(std::ostream& out) const;
  void write_json(const std::filesystem::path& file) const;

 private:
  struct Entry {
    std::string scenario;
    std::string what;
    std::string target;
    std::string figure;
    std::vector<double> values;  // one a round
  };
  struct Row {
    std::string what{};
    std::string target{};
    std::vector<std::string> figures{};
    std::vector<std::string> cells{};
  };
  struct Table {
    std::vector<std::string> figures;
    std::vector<Row> rows;
  };
  void print_tables(std::ostream& out, const std::string& scenario) const;
  std::vector<Row> rows_of(const std::string& scenario) const;
  static void add_row(std::vector<Table>& tables, const Row& row);
  static void print_table(std::ostream& out, const Table& table);

  std::vector<Entry> entries_;
};

}  // namespace lobbyd::load
