#include "service/apps/signalling/godot_protocol.hpp"

#include "service/apps/record_writer.hpp"

#include <cmath>
#include <limits>
#include <optional>

namespace lobbyd::apps {
namespace {

// Larger ones stand for nothing that there is.
std::optional<std::int64_t> floored(const api::JsonValue* value) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  if (value == nullptr) {
    return std::nullopt;
  }
  if (const auto* number = value->get_if<std::int64_t>()) {
    return *number;
  }
  if (value->is<std::uint64_t>()) {
    return largest;
  }
  const auto* number = value->get_if<double>();
  if (number == nullptr) {
    return std::nullopt;
  }
  const double whole = std::floor(*number);
  constexpr auto bound = static_cast<double>(largest);
  return whole >= bound ? largest : whole <= -bound ? -largest : static_cast<std::int64_t>(whole);
}

}  // namespace

std::string_view text(GodotFault fault) {
  switch (fault) {
    case GodotFault::no_lobby:
      return "Have not joined lobby yet";
    case GodotFault::host_disconnected:
      return "Room host has disconnected";
    case GodotFault::only_host_can_seal:
      return "Only host can seal the lobby";
    case GodotFault::too_many_lobbies:
      return "Too many lobbies open, disconnecting";
    case GodotFault::already_in_lobby:
      return "Already in a lobby";
    case GodotFault::lobby_does_not_exist:
      return "Lobby does not exists";  // so it is written
    case GodotFault::lobby_is_sealed:
      return "Lobby is sealed";
    case GodotFault::invalid_format:
      return "Invalid message format";
    case GodotFault::needs_lobby:
      return "Invalid message when not in a lobby";
    case GodotFault::server_error:
      return "Server error, lobby not found";
    case GodotFault::invalid_destination:
      return "Invalid destination";
    case GodotFault::invalid_command:
      return "Invalid command";
    case GodotFault::too_many_peers:
      return "Too many peers connected";
    case GodotFault::invalid_transfer_mode:
      return "Invalid transfer mode, must be text";
  }
  return {};
}

std::expected<GodotMessage, GodotFault> read_godot(api::JsonReader& reader, std::string_view text) {
  const auto value = reader.read(text);
  if (!value || !(*value)->is<api::JsonValue::Object>()) {
    return std::unexpected(GodotFault::invalid_format);
  }
  const auto type = floored(api::find_member(**value, "type"));
  const auto id = floored(api::find_member(**value, "id"));
  if (!type || !id || *type < 0 || *id < 0) {
    return std::unexpected(GodotFault::invalid_format);
  }
  const api::JsonValue* member = api::find_member(**value, "data");
  const auto* data = member == nullptr ? nullptr : member->get_if<std::string_view>();
  return GodotMessage{.type = *type, .id = *id, .data = data == nullptr ? std::string() : std::string(*data)};
}

std::string write_godot(GodotType type, std::int64_t id, std::string_view data) {
  return RecordWriter().number("type", static_cast<std::int64_t>(type)).number("id", id).text("data", data).take();
}

}  // namespace lobbyd::apps
