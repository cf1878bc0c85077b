#include "protocol/api/service_params.hpp"

#include "tests/unit/api/expectations.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::api::test {
namespace {

using Names = std::vector<std::string>;
using Parsed = std::expected<ServiceParams, Error>;
using Parse = Parsed (*)(const JsonValue&);
// Text of params, and the field at fault in it.
using Fault = std::pair<std::string, const char*>;

template <typename Value>
Value read(Parse parse, std::string_view text) {
  auto parsed = parse(params_of(text));
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().message;
  return parsed ? std::get<Value>(*parsed) : Value();
}

void expect_faults(Parse parse, Reason reason, const std::vector<Fault>& faults) {
  for (const auto& [text, field] : faults) {
    expect_field_error(parse(params_of(text)), reason, field, text.substr(0, 200));
  }
}

// `head`: params that are whole but for the closing brace and the data.
void expect_data_limit(Parse parse, const std::string& head, std::size_t limit) {
  const auto with = [&](std::size_t bytes) { return head + R"(, "data": ")" + std::string(bytes - 2, 'd') + "\"}"; };
  EXPECT_TRUE(parse(params_of(with(limit)))) << head;
  const auto parsed = parse(params_of(with(limit + 1)));
  expect_field_error(parsed, Reason::too_large, "data", head);
  EXPECT_EQ(parsed.error().extra.value("limit", std::size_t{0}), limit);
}

std::string long_name() {
  return std::string(65, 'n');
}

// Those that have a room, a board or a player, and nothing else that they need.
struct OneName {
  Parse parse;
  const char* field;
};
const OneName one_name[] = {
    {parse_player_send, "player"}, {parse_room_join, "room"},      {parse_room_leave, "room"},
    {parse_room_history, "room"},  {parse_room_members, "room"},   {parse_score_top, "board"},
    {parse_score_around, "board"}, {parse_score_get, "board"},     {parse_score_remove, "board"},
    {parse_score_watch, "board"},  {parse_score_unwatch, "board"}, {parse_signal_seal, "room"},
    {parse_signal_leave, "room"},
};

TEST(ServiceNames, AreOfTheirCharactersAndLength) {
  for (const auto& [parse, field] : one_name) {
    const auto with = [&](const std::string& name) { return "{\"" + std::string(field) + "\": \"" + name + "\"}"; };
    EXPECT_TRUE(parse(params_of(with("a"))));
    EXPECT_TRUE(parse(params_of(with("Az09_.:@-"))));
    EXPECT_TRUE(parse(params_of(with(std::string(64, 'n')))));
    for (const std::string& name : {std::string(), long_name(), std::string("a b"), std::string("a/b"),
                                    std::string("+"), std::string("#"), std::string("\u00fc")}) {
      expect_field_error(parse(params_of(with(name))), Reason::bad_name, field, with(name));
    }
  }
}

TEST(ServiceNames, AreNeededAndOfTheirType) {
  for (const auto& [parse, field] : one_name) {
    const std::string name = field;
    expect_faults(parse, Reason::invalid_params,
                  {{"{}", field},
                   {"{\"" + name + "\": null}", field},
                   {"{\"" + name + "\": 1}", field},
                   {"{\"" + name + "\": [\"a\"]}", field},
                   {"{\"" + name + "\": \"a\", \"else\": 1}", "else"}});
  }
}

// Presence and players ------------------------------------------------------------------------------------------------

TEST(PresenceSet, ReadsEveryField) {
  EXPECT_EQ(read<PresenceSetParams>(parse_presence_set, R"({"status": "away"})").data, "null");
  const auto set = read<PresenceSetParams>(parse_presence_set, R"({"status": "in game", "data": {"level": [3, 0.5]}})");
  EXPECT_EQ(set.status, "in game");
  EXPECT_EQ(set.data, R"({"level":[3,0.5]})");
}

TEST(PresenceSet, NamesTheFieldAtFault) {
  expect_faults(parse_presence_set, Reason::invalid_params,
                {{"{}", "status"},
                 {R"({"status": ""})", "status"},
                 {R"({"status": 1})", "status"},
                 {R"({"status": ")" + std::string(65, 's') + "\"}", "status"},
                 {R"({"status": "s", "state": "s"})", "state"}});
  expect_data_limit(parse_presence_set, R"({"status": "s")", max_data_bytes);
}

