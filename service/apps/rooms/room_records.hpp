#pragma once

// What stands in a room's topics: records as JSON objects, read with suspicion. Pure.

#include "protocol/api/json_reader.hpp"
#include "protocol/api/service_params.hpp"
#include "service/apps/hybrid_clock.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lobbyd::apps {

// What clients may send: a member's shown name and data, and the text or data of a message, as JSON text.
using api::max_member_name_bytes;
inline constexpr std::size_t max_member_data_bytes = 4U << 10U;
inline constexpr std::size_t max_message_body_bytes = 32U << 10U;

// Why somebody is no member any more. `lost`: with its connection, or with its whole daemon.
enum class DepartureReason : std::uint8_t { left, lost, kicked };
std::string_view word(DepartureReason reason);

// One that is in the room.
struct MemberRecord {
  HybridTime at;         // of its joining, on this instance
  std::string instance;  // that serves it
  std::string player;
  std::string name = {};
  std::string data = "null";  // JSON text
  std::int64_t since = 0;     // Unix milliseconds

  bool operator==(const MemberRecord&) const = default;
};

// The member whose record was written then is about to go. The record is cleared behind it; where there is no such
// notice it was lost.
struct Departure {
  HybridTime at;
  DepartureReason reason = DepartureReason::left;

  bool operator==(const Departure&) const = default;
};

// Cleared, or nothing that a daemon writes.
using MemberNews = std::variant<std::monostate, MemberRecord, Departure>;

// Message ids are {HybridTime}-{instance}: they sort by time, and no two instances make the same.
std::string message_id(HybridTime time, std::string_view instance);
bool is_message_id(std::string_view id);
// Of an id that is one.
HybridTime time_of(std::string_view id);
std::string_view author_of(std::string_view id);

struct RoomMessage {
  std::string id;
  std::string from;  // client id
  std::string player;
  std::string name;
  std::string body;      // a JSON member: "text":… or "data":…
  std::string previous;  // id of the latest message that its sender had seen; empty where there was none
  std::string key;       // of the request, against its repetition; may be empty

  std::int64_t time_ms() const { return time_of(id).ms(); }
  bool operator==(const RoomMessage&) const = default;
};
using MessagePtr = std::shared_ptr<const RoomMessage>;

// A message is deleted. It stands in the message's own place, or, with an id of its own, in another.
struct Deletion {
  std::string target;
  std::string id = {};  // may be empty

  bool operator==(const Deletion&) const = default;
};

using LogRecord = std::variant<MessagePtr, Deletion>;

// The order in which an instance wrote its ring.
std::string_view key_of(const LogRecord& record);

// A client is kicked, if its record is from before; and until a time, which may have passed, its player stays out.
struct Ban {
  HybridTime at;
  std::string instance;  // that has to clear it
  std::string player;
  std::int64_t until = 0;  // Unix milliseconds

  bool operator==(const Ban&) const = default;
};

MemberNews read_member(api::JsonReader& reader, std::string_view payload);
std::optional<LogRecord> read_log(api::JsonReader& reader, std::string_view payload);
std::optional<Ban> read_ban(api::JsonReader& reader, std::string_view payload);

std::string write_record(const MemberRecord& record);
std::string write_record(const Departure& departure);
std::string write_record(const LogRecord& record);
std::string write_record(const Ban& ban);

}  // namespace lobbyd::apps
