// Latency at half of what a server has just shown to take, with a bare server at the same rate beside it. The rate is
// kept whatever comes back.

#include "tests/bench/load/scenarios/stages.hpp"

#include <algorithm>
#include <array>

namespace lobbyd::load {
namespace {

constexpr std::array targets{Kind::lobbyd, Kind::mosquitto};

void pace(Round& round, const std::string& what, const std::string& target, Traffic& traffic, double rate) {
  const double seconds = round.scaled(4.0, 0.1);
  const auto messages = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rate * seconds));
  const Outcome outcome = traffic.run_paced(rate, [=](std::uint64_t sent) { return sent < messages; });
  round.add(what, target, "messages/s", rate);
  round.add_latency(what, target, outcome.latency);
  round.add(what, target, "server's CPU %", outcome.usage.server / outcome.usage.elapsed * 100);
  round.add(what, target, "generator's CPU %", outcome.usage.generator_share() * 100);
}

// `make_stage` is given the server; `window` bounds what is under way when the highest rate is measured.
template <class MakeStage>
void measure(Round& round, const std::string& what, std::uint32_t window, const MakeStage& make_stage) {
  for (const Kind kind : targets) {
    if (!round.wants(kind)) continue;
    double rate = 0;
    {
      auto stage = make_stage(kind);
      const auto second = round.scaled(std::chrono::milliseconds(2'000), std::chrono::milliseconds(50));
      stage.traffic().run_windowed(1'000'000, window, second / 4);
      rate = stage.traffic().run_windowed(1'000'000, window, second).rate() / 2;
      pace(round, what, std::string(name(kind)), stage.traffic(), rate);
    }
    auto floor = make_stage(Kind::bare_writev);
    pace(round, what, "bare-writev, as " + std::string(name(kind)), floor.traffic(), rate);
  }
}

}  // namespace

void run_half_rate(Round& round) {
  const auto clients = round.scaled<std::size_t>(1'000, 16);
  const auto fan_out = [&](Kind kind) { return FanOut(kind, round.settings(), clients); };
  const auto rooms = [&](Kind kind) { return Rooms(kind, round.settings(), clients / room_size); };
  const std::string to_all = "one topic to " + std::to_string(clients) + " clients, half of what it takes with ";
  measure(round, to_all + "1 under way", 1, fan_out);
  measure(round, to_all + "64 under way", 64, fan_out);
  measure(round, std::to_string(clients) + " clients in rooms of 8", 1, rooms);
}

}  // namespace lobbyd::load
