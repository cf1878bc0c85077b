#include "tests/bench/load/report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <stdexcept>

namespace lobbyd::load {
namespace {

struct Summary {
  double median;
  double lowest;
  double highest;
};

Summary summary_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {.median = median, .lowest = values.front(), .highest = values.back()};
}

// Three significant digits, at least.
std::string number(double value) {
  std::string text(32, '\0');
  const int decimals = value == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.*f", decimals, value)));
  return text;
}

std::string cell(const std::vector<double>& values) {
  const Summary summary = summary_of(values);
  if (values.size() == 1) return number(summary.median);
  return number(summary.median) + " (" + number(summary.lowest) + "–" + number(summary.highest) + ")";
}

void insert_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

}  // namespace

void Report::add(std::string_view scenario, std::string_view what, std::string_view target, std::string_view figure,
                 double value) {
  const auto known = std::ranges::find_if(entries_, [&](const Entry& entry) {
    return entry.scenario == scenario && entry.what == what && entry.target == target && entry.figure == figure;
  });
  if (known != entries_.end()) {
    known->values.push_back(value);
  } else {
    entries_.push_back({.scenario = std::string(scenario),
                        .what = std::string(what),
                        .target = std::string(target),
                        .figure = std::string(figure),
                        .values = {value}});
  }
}

void Report::print(std::ostream& out) const {
  std::vector<std::string> scenarios;
  for (const Entry& entry : entries_) insert_once(scenarios, entry.scenario);
  for (const auto& scenario : scenarios) {
    out << "\n### " << scenario << "\n";
    print_tables(out, scenario);
  }
}

// Rows that have the same columns stand together, by case.
void Report::print_tables(std::ostream& out, const std::string& scenario) const {
  const std::vector<Row> rows = rows_of(scenario);
  std::vector<std::string> cases;
  for (const Row& row : rows) insert_once(cases, row.what);
  std::vector<Table> tables;
  for (const std::string& what : cases) {
    for (const Row& row : rows) {
      if (row.what == what) add_row(tables, row);
    }
  }
  for (const Table& table : tables) print_table(out, table);
}

void Report::add_row(std::vector<Table>& tables, const Row& row) {
  auto table = std::ranges::find(tables, row.figures, &Table::figures);
  if (table == tables.end()) table = tables.insert(tables.end(), {.figures = row.figures, .rows = {}});
  table->rows.push_back(row);
}

std::vector<Report::Row> Report::rows_of(const std::string& scenario) const {
  std::vector<Row> rows;
  for (const Entry& entry : entries_) {
    if (entry.scenario != scenario) continue;
    auto row = std::ranges::find_if(
        rows, [&](const Row& known) { return known.what == entry.what && known.target == entry.target; });
    if (row == rows.end()) row = rows.insert(rows.end(), {.what = entry.what, .target = entry.target});
    row->figures.push_back(entry.figure);
    row->cells.push_back(cell(entry.values));
  }
  return rows;
}

void Report::print_table(std::ostream& out, const Table& table) {
  out << "\n| | server |";
  for (const auto& figure : table.figures) out << " " << figure << " |";
  out << "\n| --- | --- |";
  for (std::size_t i = 0; i < table.figures.size(); ++i) out << " --- |";
  out << "\n";
  for (const Row& row : table.rows) {
    out << "| " << row.what << " | " << row.target << " |";
    for (const auto& text : row.cells) out << " " << text << " |";
    out << "\n";
  }
}

void Report::write_json(const std::filesystem::path& file) const {
  auto rows = nlohmann::json::array();
  for (const Entry& entry : entries_) {
    const Summary summary = summary_of(entry.values);
    rows.push_back({{"scenario", entry.scenario},
                    {"case", entry.what},
                    {"server", entry.target},
                    {"figure", entry.figure},
                    {"median", summary.median},
                    {"lowest", summary.lowest},
                    {"highest", summary.highest},
                    {"values", entry.values}});
  }
  std::ofstream out(file);
  out << rows.dump(2) << "\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace lobbyd::load
