#pragma once

#include "tests/unit/simulation/schedule.hpp"

#include <chrono>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::simulation {

// Rules that were broken, and, for a course that is looked at alone, everything that happens.
class Journal {
 public:
  // `everything` may be null: then only broken rules are kept.
  Journal(const Schedule& schedule, std::ostream* everything) : schedule_(schedule), everything_(everything) {}

  void expect(bool condition, std::string_view rule) {
    if (!condition && forgives_) return note("forgiven: " + std::string(rule));
    demand(condition, rule);
  }
  // Holds also when rules are forgiven.
  void demand(bool condition, std::string_view rule) {
    if (condition) return;
    note("BROKEN: " + std::string(rule));
    broken_.emplace_back(rule);
  }
  // From here on: the broker has shown that it cannot be relied on.
  void forgive() { forgives_ = true; }

  // Whether notes are of use to anybody.
  bool is_open() const { return everything_ != nullptr; }
  void note(std::string_view text) {
    if (!is_open()) return;
    const std::chrono::duration<double> time = schedule_.now() - start_;
    *everything_ << time.count() << " s  " << text << '\n';
  }
  const std::vector<std::string>& broken() const { return broken_; }

 private:
  const Schedule& schedule_;
  std::ostream* everything_;
  TimePoint start_ = schedule_.now();
  bool forgives_ = false;
  std::vector<std::string> broken_;
};

}  // namespace lobbyd::simulation
