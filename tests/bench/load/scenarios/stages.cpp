#include "tests/bench/load/scenarios/stages.hpp"

namespace lobbyd::load {
namespace {

const std::string fan_out_topic = "bench/all";

}  // namespace

FanOut::FanOut(Kind kind, const Settings& settings, std::size_t clients)
    : target_(kind, settings),
      subscribers_(loop_, target_, clients),
      publisher_(loop_, target_, 1, Fleet::Way::direct),
      traffic_(loop_, target_, subscribers_, {.receivers_each = clients, .payload_size = settings.payload_size},
               [this](std::uint32_t, std::uint32_t, const std::string& payload) {
                 publisher_[0].publish({.topic = fan_out_topic, .payload = payload});
               }) {
  subscribers_.subscribe([](std::uint32_t) { return std::vector{fan_out_topic}; });
}

Rooms::Rooms(Kind kind, const Settings& settings, std::size_t rooms)
    : target_(kind, settings),
      members_(loop_, target_, rooms * room_size),
      traffic_(
          loop_, target_, members_,
          {.streams = rooms,
           .receivers_each = room_size,
           .publishers_each = room_size,
           .payload_size = settings.payload_size},
          [this](std::uint32_t room, std::uint32_t sequence, const std::string& payload) {
            members_[room * room_size + sequence % room_size].publish({.topic = topic_of(room), .payload = payload});
          }) {
  members_.subscribe([this](std::uint32_t member) { return std::vector{topic_of(member / room_size)}; });
}

std::string Rooms::topic_of(std::size_t room) const {
  return "bench/room/" + std::to_string(room);
}

}  // namespace lobbyd::load
