#pragma once

// What all instances' rings hold of a room, merged: the same on every instance that has seen the same slots. Pure.
//
// A message is there as long as a slot holds it, and the room's history are the latest of those that are neither
// deleted nor too old. Several slots may hold the same message: whoever sweeps up a ring copies it first.

#include "service/apps/rooms/room_records.hpp"
#include "service/apps/rooms/room_topics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::apps {

class RoomHistory {
 public:
  struct Limits {
    std::size_t messages = 100;  // of the history
    std::chrono::milliseconds expiry{std::chrono::days(7)};
    // Of all slots. Others may write as many as they like: what is earliest is forgotten.
    std::size_t slots = 3'200;
    std::size_t bytes = 16U << 20U;
  };
  // What a slot's new content brings.
  struct News {
    MessagePtr message;                  // that has not been here before; may be null
    std::optional<std::string> deleted;  // a message that was there to be seen
  };
  struct Held {
    MessagePtr message;
    std::uint64_t arrival = 0;  // counts the messages as they came
    std::uint32_t copies = 0;
  };

  explicit RoomHistory(Limits limits) : limits_(limits) {}

  // What the slot holds from now on; nothing where it was cleared, or holds what no daemon writes.
  News put(const LogSlot& slot, std::optional<LogRecord> record, std::int64_t now_ms);
  // Forgets what is too old.
  void expire(std::int64_t now_ms);

  // Whether any slot holds it, deleted or not.
  const Held* find(std::string_view message_id) const;
  bool is_deleted(std::string_view message_id) const { return deletions_.contains(message_id); }
  // Whether clients may see it.
  bool is_visible(const RoomMessage& message, std::int64_t now_ms) const;
  bool is_expired(const RoomMessage& message, std::int64_t now_ms) const;
  // The room's history, by id.
  std::vector<const Held*> view(std::int64_t now_ms) const;
  // The latest id; empty where there is no message.
  std::string_view latest() const;
  // Of the last message that came; 0 before the first.
  std::uint64_t arrivals() const { return arrivals_; }
  std::chrono::milliseconds expiry() const { return limits_.expiry; }

  const std::map<LogSlot, LogRecord>& slots() const { return slots_; }

 private:
  using ByKey = std::set<std::pair<std::string_view, const LogSlot*>>;

  void hold(const LogRecord& record, std::int64_t now_ms, News& news);
  void let_go(const LogRecord& record);
  void place(const LogSlot& slot, LogRecord record);
  void erase(std::map<LogSlot, LogRecord>::iterator entry);
  void remember(std::string id);
  bool was_here(const std::string& id) const;
  static std::size_t weight(const LogRecord& record);

  Limits limits_;
  std::map<LogSlot, LogRecord> slots_;
  ByKey by_key_;  // of the slots; views into them
  std::map<std::string, Held, std::less<>> messages_;
  std::map<std::string, std::uint32_t, std::less<>> deletions_;  // by how many slots each is told of
  std::size_t bytes_ = 0;
  std::uint64_t arrivals_ = 0;
  std::deque<std::string> gone_;  // ids of the messages that went last: one that is written again is no news
};

}  // namespace lobbyd::apps
