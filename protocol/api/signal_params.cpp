// The methods of `docs/api.md`, "WebRTC signalling".

#include "protocol/api/params.hpp"
#include "protocol/api/service_fields.hpp"

#include <limits>

namespace lobbyd::api {
namespace {

// As Godot's multiplayer has them.
constexpr FieldReader::Range peer_ids{1, std::numeric_limits<std::int32_t>::max()};

}  // namespace

std::expected<ServiceParams, Error> parse_signal_join(const JsonValue& params) {
  FieldReader fields(params);
  SignalJoinParams join;
  join.room = required_name(fields, "room");
  if (fields.any("mode") == nullptr) {
    fields.fail_field("mode", R"(is missing: it must be "mesh" or "host")");
  }
  join.hosted = fields.one_of<bool>("mode", {{"mesh", false}, {"host", true}}, false);
  if (const auto peer_id = fields.integer("peer_id", peer_ids)) {
    join.peer_id = static_cast<std::int32_t>(*peer_id);
  }
  join.data = json_text(fields, "data", max_data_bytes, "null");
  return finish(fields, std::move(join));
}

std::expected<ServiceParams, Error> parse_signal_send(const JsonValue& params) {
  FieldReader fields(params);
  SignalSendParams send;
  send.room = required_name(fields, "room");
  send.to = static_cast<std::int32_t>(fields.required_integer("to", peer_ids));
  send.type = fields.required_string("type");
  send.data = json_text(fields, "data", max_message_data_bytes, "null");
  return finish(fields, std::move(send));
}

std::expected<ServiceParams, Error> parse_signal_seal(const JsonValue& params) {
  FieldReader fields(params);
  return finish(fields, SignalSealParams{required_name(fields, "room")});
}

std::expected<ServiceParams, Error> parse_signal_leave(const JsonValue& params) {
  FieldReader fields(params);
  return finish(fields, SignalLeaveParams{required_name(fields, "room")});
}

}  // namespace lobbyd::api
