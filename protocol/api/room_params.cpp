// The methods of `docs/api.md`, "Rooms".

#include "protocol/api/json.hpp"
#include "protocol/api/params.hpp"
#include "protocol/api/service_fields.hpp"

#include <limits>

namespace lobbyd::api {
namespace {

constexpr std::int64_t longest_kick = std::int64_t{10} * 365 * 24 * 3600;

std::string read_body(FieldReader& fields) {
  const auto text = fields.string("text");
  const JsonValue* data = fields.any("data");
  if (text && data != nullptr) {
    fields.fail_field("data", "and \"text\" exclude each other: send one of them");
  } else if (text) {
    std::string body = "\"text\":";
    append_json_string(body, *text);
    return body;
  } else if (data != nullptr) {
    std::string body = "\"data\":";
    append_json(body, *data);
    return body;
  } else {
    fields.fail_field("text", "or \"data\" is missing: send one of them");
  }
  return {};
}

}  // namespace

std::expected<ServiceParams, Error> parse_room_join(const JsonValue& params) {
  FieldReader fields(params);
  RoomJoinParams join;
  join.room = required_name(fields, "room");
  join.name = fields.string("name", max_member_name_bytes).value_or("");
  join.data = json_text(fields, "data", max_data_bytes, "null");
  join.history = static_cast<std::uint32_t>(fields.integer("history", {0, max_page_entries}).value_or(join.history));
  return finish(fields, std::move(join));
}

std::expected<ServiceParams, Error> parse_room_leave(const JsonValue& params) {
  FieldReader fields(params);
  return finish(fields, RoomLeaveParams{required_name(fields, "room")});
}

std::expected<ServiceParams, Error> parse_room_send(const JsonValue& params) {
  FieldReader fields(params);
  RoomSendParams send;
  send.room = required_name(fields, "room");
  send.body = read_body(fields);
  send.key = fields.string("key", max_key_bytes).value_or("");
  return finish(fields, std::move(send));
}

std::expected<ServiceParams, Error> parse_room_history(const JsonValue& params) {
  FieldReader fields(params);
  RoomHistoryParams history;
  history.room = required_name(fields, "room");
  history.after = fields.string("after");
  history.before = fields.string("before");
  history.cursor = fields.string("cursor");
  if (history.after && history.before) {
    fields.fail_field("after", "and \"before\" exclude each other: send one of them");
  }
  // It says where to go on with either.
  if (history.cursor) {
    history.after.reset();
    history.before.reset();
  }
  history.limit = page_limit(fields, history.limit);
  return finish(fields, std::move(history));
}

std::expected<ServiceParams, Error> parse_room_members(const JsonValue& params) {
  FieldReader fields(params);
  RoomMembersParams members;
  members.room = required_name(fields, "room");
  members.limit = page_limit(fields, members.limit);
  members.cursor = fields.string("cursor");
  return finish(fields, std::move(members));
}

std::expected<ServiceParams, Error> parse_room_list(const JsonValue& params) {
  FieldReader fields(params);
  RoomListParams list;
  list.prefix = fields.string("prefix").value_or("");
  list.limit = page_limit(fields, list.limit);
  list.cursor = fields.string("cursor");
  return finish(fields, std::move(list));
}

std::expected<ServiceParams, Error> parse_room_delete(const JsonValue& params) {
  FieldReader fields(params);
  RoomDeleteParams remove;
  remove.room = required_name(fields, "room");
  remove.id = fields.required_string("id");
  return finish(fields, std::move(remove));
}

std::expected<ServiceParams, Error> parse_room_kick(const JsonValue& params) {
  FieldReader fields(params);
  RoomKickParams kick;
  kick.room = required_name(fields, "room");
  kick.client_id = required_name(fields, "client_id");
  kick.out = std::chrono::seconds(fields.integer("seconds", {0, longest_kick}).value_or(0));
  return finish(fields, std::move(kick));
}

}  // namespace lobbyd::api
