// From publishing to delivery at low load: two clients of a server, and two that are at lobbyd's broker themselves.

#include "tests/bench/load/scenarios/stages.hpp"

namespace lobbyd::load {
namespace {

constexpr double rate = 500;  // messages a second
const std::string topic = "bench/echo";

Histogram measure(Round& round, const Target& target, Loop& loop, Fleet::Way way) {
  Fleet subscriber(loop, target, 1, way);
  Fleet publisher(loop, target, 1, way);
  subscriber.subscribe([](std::uint32_t) { return std::vector{topic}; });
  Traffic traffic(loop, target, subscriber, {.payload_size = round.settings().payload_size},
                  [&](std::uint32_t, std::uint32_t, const std::string& payload) {
                    publisher[0].publish({.topic = topic, .payload = payload});
                  });
  const auto run = [&](std::uint64_t messages) {
    return traffic.run_paced(rate, [=](std::uint64_t sent) { return sent < messages; });
  };
  run(round.scaled(500U, 5U));
  return run(round.scaled(5'000U, 20U)).latency;
}

}  // namespace

void run_echo(Round& round) {
  const std::string what = std::to_string(static_cast<int>(rate)) + " messages/s";
  for (const Kind kind : {Kind::bare_write, Kind::lobbyd, Kind::mosquitto}) {
    if (!round.wants(kind)) continue;
    Loop loop;
    const Target target(kind, round.settings());
    if (kind == Kind::lobbyd) {
      round.add_latency(what, "lobbyd's broker alone", measure(round, target, loop, Fleet::Way::direct));
    }
    round.add_latency(what, name(kind), measure(round, target, loop, Fleet::Way::websocket));
  }
}

}  // namespace lobbyd::load
