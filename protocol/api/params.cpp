#include "protocol/api/params.hpp"

#include "protocol/api/field_reader.hpp"

#include <algorithm>
#include <array>

namespace lobbyd::api {
namespace {

template <auto Parse>
std::expected<Params, Error> parse_as(const JsonValue& params) {
  auto parsed = Parse(params);
  if (!parsed) {
    return std::unexpected(std::move(parsed).error());
  }
  return *std::move(parsed);
}

struct Method {
  std::string_view name;
  std::expected<Params, Error> (*parse)(const JsonValue& params);
};

constexpr std::array methods{
    Method{"connect", parse_as<parse_connect>},
    Method{"disconnect", parse_as<parse_disconnect>},
    Method{"ping", parse_as<parse_ping>},
    Method{"ack", parse_as<parse_ack>},
    Method{"subscribe", parse_as<parse_subscribe>},
    Method{"unsubscribe", parse_as<parse_unsubscribe>},
    Method{"publish", parse_as<parse_publish>},
    Method{"retained.get", parse_as<parse_retained_get>},
    Method{"presence.set", parse_as<parse_presence_set>},
    Method{"presence.get", parse_as<parse_presence_get>},
    Method{"presence.watch", parse_as<parse_presence_watch>},
    Method{"presence.unwatch", parse_as<parse_presence_unwatch>},
    Method{"player.send", parse_as<parse_player_send>},
    Method{"room.join", parse_as<parse_room_join>},
    Method{"room.leave", parse_as<parse_room_leave>},
    Method{"room.send", parse_as<parse_room_send>},
    Method{"room.history", parse_as<parse_room_history>},
    Method{"room.members", parse_as<parse_room_members>},
    Method{"room.list", parse_as<parse_room_list>},
    Method{"room.delete", parse_as<parse_room_delete>},
    Method{"room.kick", parse_as<parse_room_kick>},
    Method{"score.submit", parse_as<parse_score_submit>},
    Method{"score.top", parse_as<parse_score_top>},
    Method{"score.around", parse_as<parse_score_around>},
    Method{"score.get", parse_as<parse_score_get>},
    Method{"score.remove", parse_as<parse_score_remove>},
    Method{"score.watch", parse_as<parse_score_watch>},
    Method{"score.unwatch", parse_as<parse_score_unwatch>},
    Method{"signal.join", parse_as<parse_signal_join>},
    Method{"signal.send", parse_as<parse_signal_send>},
    Method{"signal.seal", parse_as<parse_signal_seal>},
    Method{"signal.leave", parse_as<parse_signal_leave>},
};

}  // namespace

std::expected<Params, Error> parse_params(std::string_view method, const JsonValue& params) {
  const auto known = std::ranges::find(methods, method, &Method::name);
  if (known == methods.end()) {
    return std::unexpected(Error{Reason::method_not_found, "there is no method " + quoted_excerpt(method)});
  }
  return known->parse(params);
}

}  // namespace lobbyd::api
