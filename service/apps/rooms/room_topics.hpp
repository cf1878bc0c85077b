#pragma once

// The topics of a room, below the application prefix. Pure.
//
//   room/{room}/member/{client}        retained: a MemberRecord; a Departure comes by it, too, and is not retained
//   room/{room}/log/{instance}-{slot}  retained: a message, or that one is deleted; written by this instance alone
//   room/{room}/ban/{client}           retained: a Ban

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::apps {

// Of an instance's ring: the configuration lets 10,000 messages be kept, and some deletions stand besides.
inline constexpr std::uint32_t max_slots = 15'000;

// A place in an instance's ring.
struct LogSlot {
  std::string instance;
  std::uint32_t number = 0;

  auto operator<=>(const LogSlot&) const = default;
};

struct RoomTopic {
  enum class Kind : std::uint8_t { member, log, ban };

  std::string_view room;
  Kind kind = Kind::member;
  std::string_view name;   // of the client, or the instance
  std::uint32_t slot = 0;  // log: below max_slots
};

// Nothing for any other topic. The views are into `topic`; names are valid ones.
std::optional<RoomTopic> parse_room_topic(std::string_view prefix, std::string_view topic);

class RoomTopics {
 public:
  // `prefix` ends in "/".
  RoomTopics(std::string_view prefix, std::string_view room)
      : base_(std::string(prefix) + "room/" + std::string(room) + '/') {}

  std::string filter() const { return base_ + '#'; }
  std::string member(std::string_view client) const { return base_ + "member/" + std::string(client); }
  std::string ban(std::string_view client) const { return base_ + "ban/" + std::string(client); }
  std::string log(std::string_view instance, std::uint32_t slot) const {
    return base_ + "log/" + std::string(instance) + '-' + std::to_string(slot);
  }

  // The members of all rooms, and the logs.
  static std::string all_members(std::string_view prefix) { return std::string(prefix) + "room/+/member/+"; }
  static std::string all_logs(std::string_view prefix) { return std::string(prefix) + "room/+/log/+"; }

 private:
  std::string base_;
};

}  // namespace lobbyd::apps