TEST(PresenceGet, ReadsEveryField) {
  const auto get = read<PresenceGetParams>(parse_presence_get, R"({"players": ["b", "a"], "cursor": "a"})");
  EXPECT_EQ(get.players, (Names{"b", "a"}));
  EXPECT_EQ(get.cursor, "a");
  EXPECT_FALSE(read<PresenceGetParams>(parse_presence_get, R"({"players": ["a"]})").cursor);
}

TEST(PresenceWatch, TakesNamesOrAll) {
  const auto some = read<PresenceWatchParams>(parse_presence_watch, R"({"players": ["a"], "cursor": "c"})");
  EXPECT_EQ(some.players, Names{"a"});
  EXPECT_FALSE(some.all);
  EXPECT_EQ(some.cursor, "c");
  const auto all = read<PresenceWatchParams>(parse_presence_watch, R"({"players": "*"})");
  EXPECT_TRUE(all.all);
  EXPECT_TRUE(all.players.empty());
  const auto unwatch = read<PresenceUnwatchParams>(parse_presence_unwatch, R"({"players": ["a", "b"]})");
  EXPECT_EQ(unwatch.players, (Names{"a", "b"}));
  EXPECT_TRUE(read<PresenceUnwatchParams>(parse_presence_unwatch, R"({"players": "*"})").all);
  const auto everything = read<PresenceUnwatchParams>(parse_presence_unwatch, "{}");
  EXPECT_FALSE(everything.all);
  EXPECT_TRUE(everything.players.empty());
}

TEST(PresencePlayers, NameTheFieldAtFault) {
  std::string many = R"({"players": ["n")";
  for (std::size_t i = 1; i <= max_players_named; ++i) many += R"(,"n")";
  many += "]}";
  for (const Parse parse : {parse_presence_get, parse_presence_watch, parse_presence_unwatch}) {
    expect_faults(parse, Reason::invalid_params,
                  {{R"({"players": "a"})", "players"},
                   {R"({"players": []})", "players"},
                   {R"({"players": 1})", "players"},
                   {R"({"player": "a"})", "player"}});
    expect_faults(parse, Reason::bad_name,
                  {{R"({"players": ["a", "b/c"]})", "players"},
                   {R"({"players": ["*"]})", "players"},
                   {R"({"players": [1]})", "players"},
                   {R"({"players": [""]})", "players"},
                   {R"({"players": [")" + long_name() + "\"]}", "players"}});
    EXPECT_EQ(parse(params_of(many)).error().reason, Reason::too_many);
  }
  for (const Parse parse : {parse_presence_get, parse_presence_watch}) {
    expect_faults(parse, Reason::invalid_params, {{"{}", "players"}, {R"({"players": ["a"], "cursor": 1})", "cursor"}});
  }
  expect_faults(parse_presence_get, Reason::invalid_params, {{R"({"players": "*"})", "players"}});
}

TEST(PlayerSend, ReadsEveryField) {
  EXPECT_EQ(read<PlayerSendParams>(parse_player_send, R"({"player": "p"})").data, "null");
  const auto send = read<PlayerSendParams>(parse_player_send, R"({"player": "p", "data": [1, "x"]})");
  EXPECT_EQ(send.player, "p");
  EXPECT_EQ(send.data, R"([1,"x"])");
  expect_data_limit(parse_player_send, R"({"player": "p")", max_message_data_bytes);
}

// Rooms ---------------------------------------------------------------------------------------------------------------

TEST(RoomJoin, ReadsEveryField) {
  const auto defaults = read<RoomJoinParams>(parse_room_join, R"({"room": "r"})");
  EXPECT_EQ(defaults.name, "");
  EXPECT_EQ(defaults.data, "null");
  EXPECT_EQ(defaults.history, 50U);
  const auto join =
      read<RoomJoinParams>(parse_room_join, R"({"room": "r", "name": "Zo\u00eb", "data": {"a": 1}, "history": 0.0})");
  EXPECT_EQ(join.room, "r");
  EXPECT_EQ(join.name, "Zo\u00eb");
  EXPECT_EQ(join.data, R"({"a":1})");
  EXPECT_EQ(join.history, 0U);
}

