// Many clients publish, as fast as it is taken; one client at the broker itself gets all of it, and counts.

#include "tests/bench/load/scenarios/stages.hpp"

#include <algorithm>

namespace lobbyd::load {
namespace {

constexpr std::uint32_t under_way_each = 4;

struct Course {
  Kind kind;
  Fleet::Way way;
  std::string_view name;
};

void measure(Round& round, const Course& course, std::size_t clients, QoS qos) {
  Loop loop;
  const Target target(course.kind, round.settings());
  Fleet subscriber(loop, target, 1, Fleet::Way::direct);
  subscriber.subscribe([](std::uint32_t) { return std::vector<std::string>{"bench/in/+"}; });
  Fleet publishers(loop, target, clients, course.way);
  std::vector<std::string> topics;
  for (std::size_t i = 0; i < clients; ++i) topics.push_back("bench/in/" + std::to_string(i));
  Traffic traffic(
      loop, target, subscriber,
      {.publishers_each = clients, .payload_size = round.settings().payload_size, .answered = qos != QoS::at_most_once},
      [&](std::uint32_t, std::uint32_t sequence, const std::string& payload) {
        const std::size_t publisher = sequence % clients;
        publishers[publisher].publish({.topic = topics[publisher], .payload = payload, .qos = qos});
      });
  publishers.set_receiver(&traffic);

  const auto window = static_cast<std::uint32_t>(clients) * under_way_each;
  const auto messages = static_cast<std::uint32_t>(round.scaled<std::size_t>(400'000, 10 * clients));
  traffic.run_windowed(messages / 10, window, std::chrono::seconds(1));
  const Outcome outcome = traffic.run_windowed(messages, window);

  const std::string what = std::to_string(clients) + " clients, QoS " + std::to_string(static_cast<unsigned>(qos));
  const auto count = static_cast<double>(outcome.messages);
  round.add(what, course.name, "messages/s", outcome.rate());
  round.add(what, course.name, "server's CPU µs/message", outcome.usage.server.count() * 1e6 / count);
  round.add(what, course.name, "with its broker", (outcome.usage.server + outcome.usage.broker).count() * 1e6 / count);
  round.add(what, course.name, "server's CPU %", outcome.usage.server / outcome.usage.elapsed * 100);
  round.add(what, course.name, "generator's CPU %", outcome.usage.generator_share() * 100);
}

}  // namespace

void run_ingest(Round& round) {
  static constexpr std::array courses{
      Course{.kind = Kind::lobbyd, .way = Fleet::Way::websocket, .name = "lobbyd"},
      Course{.kind = Kind::mosquitto, .way = Fleet::Way::websocket, .name = "mosquitto, WebSockets"},
      Course{.kind = Kind::mosquitto, .way = Fleet::Way::direct, .name = "mosquitto, TCP"},
  };
  for (const std::size_t clients : {round.scaled<std::size_t>(100, 10), round.scaled<std::size_t>(1'000, 20)}) {
    for (const QoS qos : {QoS::at_most_once, QoS::at_least_once}) {
      for (const Course& course : courses) {
        if (round.wants(course.kind)) measure(round, course, clients, qos);
      }
    }
  }
}

}  // namespace lobbyd::load
