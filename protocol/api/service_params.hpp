#pragma once

// The parameters of the methods of `docs/api.md`, "Presence and players", "Rooms", "High scores" and "WebRTC
// signalling". As in params.hpp shapes and ranges are checked here, and errors are as there; besides, a name with other
// characters than names have is `bad_name`, a score that is no number in its range `bad_score`, and data that is larger
// than its limit `too_large`.
//
// What is called data is any JSON value, kept as compact JSON text; absent is "null".

#include "protocol/api/error.hpp"
#include "protocol/api/json_value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lobbyd::api {

// Of JSON text.
inline constexpr std::size_t max_data_bytes = 4U << 10U;
inline constexpr std::size_t max_message_data_bytes = 32U << 10U;

inline constexpr std::size_t max_status_bytes = 64;
inline constexpr std::size_t max_member_name_bytes = 128;
inline constexpr std::size_t max_signal_type_bytes = 32;
inline constexpr std::size_t max_players_named = 1000;
inline constexpr std::uint32_t max_page_entries = 1000;
inline constexpr double max_score = 9007199254740991;  // 2^53-1, either way

// Presence and players ------------------------------------------------------------------------------------------------

struct PresenceSetParams {
  std::string status;  // 1 to max_status_bytes
  std::string data = "null";
};
struct PresenceGetParams {
  std::vector<std::string> players;  // names, at least one
  std::optional<std::string> cursor;
};
struct PresenceWatchParams {
  std::vector<std::string> players;
  bool all = false;  // "*"
  std::optional<std::string> cursor;
};
// All that is watched, where `players` is absent.
struct PresenceUnwatchParams {
  std::vector<std::string> players;
  bool all = false;
};
struct PlayerSendParams {
  std::string player;
  std::string data = "null";
};

// Rooms ---------------------------------------------------------------------------------------------------------------

struct RoomJoinParams {
  std::string room;
  std::string name;  // empty: that of the player
  std::string data = "null";
  std::uint32_t history = 50;
};
struct RoomLeaveParams {
  std::string room;
};
struct RoomSendParams {
  std::string room;
  std::string body;  // a JSON member, "text":… or "data":…
  std::string key;   // may be empty
};
struct RoomHistoryParams {
  std::string room;
  // At most one of them.
  std::optional<std::string> after;
  std::optional<std::string> before;
  std::optional<std::string> cursor;
  std::uint32_t limit = 50;
};
struct RoomMembersParams {
  std::string room;
  std::uint32_t limit = max_page_entries;
  std::optional<std::string> cursor;
};
struct RoomListParams {
  std::string prefix;
  std::uint32_t limit = 100;
  std::optional<std::string> cursor;
};
struct RoomDeleteParams {
  std::string room;
  std::string id;
};
struct RoomKickParams {
  std::string room;
  std::string client_id;
  std::chrono::seconds out{0};
};

// High scores ---------------------------------------------------------------------------------------------------------

struct ScoreSubmitParams {
  std::string board;
  double score = 0;  // at most max_score from zero
  std::optional<std::string> player;
  std::string data;  // empty: none
  std::string key;   // may be empty
};
struct ScoreTopParams {
  std::string board;
  std::uint32_t limit = 10;
  std::uint32_t offset = 0;
  std::optional<std::string> cursor;
  std::string period;  // empty: the current one
};
struct ScoreAroundParams {
  std::string board;
  std::optional<std::string> player;
  std::uint32_t limit = 5;
  std::string period;
};
struct ScoreGetParams {
  std::string board;
  std::optional<std::string> player;
  std::string period;
};
struct ScoreRemoveParams {
  std::string board;
  std::optional<std::string> player;
};
struct ScoreWatchParams {
  std::string board;
  std::uint32_t limit = 10;
};
struct ScoreUnwatchParams {
  std::string board;
};

// WebRTC signalling ---------------------------------------------------------------------------------------------------

struct SignalJoinParams {
  std::string room;
  bool hosted = false;  // mode "host", else "mesh"
  std::optional<std::int32_t> peer_id;
  std::string data = "null";
};
struct SignalSendParams {
  std::string room;
  std::int32_t to = 0;
  std::string type;
  std::string data = "null";
};
struct SignalSealParams {
  std::string room;
};
struct SignalLeaveParams {
  std::string room;
};

using ServiceParams =
    std::variant<PresenceSetParams, PresenceGetParams, PresenceWatchParams, PresenceUnwatchParams, PlayerSendParams,
                 RoomJoinParams, RoomLeaveParams, RoomSendParams, RoomHistoryParams, RoomMembersParams, RoomListParams,
                 RoomDeleteParams, RoomKickParams, ScoreSubmitParams, ScoreTopParams, ScoreAroundParams, ScoreGetParams,
                 ScoreRemoveParams, ScoreWatchParams, ScoreUnwatchParams, SignalJoinParams, SignalSendParams,
                 SignalSealParams, SignalLeaveParams>;

std::expected<ServiceParams, Error> parse_presence_set(const JsonValue& params);
std::expected<ServiceParams, Error> parse_presence_get(const JsonValue& params);
std::expected<ServiceParams, Error> parse_presence_watch(const JsonValue& params);
std::expected<ServiceParams, Error> parse_presence_unwatch(const JsonValue& params);
std::expected<ServiceParams, Error> parse_player_send(const JsonValue& params);
std::expected<ServiceParams, Error> parse_room_join(const JsonValue& params);
std::expected<ServiceParams, Error> parse_room_leave(const JsonValue& params);
std::expected<ServiceParams, Error> parse_room_send(const JsonValue& params);
std::expected<ServiceParams, Error> parse_room_history(const JsonValue& params);
std::expected<ServiceParams, Error> parse_room_members(const JsonValue& params);
std::expected<ServiceParams, Error> parse_room_list(const JsonValue& params);
std::expected<ServiceParams, Error> parse_room_delete(const JsonValue& params);
std::expected<ServiceParams, Error> parse_room_kick(const JsonValue& params);
std::expected<ServiceParams, Error> parse_score_submit(const JsonValue& params);
std::expected<ServiceParams, Error> parse_score_top(const JsonValue& params);
std::expected<ServiceParams, Error> parse_score_around(const JsonValue& params);
std::expected<ServiceParams, Error> parse_score_get(const JsonValue& params);
std::expected<ServiceParams, Error> parse_score_remove(const JsonValue& params);
std::expected<ServiceParams, Error> parse_score_watch(const JsonValue& params);
std::expected<ServiceParams, Error> parse_score_unwatch(const JsonValue& params);
std::expected<ServiceParams, Error> parse_signal_join(const JsonValue& params);
std::expected<ServiceParams, Error> parse_signal_send(const JsonValue& params);
std::expected<ServiceParams, Error> parse_signal_seal(const JsonValue& params);
std::expected<ServiceParams, Error> parse_signal_leave(const JsonValue& params);

}  // namespace lobbyd::api
