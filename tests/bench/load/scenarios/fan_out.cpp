// One message at a time, where each delivery is a write of its own, and a stream of them, where a server may join what
// goes to the same client.

#include "tests/bench/load/scenarios/stages.hpp"

#include <array>

namespace lobbyd::load {
namespace {

struct Pace {
  std::uint32_t window;
  std::size_t deliveries;
};
constexpr std::array paces{Pace{.window = 1, .deliveries = 1'000'000}, Pace{.window = 64, .deliveries = 8'000'000}};

void measure(Round& round, Kind kind, std::size_t clients) {
  FanOut stage(kind, round.settings(), clients);
  for (const Pace& pace : paces) {
    const std::string what = std::to_string(clients) + " clients, " + std::to_string(pace.window) + " under way";
    const auto messages = static_cast<std::uint32_t>(round.scaled<std::size_t>(pace.deliveries, 1'000) / clients);
    stage.traffic().run_windowed(messages / 10, pace.window, std::chrono::seconds(1));
    round.add_costs(what, kind, stage.traffic().run_windowed(messages, pace.window));
  }
}

}  // namespace

void run_fan_out(Round& round) {
  for (const std::size_t clients : {round.scaled<std::size_t>(1'000, 20), round.scaled<std::size_t>(10'000, 40)}) {
    for (const Kind kind : all_kinds) {
      if (round.wants(kind)) measure(round, kind, clients);
    }
  }
}

}  // namespace lobbyd::load
