#pragma once

// Messages for the tests of rooms.

#include "service/apps/rooms/room_records.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::apps::test {

inline constexpr std::int64_t day_ms = std::int64_t{24} * 3600 * 1000;
inline constexpr std::int64_t start_ms = 20'000 * day_ms;

// The id of a message that the instance sent so many seconds after the start.
inline std::string id_at(int second, std::string_view instance = "a") {
  return message_id(HybridTime(start_ms + std::int64_t{second} * 1000), instance);
}

inline MessagePtr message_at(int second, std::string_view instance = "a", std::string previous = {},
                             std::string body = R"("text":"hello")") {
  auto message = std::make_shared<RoomMessage>();
  message->id = id_at(second, instance);
  message->from = "c1";
  message->player = "ann";
  message->name = "Ann";
  message->body = std::move(body);
  message->previous = std::move(previous);
  return message;
}

}  // namespace lobbyd::apps::test
