#pragma once

// Messages, and what is written down of them, to be compared in the end.

#include "protocol/mqtt/types.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace lobbyd::simulation {

// Messages are told apart by QoS and number; the number is the payload, and no number is used twice.
struct Message {
  mqtt::QoS qos = mqtt::QoS::at_most_once;
  unsigned number = 0;
};

// Numbers in the order of time.
class NumbersByQos {
 public:
  void add(Message message) { numbers_[index(message.qos)].push_back(message.number); }
  const std::vector<unsigned>& operator[](mqtt::QoS qos) const { return numbers_[index(qos)]; }

 private:
  static std::size_t index(mqtt::QoS qos) { return static_cast<std::size_t>(qos); }
  std::array<std::vector<unsigned>, 3> numbers_;
};

// Long enough for topic aliases to be worth it.
inline constexpr std::array<std::string_view, 3> topics = {"game/players/ann", "game/players/bob", "game/world"};
inline std::string_view topic_of(unsigned number) {
  return topics[number % topics.size()];
}

}  // namespace lobbyd::simulation