TEST(RoomJoin, NamesTheFieldAtFault) {
  expect_faults(parse_room_join, Reason::invalid_params,
                {{R"({"room": "r", "name": 1})", "name"},
                 {R"({"room": "r", "name": ")" + std::string(129, 'n') + "\"}", "name"},
                 {R"({"room": "r", "history": -1})", "history"},
                 {R"({"room": "r", "history": 1001})", "history"},
                 {R"({"room": "r", "history": true})", "history"}});
  expect_data_limit(parse_room_join, R"({"room": "r")", max_data_bytes);
}

TEST(RoomSend, TakesTextOrData) {
  const auto text = read<RoomSendParams>(parse_room_send, R"({"room": "r", "text": "a\"b", "key": "k"})");
  EXPECT_EQ(text.room, "r");
  EXPECT_EQ(text.body, R"("text":"a\"b")");
  EXPECT_EQ(text.key, "k");
  const auto data = read<RoomSendParams>(parse_room_send, R"({"room": "r", "data": {"x": [1]}})");
  EXPECT_EQ(data.body, R"("data":{"x":[1]})");
  EXPECT_EQ(data.key, "");
  EXPECT_EQ(read<RoomSendParams>(parse_room_send, R"({"room": "r", "text": ""})").body, R"("text":"")");
}

TEST(RoomSend, NamesTheFieldAtFault) {
  expect_faults(parse_room_send, Reason::invalid_params,
                {{R"({"text": "t"})", "room"},
                 {R"({"room": "r"})", "text"},
                 {R"({"room": "r", "text": 1})", "text"},
                 {R"({"room": "r", "text": "t", "data": 1})", "data"},
                 {R"({"room": "r", "text": "t", "key": 1})", "key"},
                 {R"({"room": "r", "text": "t", "key": ")" + std::string(max_key_bytes + 1, 'k') + "\"}", "key"},
                 {R"({"room": "r", "message": "t"})", "message"}});
  expect_faults(parse_room_send, Reason::bad_name, {{R"({"room": "a/b", "text": "t"})", "room"}});
}

TEST(RoomHistory, ReadsEveryField) {
  const auto defaults = read<RoomHistoryParams>(parse_room_history, R"({"room": "r"})");
  EXPECT_FALSE(defaults.after || defaults.before || defaults.cursor);
  EXPECT_EQ(defaults.limit, 50U);
  EXPECT_EQ(read<RoomHistoryParams>(parse_room_history, R"({"room": "r", "after": "x"})").after, "x");
  EXPECT_EQ(read<RoomHistoryParams>(parse_room_history, R"({"room": "r", "before": "x"})").before, "x");
  const auto page = read<RoomHistoryParams>(parse_room_history, R"({"room": "r", "cursor": "x", "limit": 1000})");
  EXPECT_EQ(page.cursor, "x");
  EXPECT_EQ(page.limit, 1000U);
  const auto further = read<RoomHistoryParams>(parse_room_history, R"({"room": "r", "after": "x", "cursor": "y"})");
  EXPECT_EQ(further.cursor, "y") << "it says where to go on";
  EXPECT_FALSE(further.after);
}

TEST(RoomHistory, NamesTheFieldAtFault) {
  expect_faults(parse_room_history, Reason::invalid_params,
                {{R"({"room": "r", "after": "a", "before": "b"})", "after"},
                 {R"({"room": "r", "after": 1})", "after"},
                 {R"({"room": "r", "limit": 0})", "limit"},
                 {R"({"room": "r", "limit": 1001})", "limit"}});
}

TEST(RoomLists, ReadEveryField) {
  const auto members = read<RoomMembersParams>(parse_room_members, R"({"room": "r", "limit": 2, "cursor": "c"})");
  EXPECT_EQ(members.room, "r");
  EXPECT_EQ(members.limit, 2U);
  EXPECT_EQ(members.cursor, "c");
  EXPECT_EQ(read<RoomMembersParams>(parse_room_members, R"({"room": "r"})").limit, max_page_entries);
  const auto all = read<RoomListParams>(parse_room_list, "{}");
  EXPECT_EQ(all.prefix, "");
  EXPECT_EQ(all.limit, 100U);
  EXPECT_FALSE(all.cursor);
  const auto list = read<RoomListParams>(parse_room_list, R"({"prefix": "eu.", "limit": 5, "cursor": "c"})");
  EXPECT_EQ(list.prefix, "eu.");
  EXPECT_EQ(list.limit, 5U);
  EXPECT_EQ(list.cursor, "c");
  expect_faults(parse_room_list, Reason::invalid_params,
                {{R"({"prefix": 1})", "prefix"}, {R"({"limit": 0})", "limit"}, {R"({"room": "r"})", "room"}});
}

