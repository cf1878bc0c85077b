// One message of each room is under way; when all members have it, the next one publishes.

#include "tests/bench/load/scenarios/stages.hpp"

namespace lobbyd::load {
namespace {

void measure(Round& round, Kind kind, std::size_t clients) {
  const std::size_t rooms = clients / room_size;
  Rooms stage(kind, round.settings(), rooms);
  const auto messages = static_cast<std::uint32_t>(round.scaled<std::size_t>(1'000'000, 1'000) / clients);
  stage.traffic().run_windowed(messages / 10 + 1, 1);
  round.add_costs(std::to_string(clients) + " clients", kind, stage.traffic().run_windowed(messages, 1));
}

}  // namespace

void run_rooms(Round& round) {
  for (const std::size_t clients : {round.scaled<std::size_t>(1'000, 16), round.scaled<std::size_t>(10'000, 40)}) {
    for (const Kind kind : all_kinds) {
      if (round.wants(kind)) measure(round, kind, clients);
    }
  }
}

}  // namespace lobbyd::load
