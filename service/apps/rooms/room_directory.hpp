#pragma once

// Which rooms there are, and how many members each has, on all instances: for `room.list`. Pure.
//
// Fed with the members of all rooms (RoomTopics::all_members), and held as long as lists are asked for.

#include "protocol/api/error.hpp"
#include "service/apps/json_page.hpp"
#include "service/apps/surroundings.hpp"

#include <cstddef>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lobbyd::apps {

struct RoomListQuery {
  std::string prefix = {};  // of the rooms' names
  std::optional<std::string> cursor = std::nullopt;
};

class RoomDirectory {
 public:
  // Others may write as many members as they like; so many are counted.
  explicit RoomDirectory(std::size_t most_members = 200'000) : most_(most_members) {}

  void on_message(Surroundings& surroundings, std::string_view topic, std::string_view payload);
  void clear() {
    rooms_.clear();
    members_ = 0;
  }

  // {room, members}, by name; the cursor is that of the last one on the page before.
  std::expected<Page, api::Error> page(const RoomListQuery& query, PageLimits limits) const;
  std::size_t size() const { return rooms_.size(); }

 private:
  using Clients = std::set<std::string, std::less<>>;

  void set(std::string_view room, std::string_view client_id, bool is_member);

  std::size_t most_;
  std::map<std::string, Clients, std::less<>> rooms_;
  std::size_t members_ = 0;
};

}  // namespace lobbyd::apps
