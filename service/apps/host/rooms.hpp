#pragma once

// The rooms that this daemon has on one broker. One loop.

#include "protocol/api/service_params.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/host_table.hpp"
#include "service/apps/host/room_host.hpp"
#include "service/apps/host/room_list.hpp"
#include "service/apps/rooms/room.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace lobbyd::apps {

class Rooms {
 public:
  struct Settings {
    RoomSettings room = {};
    std::size_t max_joined = 50;     // of one client
    std::size_t max_rooms = 20'000;  // that are listened to
  };

  Rooms(Context& context, Settings settings);

  void carry_out(hub::Client& client, api::RoomJoinParams params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::RoomLeaveParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, api::RoomSendParams params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::RoomHistoryParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::RoomMembersParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::RoomListParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::RoomDeleteParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::RoomKickParams& params, const Caller& caller, Answer answer);

  // The client has gone. `silent`: what stands in the broker is left to its wills.
  void drop(const hub::Client& client, bool silent);
  // That it is a member of.
  std::vector<std::string> joined(const hub::Client& client) const;
  void append_wills(const hub::Client& client, std::vector<Publication>& wills) const;

  // These instances have been gone for an hour, and have left something in these rooms. Of many rooms it takes some;
  // whether it has taken all.
  bool sweep(const std::set<std::string, std::less<>>& gone, const std::set<std::string, std::less<>>& rooms);

  std::optional<Moment::TimePoint> next_timeout() const;
  void handle_timeout(Moment now);

 private:
  std::expected<RoomHost*, api::Error> load(const std::string& room);
  // Where it has asked for no room, or for one that it is in.
  std::expected<RoomHost*, api::Error> find_joined(const hub::Client& client, const std::string& room) const;
  // Whether it waits for the client's joining the room, which it was sent behind; then it is carried out after that.
  template <class Params>
  bool waits(hub::Client& client, Params& params, const Caller& caller, Answer& answer);
  void forget_left(const hub::Client& client);

  Context& context_;
  Settings settings_;
  HostTable<RoomHost> rooms_;
  std::unordered_map<const hub::Client*, std::set<std::string>> joined_;  // that it has asked to join; some may be left
  RoomList list_;
};

}  // namespace lobbyd::apps
