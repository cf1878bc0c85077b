#pragma once

// Who has been kicked from a room, and stays out for a time. Pure.

#include "service/apps/rooms/room_records.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

class Bans {
 public:
  // A kick without a time stands so long, for an instance that has lost its link.
  static constexpr std::chrono::seconds shortest{60};
  // Of those that are kept, the one that ends first makes room.
  static constexpr std::size_t most = 1000;

  // Until when the ban is of use. Unix milliseconds.
  static std::int64_t end_of(const Ban& ban);
  // Whether somebody with this record has to go.
  static bool expels(std::string_view banned_client, const Ban& ban, std::string_view client_id,
                     const MemberRecord& record, std::int64_t now_ms);

  void put(std::string_view client_id, Ban ban);
  void remove(std::string_view client_id);
  const Ban* find(std::string_view client_id) const;
  // Those that the broker has forgotten, or their instances have cleared by now.
  void forget_ended(std::int64_t now_ms);
  // Until when the player stays out; nothing where it may come in.
  std::optional<std::int64_t> until(std::string_view player, std::int64_t now_ms) const;

  // Of those that the instance has to clear: when the next one has ended, and those that have.
  std::optional<std::int64_t> next_end(std::string_view instance) const;
  std::vector<std::string> ended(std::string_view instance, std::int64_t now_ms) const;

  auto begin() const { return bans_.begin(); }
  auto end() const { return bans_.end(); }

 private:
  std::map<std::string, Ban, std::less<>> bans_;  // by the client that was kicked
};

}  // namespace lobbyd::apps
