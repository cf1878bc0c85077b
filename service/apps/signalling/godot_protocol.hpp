#pragma once

// The protocol of Godot's WebRTC signalling demo, as /godot-signaling speaks it: one JSON object {type, id, data} a
// text frame. Pure.

#include "protocol/api/json_reader.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::apps {

enum class GodotType : std::uint8_t {
  join = 0,
  id = 1,
  peer_connect = 2,
  peer_disconnect = 3,
  offer = 4,
  answer = 5,
  candidate = 6,
  seal = 7,
};

struct GodotMessage {
  std::int64_t type = 0;  // from 0
  std::int64_t id = 0;    // from 0
  std::string data;

  bool is(GodotType wanted) const { return type == static_cast<std::int64_t>(wanted); }
  bool operator==(const GodotMessage&) const = default;
};

// Each closes the connection with 4000 and its text.
enum class GodotFault : std::uint8_t {
  no_lobby,  // no JOIN in time
  host_disconnected,
  only_host_can_seal,
  too_many_lobbies,
  already_in_lobby,
  lobby_does_not_exist,
  lobby_is_sealed,
  invalid_format,
  needs_lobby,
  server_error,
  invalid_destination,
  invalid_command,
  too_many_peers,
  invalid_transfer_mode,  // a binary frame
};
std::string_view text(GodotFault fault);

inline constexpr std::uint16_t godot_fault_code = 4000;
// When a room has been sealed for a while: 1000.
inline constexpr std::string_view godot_seal_complete = "Seal complete";

// `type` and `id` are numbers from 0, of which fractions are cut off; `data` may be absent, or no string.
std::expected<GodotMessage, GodotFault> read_godot(api::JsonReader& reader, std::string_view text);
std::string write_godot(GodotType type, std::int64_t id, std::string_view data = {});

}  // namespace lobbyd::apps
