#pragma once

// The keys of a room's latest messages, so that a client's retry is not sent twice (api.md §5), to whichever instance
// it comes: messages carry their keys. Pure. Bounded: when full, the first that came is forgotten.

#include "service/apps/rooms/room_records.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lobbyd::apps {

class MessageKeys {
 public:
  static constexpr std::chrono::milliseconds memory{60'000};

  explicit MessageKeys(std::size_t most = 10'000) : most_(most) {}

  // A message is sent, or has come; one without a key is passed over.
  void note(const RoomMessage& message, std::int64_t now_ms);
  // It could not be sent: a retry is.
  void forget(const RoomMessage& message);
  // The id of the player's message with this key.
  std::optional<std::string> find(std::string_view player, std::string_view key, std::int64_t now_ms) const;

  std::size_t size() const { return ids_.size(); }

 private:
  static std::string name_of(std::string_view player, std::string_view key);
  static bool is_old(std::string_view id, std::int64_t now_ms);

  std::size_t most_;
  std::unordered_map<std::string, std::string> ids_;
  std::deque<std::string> order_;  // names, as they came; some may have been forgotten
};

}  // namespace lobbyd::apps
