// What clients take that are only there: memory, and CPU in some seconds of silence. Then all get messages, and what
// memory that leaves behind is looked at, too.

#include "tests/bench/load/scenarios/stages.hpp"

#include <array>

namespace lobbyd::load {
namespace {

constexpr std::array targets{Kind::lobbyd, Kind::mosquitto};
const std::string common_topic = "bench/all";

std::vector<std::string> filters_of(std::uint32_t client, std::size_t count) {
  std::vector<std::string> filters{common_topic};
  while (filters.size() < count) {
    filters.push_back("bench/own/" + std::to_string(client) + "/" + std::to_string(filters.size()));
  }
  return filters;
}

void measure(Round& round, Kind kind, std::size_t clients, std::size_t subscriptions) {
  const std::string what = std::to_string(clients) + " clients, " + std::to_string(subscriptions) +
                           (subscriptions == 1 ? " subscription" : " subscriptions");
  Loop loop;
  const Target target(kind, round.settings());
  Fleet publisher(loop, target, 1, Fleet::Way::direct);
  const std::size_t empty = resident_bytes(target.server());
  const auto add_memory = [&](std::string_view figure) {
    const auto grown = static_cast<double>(resident_bytes(target.server())) - static_cast<double>(empty);
    round.add(what, kind, figure, grown / static_cast<double>(clients) / 1024);
  };

  Fleet fleet(loop, target, clients);
  add_memory("KiB/client, connected");
  fleet.subscribe([&](std::uint32_t client) { return filters_of(client, subscriptions); });
  add_memory("subscribed");

  const UsageMeter idle(target);
  loop.run_for(round.scaled(std::chrono::milliseconds(10'000), std::chrono::milliseconds(100)));
  const Usage usage = idle.read();
  round.add(what, kind, "idle: CPU µs/s for a client",
            usage.server / usage.elapsed * 1e6 / static_cast<double>(clients));

  Traffic traffic(loop, target, fleet, {.receivers_each = clients, .payload_size = round.settings().payload_size},
                  [&](std::uint32_t, std::uint32_t, const std::string& payload) {
                    publisher[0].publish({.topic = common_topic, .payload = payload});
                  });
  const Outcome outcome = traffic.run_windowed(round.scaled(1'000U, 20U), 64);
  add_memory("after messages to all");
  round.add_costs(what, kind, outcome);
}

}  // namespace

void run_idle(Round& round) {
  for (const Kind kind : targets) {
    if (!round.wants(kind)) continue;
    measure(round, kind, round.scaled<std::size_t>(15'000, 40), 1);
    measure(round, kind, round.scaled<std::size_t>(5'000, 20), 10);
  }
}

}  // namespace lobbyd::load
