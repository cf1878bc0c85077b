#pragma once

// The ring that one instance writes in a room: what stands in its slots, as far as this instance has seen to it. Pure.
//
// The next record goes where the earliest one stands. So no pointer has to be kept: after a restart the retained slots
// tell where the ring goes on, and what was copied into it or deleted from it is in nobody's way.

#include "service/apps/rooms/room_records.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>

namespace lobbyd::apps {

class RoomRing {
 public:
  using Needed = std::function<bool(const LogRecord&)>;
  struct Next {
    std::uint32_t slot = 0;
    bool needed = false;  // what stands there; then so is all that stands elsewhere
  };

  // Besides the messages so many deletions may stand that are needed.
  static constexpr std::uint32_t most_deletions(std::uint32_t messages) { return std::max(messages / 2, 1U); }

  // `messages`: that are kept. More may stand from before, when more were.
  explicit RoomRing(std::uint32_t messages) : messages_(messages) {}

  void put(std::uint32_t slot, std::optional<LogRecord> record);
  const LogRecord* at(std::uint32_t slot) const;
  // Where a message stands.
  std::optional<std::uint32_t> find(std::string_view message_id) const;
  // Where the next message or deletion goes: to a free slot, or over the earliest record that is not needed. Messages
  // never take the place of needed deletions, nor the other way round.
  Next next_for_message(const Needed& needed) const;
  Next next_for_deletion(const Needed& needed) const;

  auto begin() const { return records_.begin(); }
  auto end() const { return records_.end(); }

 private:
  std::uint32_t messages_;
  std::map<std::uint32_t, LogRecord> records_;
};

}  // namespace lobbyd::apps