TEST(RoomModeration, ReadsEveryField) {
  const auto remove = read<RoomDeleteParams>(parse_room_delete, R"({"room": "r", "id": "1-a"})");
  EXPECT_EQ(remove.room, "r");
  EXPECT_EQ(remove.id, "1-a");
  expect_faults(parse_room_delete, Reason::invalid_params,
                {{R"({"room": "r"})", "id"}, {R"({"room": "r", "id": 1})", "id"}, {R"({"id": "1"})", "room"}});
  const auto kick = read<RoomKickParams>(parse_room_kick, R"({"room": "r", "client_id": "c", "seconds": 60})");
  EXPECT_EQ(kick.room, "r");
  EXPECT_EQ(kick.client_id, "c");
  EXPECT_EQ(kick.out, std::chrono::seconds(60));
  EXPECT_EQ(read<RoomKickParams>(parse_room_kick, R"({"room": "r", "client_id": "c"})").out, std::chrono::seconds(0));
  expect_faults(parse_room_kick, Reason::invalid_params,
                {{R"({"room": "r"})", "client_id"},
                 {R"({"room": "r", "client_id": "c", "seconds": -1})", "seconds"},
                 {R"({"room": "r", "client_id": "c", "seconds": 1e12})", "seconds"}});
  expect_faults(parse_room_kick, Reason::bad_name, {{R"({"room": "r", "client_id": "a b"})", "client_id"}});
}

// High scores ---------------------------------------------------------------------------------------------------------

TEST(ScoreSubmit, ReadsEveryField) {
  const auto defaults = read<ScoreSubmitParams>(parse_score_submit, R"({"board": "b", "score": 1})");
  EXPECT_EQ(defaults.score, 1);
  EXPECT_FALSE(defaults.player);
  EXPECT_EQ(defaults.data, "");
  EXPECT_EQ(defaults.key, "");
  const auto submit = read<ScoreSubmitParams>(
      parse_score_submit, R"({"board": "b", "score": -2.5, "player": "p", "data": {"car": 1}, "key": "k"})");
  EXPECT_EQ(submit.board, "b");
  EXPECT_EQ(submit.score, -2.5);
  EXPECT_EQ(submit.player, "p");
  EXPECT_EQ(submit.data, R"({"car":1})");
  EXPECT_EQ(submit.key, "k");
}

TEST(ScoreSubmit, TakesNumbersUpTo2To53) {
  const auto score_of = [](const char* score) {
    return read<ScoreSubmitParams>(parse_score_submit, R"({"board": "b", "score": )" + std::string(score) + '}').score;
  };
  EXPECT_EQ(score_of("9007199254740991"), max_score);
  EXPECT_EQ(score_of("-9007199254740991.0"), -max_score);
  EXPECT_EQ(score_of("1e-300"), 1e-300);
  EXPECT_FALSE(std::signbit(score_of("-0.0")));
  for (const std::string score : {"9007199254740992", "-9007199254740992", "9007199254740993.0", "1e300", "-1e300",
                                  "null", "true", "\"1\"", "\"NaN\"", "[1]", "{}", "18446744073709551615"}) {
    const std::string text = R"({"board": "b", "score": )" + score + '}';
    expect_field_error(parse_score_submit(params_of(text)), Reason::bad_score, "score", text);
  }
  expect_faults(parse_score_submit, Reason::bad_score, {{R"({"board": "b"})", "score"}});
}

TEST(ScoreSubmit, NamesTheFieldAtFault) {
  expect_faults(parse_score_submit, Reason::invalid_params,
                {{R"({"score": 1})", "board"},
                 {R"({"board": "b", "score": 1, "player": 1})", "player"},
                 {R"({"board": "b", "score": 1, "key": 1})", "key"},
                 {R"({"board": "b", "score": 1, "points": 1})", "points"}});
  expect_faults(
      parse_score_submit, Reason::bad_name,
      {{R"({"board": "a/b", "score": 1})", "board"}, {R"({"board": "b", "score": 1, "player": "+"})", "player"}});
  expect_data_limit(parse_score_submit, R"({"board": "b", "score": 1)", max_data_bytes);
}

