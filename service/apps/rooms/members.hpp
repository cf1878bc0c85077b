#pragma once

// The members of a room, as all instances see them. Pure.

#include "protocol/api/error.hpp"
#include "service/apps/json_page.hpp"
#include "service/apps/rooms/room_records.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

struct Member {
  std::string client_id;
  MemberRecord record;
};
using MemberPtr = std::shared_ptr<const Member>;

// As clients see it: {client_id, player, name, data, since}.
std::string write_member(const Member& member);

class Members {
 public:
  enum class Put : std::uint8_t {
    added,
    changed,
    ignored,  // it is there already, or there are too many
  };

  // Others may write as many as they like; so many are kept.
  explicit Members(std::size_t most) : most_(most) {}

  // What comes later counts, whatever its own time says: it is what the broker keeps.
  Put put(std::string_view client_id, MemberRecord record);
  // False where there was none.
  bool remove(std::string_view client_id);
  MemberPtr find(std::string_view client_id) const;
  std::size_t size() const { return members_.size(); }

  // By client id; the cursor is that of the last one on the page before.
  std::expected<Page, api::Error> page(const std::optional<std::string>& cursor, PageLimits limits) const;

  auto begin() const { return members_.begin(); }
  auto end() const { return members_.end(); }

 private:
  std::size_t most_;
  std::map<std::string, MemberPtr, std::less<>> members_;
};

}  // namespace lobbyd::apps
