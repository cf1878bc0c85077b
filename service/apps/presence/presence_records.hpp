#pragma once

// What stands in the topics of presence, as JSON objects that are read with suspicion; and a player's state, as clients
// see it. Pure.

#include "protocol/api/json_reader.hpp"
#include "protocol/api/service_params.hpp"
#include "service/apps/hybrid_clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

using api::max_status_bytes;
inline constexpr std::size_t max_presence_data_bytes = 4U << 10U;  // JSON text

// What one connection has set. Of a player's the latest counts.
struct PresenceRecord {
  HybridTime at;         // when it was set
  std::string instance;  // that serves the connection
  std::string status;
  std::string data = "null";  // JSON text
  std::int64_t since = 0;     // when the connection got this status: Unix milliseconds

  bool operator==(const PresenceRecord&) const = default;
};

struct PresenceState {
  std::string status = "offline";
  std::string data = "null";                         // JSON text
  std::optional<std::int64_t> since = std::nullopt;  // unknown of who was never here, or not for long

  bool operator==(const PresenceState&) const = default;
};

// 1 to max_status_bytes bytes.
bool is_status(std::string_view status);

std::optional<PresenceRecord> read_presence(api::JsonReader& reader, std::string_view payload);
// When a player's last connection ended: Unix milliseconds.
std::optional<std::int64_t> read_last_seen(api::JsonReader& reader, std::string_view payload);

std::string write_record(const PresenceRecord& record);
std::string write_last_seen(std::int64_t time_ms);

// {player, status, data, since}, and the whole frame of the notification `presence`.
std::string write_state(std::string_view player, const PresenceState& state);
std::string write_presence_notification(std::string_view player, const PresenceState& state);

}  // namespace lobbyd::apps