TEST(ScoreReads, ReadEveryField) {
  const auto defaults = read<ScoreTopParams>(parse_score_top, R"({"board": "b"})");
  EXPECT_EQ(defaults.limit, 10U);
  EXPECT_EQ(defaults.offset, 0U);
  EXPECT_FALSE(defaults.cursor);
  EXPECT_EQ(defaults.period, "");
  const auto top = read<ScoreTopParams>(
      parse_score_top, R"({"board": "b", "limit": 3, "offset": 7, "cursor": "9", "period": "previous"})");
  EXPECT_EQ(top.limit, 3U);
  EXPECT_EQ(top.offset, 7U);
  EXPECT_EQ(top.cursor, "9");
  EXPECT_EQ(top.period, "previous");
  const auto around =
      read<ScoreAroundParams>(parse_score_around, R"({"board": "b", "player": "p", "limit": 3, "period": "all"})");
  EXPECT_EQ(around.player, "p");
  EXPECT_EQ(around.limit, 3U);
  EXPECT_EQ(around.period, "all");
  EXPECT_EQ(read<ScoreAroundParams>(parse_score_around, R"({"board": "b"})").limit, 5U);
  const auto get = read<ScoreGetParams>(parse_score_get, R"({"board": "b", "player": "p", "period": "2026-02"})");
  EXPECT_EQ(get.player, "p");
  EXPECT_EQ(get.period, "2026-02");
  EXPECT_EQ(read<ScoreRemoveParams>(parse_score_remove, R"({"board": "b", "player": "p"})").player, "p");
  EXPECT_FALSE(read<ScoreRemoveParams>(parse_score_remove, R"({"board": "b"})").player);
  EXPECT_EQ(read<ScoreWatchParams>(parse_score_watch, R"({"board": "b"})").limit, 10U);
  EXPECT_EQ(read<ScoreWatchParams>(parse_score_watch, R"({"board": "b", "limit": 99})").limit, 99U);
  EXPECT_EQ(read<ScoreUnwatchParams>(parse_score_unwatch, R"({"board": "b"})").board, "b");
}

TEST(ScoreReads, NameTheFieldAtFault) {
  for (const Parse parse : {parse_score_top, parse_score_around, parse_score_watch}) {
    expect_faults(parse, Reason::invalid_params,
                  {{R"({"board": "b", "limit": 0})", "limit"},
                   {R"({"board": "b", "limit": 1001})", "limit"},
                   {R"({"board": "b", "limit": "all"})", "limit"}});
  }
  for (const Parse parse : {parse_score_around, parse_score_get, parse_score_remove}) {
    expect_faults(parse, Reason::bad_name, {{R"({"board": "b", "player": ""})", "player"}});
  }
  expect_faults(parse_score_top, Reason::invalid_params,
                {{R"({"board": "b", "offset": -1})", "offset"},
                 {R"({"board": "b", "period": 2026})", "period"},
                 {R"({"board": "b", "cursor": 2})", "cursor"}});
}

// WebRTC signalling ---------------------------------------------------------------------------------------------------

TEST(SignalJoin, ReadsEveryField) {
  const auto mesh = read<SignalJoinParams>(parse_signal_join, R"({"room": "r", "mode": "mesh"})");
  EXPECT_FALSE(mesh.hosted);
  EXPECT_FALSE(mesh.peer_id);
  EXPECT_EQ(mesh.data, "null");
  const auto host = read<SignalJoinParams>(parse_signal_join,
                                           R"({"room": "r", "mode": "host", "peer_id": 2147483647.0, "data": "x"})");
  EXPECT_TRUE(host.hosted);
  EXPECT_EQ(host.peer_id, 2147483647);
  EXPECT_EQ(host.data, "\"x\"");
}

