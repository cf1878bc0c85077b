// The methods of `docs/api.md`, "Presence and players".

#include "protocol/api/params.hpp"
#include "protocol/api/service_fields.hpp"

#include <algorithm>

namespace lobbyd::api {
namespace {

bool is_name(const JsonValue& value) {
  const auto* text = value.get_if<std::string_view>();
  return text != nullptr && is_valid_name(*text);
}

Error bad_names() {
  return {Reason::bad_name,
          R"("players" must be an array of names: 1 to 64 characters of A-Z, a-z, 0-9 and _.:@-)",
          {{"field", "players"}}};
}

void read_names(FieldReader& fields, const JsonValue& array, std::vector<std::string>& players) {
  if (!array.is<JsonValue::Array>() || array.elements().empty()) {
    return fields.fail_field("players", "must be an array of at least one name");
  }
  if (array.elements().size() > max_players_named) {
    return fields.fail(too_many("too many players: ask for them in parts", max_players_named));
  }
  if (!std::ranges::all_of(array.elements(), is_name)) {
    return fields.fail(bad_names());
  }
  for (const JsonValue& name : array.elements()) {
    players.emplace_back(std::get<std::string_view>(name.content));
  }
}

// Names, or all of them.
void read_names_or_all(FieldReader& fields, const JsonValue& value, std::vector<std::string>& players, bool& all) {
  const auto* text = value.get_if<std::string_view>();
  if (text != nullptr && *text == "*") {
    all = true;
  } else if (text != nullptr) {
    fields.fail_field("players", R"(must be an array of names, or "*")");
  } else {
    read_names(fields, value, players);
  }
}

}  // namespace

std::expected<ServiceParams, Error> parse_presence_set(const JsonValue& params) {
  FieldReader fields(params);
  PresenceSetParams set;
  set.status = fields.required_string("status");
  if (set.status.empty() || set.status.size() > max_status_bytes) {
    fields.fail_field("status", "must be a string of 1 to " + std::to_string(max_status_bytes) + " bytes");
  }
  set.data = json_text(fields, "data", max_data_bytes, "null");
  return finish(fields, std::move(set));
}

std::expected<ServiceParams, Error> parse_presence_get(const JsonValue& params) {
  FieldReader fields(params);
  PresenceGetParams get;
  if (const JsonValue* players = fields.any("players")) {
    read_names(fields, *players, get.players);
  } else {
    fields.fail_field("players", "is missing: it must be an array of names");
  }
  get.cursor = fields.string("cursor");
  return finish(fields, std::move(get));
}

std::expected<ServiceParams, Error> parse_presence_watch(const JsonValue& params) {
  FieldReader fields(params);
  PresenceWatchParams watch;
  if (const JsonValue* players = fields.any("players")) {
    read_names_or_all(fields, *players, watch.players, watch.all);
  } else {
    fields.fail_field("players", R"(is missing: it must be an array of names, or "*")");
  }
  watch.cursor = fields.string("cursor");
  return finish(fields, std::move(watch));
}

std::expected<ServiceParams, Error> parse_presence_unwatch(const JsonValue& params) {
  FieldReader fields(params);
  PresenceUnwatchParams unwatch;
  if (const JsonValue* players = fields.any("players")) {
    read_names_or_all(fields, *players, unwatch.players, unwatch.all);
  }
  return finish(fields, std::move(unwatch));
}

std::expected<ServiceParams, Error> parse_player_send(const JsonValue& params) {
  FieldReader fields(params);
  PlayerSendParams send;
  send.player = required_name(fields, "player");
  send.data = json_text(fields, "data", max_message_data_bytes, "null");
  return finish(fields, std::move(send));
}

}  // namespace lobbyd::api
