#pragma once

// Pages of a room's history. Pure.
//
// Backwards they go by id. Forwards they go in the order in which messages came to this instance, so that one that
// came late, with an earlier id than those before it, is on a page, too. Each page has its messages by id.

#include "protocol/api/error.hpp"
#include "service/apps/json_page.hpp"
#include "service/apps/rooms/room_history.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

// At most one of them. None: the latest messages.
struct HistoryQuery {
  std::optional<std::string> after = std::nullopt;   // a message id
  std::optional<std::string> before = std::nullopt;  // a message id
  std::optional<std::string> cursor = std::nullopt;  // the `next` of a page
};

// As clients see it: {id, from, player, name, text or data, time}.
std::string write_message(const RoomMessage& message);

// `life`: names this history among those of other instances and from before a restart, whose messages came in another
// order; without ':'. A page after a message has all that came behind it; and what its sender had not seen, since it
// may have come behind it elsewhere: a client may get a message again, and never misses one.
std::expected<Page, api::Error> make_history_page(const RoomHistory& history, std::string_view life,
                                                  const HistoryQuery& query, PageLimits limits, std::int64_t now_ms);

}  // namespace lobbyd::apps
