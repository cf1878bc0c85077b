#include "tests/bench/load/scenario.hpp"

#include <algorithm>
#include <array>
#include <ranges>

namespace lobbyd::load {
namespace {

constexpr std::array all{
    Scenario{"fan-out", "one topic to all clients", run_fan_out},
    Scenario{"rooms", "clients in rooms of eight, each with a topic that its members publish to in turn", run_rooms},
    Scenario{"half-rate", "latency at half of the highest rate, beside a bare server at the same rate", run_half_rate},
    Scenario{"echo", "from publishing to delivery at low load", run_echo},
    Scenario{"ingest", "many clients publish", run_ingest},
    Scenario{"idle", "clients that do nothing, and then all get messages", run_idle},
    Scenario{"herd", "all clients subscribe at once to a filter with many retained messages", run_herd},
    Scenario{"churn", "clients come and go as fast as they are let in", run_churn},
};

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

std::span<const Scenario> scenarios() {
  return all;
}

bool Round::wants(Kind server) const {
  return settings_.servers.empty() || std::ranges::find(settings_.servers, name(server)) != settings_.servers.end();
}

void Round::add_costs(std::string_view what, Kind target, const Outcome& outcome) {
  const auto deliveries = static_cast<double>(outcome.deliveries);
  const Usage& usage = outcome.usage;
  const double cost = usage.server.count() / deliveries;
  costs_[std::string(what)].push_back({.target = target, .seconds = cost});
  add(what, target, "CPU µs/delivery", cost * 1e6);
  add(what, target, "with its broker", (usage.server + usage.broker).count() * 1e6 / deliveries);
  add(what, target, "deliveries/s", deliveries / usage.elapsed.count());
  add(what, target, "messages/read", deliveries / static_cast<double>(outcome.reads));
  add(what, target, "server's CPU %", usage.server / usage.elapsed * 100);
  add(what, target, "generator's CPU %", usage.generator_share() * 100);
}

void Round::finish() {
  for (const auto& [what, costs] : costs_) {
    auto bare = costs | std::views::filter([](const Cost& cost) { return is_bare(cost.target); });
    if (bare.empty()) continue;
    const double floor = std::ranges::min(bare, {}, &Cost::seconds).seconds;
    for (const Cost& cost : costs) add(what, cost.target, "times the floor", cost.seconds / floor);
  }
}

void Round::add_latency(std::string_view what, std::string_view target, const Histogram& latency) {
  add(what, target, "p50 ms", milliseconds(latency.at(0.5)));
  add(what, target, "p99 ms", milliseconds(latency.at(0.99)));
  add(what, target, "p99.9 ms", milliseconds(latency.at(0.999)));
  add(what, target, "highest ms", milliseconds(latency.at(1)));
}

}  // namespace lobbyd::load
