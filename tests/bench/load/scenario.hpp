#pragma once

// One subject of measurement: it starts the servers that it needs, one after the other, puts each under load, and
// reports.

#include "tests/bench/load/report.hpp"
#include "tests/bench/load/settings.hpp"
#include "tests/bench/load/target.hpp"
#include "tests/bench/load/traffic.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::load {

// What a scenario is given for one round.
class Round {
 public:
  Round(const Settings& settings, std::string_view scenario, Report& report)
      : settings_(settings), scenario_(scenario), report_(report) {}

  const Settings& settings() const { return settings_; }
  // `full` but in a smoke run.
  template <class Number>
  Number scaled(Number full, Number smoke) const {
    return settings_.smoke ? smoke : full;
  }

  // Whether this server is to be measured, too.
  bool wants(Kind server) const;

  // One row's figure. `what`: which case of the scenario.
  void add(std::string_view what, std::string_view target, std::string_view figure, double value) {
    report_.add(scenario_, what, target, figure, value);
  }
  void add(std::string_view what, Kind target, std::string_view figure, double value) {
    add(what, name(target), figure, value);
  }
  // What deliveries cost, and how many there were in a second.
  void add_costs(std::string_view what, Kind target, const Outcome& outcome);
  // "p50 ms" and so on.
  void add_latency(std::string_view what, std::string_view target, const Histogram& latency);
  // When all has been added: what each server's deliveries cost beside the cheaper of the bare ones.
  void finish();

 private:
  const Settings& settings_;
  std::string_view scenario_;
  Report& report_;
  struct Cost {
    Kind target;
    double seconds;  // of the server's CPU, for a delivery
  };
  std::map<std::string, std::vector<Cost>, std::less<>> costs_;  // by case
};

struct Scenario {
  std::string_view name;
  std::string_view subject;
  void (*run)(Round&);
};
std::span<const Scenario> scenarios();

void run_fan_out(Round& round);
void run_rooms(Round& round);
void run_half_rate(Round& round);
void run_echo(Round& round);
void run_ingest(Round& round);
void run_idle(Round& round);
void run_herd(Round& round);
void run_churn(Round& round);

}  // namespace lobbyd::load