TEST(SignalJoin, NamesTheFieldAtFault) {
  expect_faults(parse_signal_join, Reason::invalid_params,
                {{R"({"room": "r"})", "mode"},
                 {R"({"room": "r", "mode": "star"})", "mode"},
                 {R"({"room": "r", "mode": 1})", "mode"},
                 {R"({"mode": "mesh"})", "room"},
                 {R"({"room": "r", "mode": "mesh", "peer_id": 0})", "peer_id"},
                 {R"({"room": "r", "mode": "mesh", "peer_id": 2147483648})", "peer_id"},
                 {R"({"room": "r", "mode": "mesh", "peer_id": "1"})", "peer_id"},
                 {R"({"room": "r", "mode": "mesh", "id": 1})", "id"}});
  expect_faults(parse_signal_join, Reason::bad_name, {{R"({"room": "", "mode": "mesh"})", "room"}});
  expect_data_limit(parse_signal_join, R"({"room": "r", "mode": "mesh")", max_data_bytes);
}

TEST(SignalSend, ReadsEveryField) {
  const auto send =
      read<SignalSendParams>(parse_signal_send, R"({"room": "r", "to": 2.0, "type": "offer", "data": {"sdp": ""}})");
  EXPECT_EQ(send.room, "r");
  EXPECT_EQ(send.to, 2);
  EXPECT_EQ(send.type, "offer");
  EXPECT_EQ(send.data, R"({"sdp":""})");
  EXPECT_EQ(read<SignalSendParams>(parse_signal_send, R"({"room": "r", "to": 1, "type": "t"})").data, "null");
  expect_faults(parse_signal_send, Reason::invalid_params,
                {{R"({"to": 1, "type": "t"})", "room"},
                 {R"({"room": "r", "type": "t"})", "to"},
                 {R"({"room": "r", "to": 0, "type": "t"})", "to"},
                 {R"({"room": "r", "to": "1", "type": "t"})", "to"},
                 {R"({"room": "r", "to": 1})", "type"},
                 {R"({"room": "r", "to": 1, "type": 1})", "type"}});
  expect_data_limit(parse_signal_send, R"({"room": "r", "to": 1, "type": "t")", max_message_data_bytes);
}

TEST(ServiceMethods, AreFoundByName) {
  const auto is = [](std::string_view method, std::string_view text, auto value) {
    const auto parsed = parse_params(method, params_of(text));
    ASSERT_TRUE(parsed) << method;
    ASSERT_TRUE(std::holds_alternative<ServiceParams>(*parsed)) << method;
    EXPECT_TRUE(std::holds_alternative<decltype(value)>(std::get<ServiceParams>(*parsed))) << method;
  };
  is("presence.set", R"({"status": "s"})", PresenceSetParams());
  is("presence.get", R"({"players": ["p"]})", PresenceGetParams());
  is("presence.watch", R"({"players": "*"})", PresenceWatchParams());
  is("presence.unwatch", "{}", PresenceUnwatchParams());
  is("player.send", R"({"player": "p"})", PlayerSendParams());
  is("room.join", R"({"room": "r"})", RoomJoinParams());
  is("room.leave", R"({"room": "r"})", RoomLeaveParams());
  is("room.send", R"({"room": "r", "text": "t"})", RoomSendParams());
  is("room.history", R"({"room": "r"})", RoomHistoryParams());
  is("room.members", R"({"room": "r"})", RoomMembersParams());
  is("room.list", "{}", RoomListParams());
  is("room.delete", R"({"room": "r", "id": "i"})", RoomDeleteParams());
  is("room.kick", R"({"room": "r", "client_id": "c"})", RoomKickParams());
  is("score.submit", R"({"board": "b", "score": 1})", ScoreSubmitParams());
  is("score.top", R"({"board": "b"})", ScoreTopParams());
  is("score.around", R"({"board": "b"})", ScoreAroundParams());
  is("score.get", R"({"board": "b"})", ScoreGetParams());
  is("score.remove", R"({"board": "b"})", ScoreRemoveParams());
  is("score.watch", R"({"board": "b"})", ScoreWatchParams());
  is("score.unwatch", R"({"board": "b"})", ScoreUnwatchParams());
  is("signal.join", R"({"room": "r", "mode": "host"})", SignalJoinParams());
  is("signal.send", R"({"room": "r", "to": 1, "type": "t"})", SignalSendParams());
  is("signal.seal", R"({"room": "r"})", SignalSealParams());
  is("signal.leave", R"({"room": "r"})", SignalLeaveParams());
}

}  // namespace
}  // namespace lobbyd::api::test
