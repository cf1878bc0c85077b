#pragma once

// One room with those of its members that are served here: joins a Room to the broker and to clients. One loop.

#include "protocol/api/service_params.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"
#include "service/apps/rooms/room.hpp"

#include <chrono>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

class RoomHost final : private FeedListener {
 public:
  RoomHost(Context& context, Waker& waker, const std::string& name, RoomSettings settings);
  RoomHost(const RoomHost&) = delete;
  RoomHost& operator=(const RoomHost&) = delete;
  ~RoomHost() = default;

  const std::string& name() const { return room_.name(); }

  void join(hub::Client& client, api::RoomJoinParams params, const Caller& caller, Answer answer);
  bool is_joining(const std::string& client_id) const;
  // Once its joining, which is under way, has been answered in one way or the other; not if the client goes first.
  void when_joined(const std::string& client_id, std::move_only_function<void()> act);
  void leave(hub::Client& client, Answer answer);
  void send(hub::Client& client, api::RoomSendParams params, Answer answer);
  void history(hub::Client& client, const api::RoomHistoryParams& params, const Caller& caller, Answer& answer) const;
  void members(hub::Client& client, const api::RoomMembersParams& params, const Caller& caller, Answer& answer) const;
  void remove(hub::Client& client, const api::RoomDeleteParams& params, const Caller& caller, Answer answer);
  void kick(hub::Client& client, const api::RoomKickParams& params, Answer answer);
  // The client has gone. `silent`: its record is left to its will.
  void drop(const std::string& client_id, bool silent);

  bool has_member(const std::string& client_id) const { return room_.is_member_here(client_id); }
  // Whether it is one, or about to become one.
  bool concerns(const std::string& client_id) const;
  std::vector<Publication> wills(const std::string& client_id) const { return room_.wills(client_id); }

  // Once it has been read.
  void sweep(const std::set<std::string, std::less<>>& gone);

  // Whether nobody here needs it; has needed it for a while.
  bool is_idle() const { return idle_since_.has_value(); }
  bool is_over(Moment::TimePoint now) const;
  std::optional<Moment::TimePoint> next_timeout(Moment now) const;
  void handle_timeout(Moment now);

 private:
  struct Joining {
    std::string client_id;
    api::RoomJoinParams params;
    Caller caller;
    Answer answer;
    Moment::TimePoint deadline;
    std::vector<std::move_only_function<void()>> then = {};  // what the client has sent behind it
  };

  // FeedListener
  void on_reading() override { room_.begin_reading(); }
  void on_message(std::string_view topic, std::string_view payload) override;
  void on_read(bool forgetful) override;
  void on_unread(const api::Error& error) override;

  void begin(Joining joining);
  static void end(Joining joining, std::expected<std::string, api::Error> result);
  void complete(const std::string& client_id);
  void refuse(const std::string& client_id, api::Error error);
  std::string join_result(const Joining& joining) const;
  void settle(RoomOutput out, Feed::Done done = {});
  void tell(const RoomEvent& event);
  void tell_members(const RoomEvent& event, std::string_view but);
  void tell_one(const std::string& client_id, const RoomEvent& event);
  void forget(const std::string& client_id);
  void note_use();
  void follow(Moment now);

  Context& context_;
  Waker& waker_;
  Room room_;
  std::map<std::string, hub::Client*, std::less<>> clients_;  // that are members here, or on the way to it
  std::deque<Joining> early_;                                 // until the room has been read
  std::map<std::string, Joining, std::less<>> joining_;       // until the broker has sent their records back
  std::set<std::string, std::less<>> to_sweep_;
  std::optional<Moment::TimePoint> idle_since_;
  Feed feed_;
};

}  // namespace lobbyd::apps
