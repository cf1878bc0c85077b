#pragma once

// One room, on one instance: what stands in its topics, and which members are served here. Pure: what the broker
// brings and what clients ask go in, with the time; what is to be published and told comes out.
//
// It is the same on every instance, since all that it says comes from the broker, in its order: a member is in the
// room, and a message sent, when that has come back. What an instance owns (its members' records, its ring, its bans)
// it writes again where it was cleared by others, or forgotten by the broker.
//
// To be made when the first client here wants to join, with a subscription to `filter()`, and given up, with the
// subscription, when it has been idle for a while. One thread.

#include "protocol/api/error.hpp"
#include "service/apps/absences.hpp"
#include "service/apps/json_page.hpp"
#include "service/apps/moment.hpp"
#include "service/apps/publication.hpp"
#include "service/apps/rooms/bans.hpp"
#include "service/apps/rooms/history_page.hpp"
#include "service/apps/rooms/members.hpp"
#include "service/apps/rooms/message_keys.hpp"
#include "service/apps/rooms/room_events.hpp"
#include "service/apps/rooms/room_history.hpp"
#include "service/apps/rooms/room_records.hpp"
#include "service/apps/rooms/room_ring.hpp"
#include "service/apps/rooms/room_topics.hpp"
#include "service/apps/surroundings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

struct RoomSettings {
  std::uint32_t history = 100;  // 0: messages are passed on and not kept
  std::chrono::seconds history_expiry{std::chrono::days(7)};
  std::uint32_t max_members = 1000;
  bool broker_expires = true;  // MQTT 5; else what is too old is cleared
};

class Room {
 public:
  // Others that have lost their link, too, write what they own again within this time.
  static constexpr std::chrono::seconds patience{30};
  // How often what is too old is looked for.
  static constexpr std::chrono::minutes expiry_interval{1};

  struct Joining {
    std::string client_id;      // a valid name
    std::string player;         // its user
    std::string name = {};      // at most max_member_name_bytes; empty: that of the player
    std::string data = "null";  // JSON text of at most max_member_data_bytes
  };
  struct Sending {
    std::string body;      // the JSON member "text":… or "data":…
    std::string key = {};  // at most api::max_key_bytes; may be empty
  };
  struct Sent {
    std::string id;
    std::int64_t time_ms = 0;
    bool repeated = false;  // it has been sent before; perhaps it is on its way
  };
  struct Kick {
    std::string client_id;
    std::chrono::seconds out{0};  // how long the player stays out
  };

  // `name` is a valid one.
  Room(Surroundings& surroundings, std::string name, RoomSettings settings);
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() = default;

  const std::string& name() const { return name_; }
  std::string filter() const { return topics_.filter(); }

  // The broker
  // ----------------------------------------------------------------------------------------------------------

  // Its retained messages are read, for the first time or again. They come between the two calls, with live ones among
  // them. `forgetful`: it has lost its memory.
  void begin_reading();
  // `topic`: one of this room's. An empty payload clears it.
  void on_message(std::string_view topic, std::string_view payload, Moment now, RoomOutput& out);
  void end_reading(bool forgetful, Moment now, RoomOutput& out);
  // All below is for a room that has been read.
  bool loaded() const { return loaded_; }

  // Clients
  // -------------------------------------------------------------------------------------------------------------

  // Ends in JoinCompleted or JoinRefused. A member that joins again changes its name and data.
  std::expected<void, api::Error> join(Joining joining, Moment now, RoomOutput& out);
  // It has left, or is lost with its connection: then nothing is said to it, and nothing is wrong.
  std::expected<void, api::Error> leave(const std::string& client_id, DepartureReason reason, RoomOutput& out);
  // Where it is new, the one publication has to be answered before the request is.
  std::expected<Sent, api::Error> send(const std::string& client_id, Sending sending, Moment now, RoomOutput& out);
  // The broker has not taken it.
  void on_send_failed(const std::string& message_id);
  // `moderator`: also the messages of others.
  std::expected<void, api::Error> remove(const std::string& client_id, bool moderator, const std::string& message_id,
                                         Moment now, RoomOutput& out);
  std::expected<void, api::Error> kick(const std::string& client_id, const Kick& kick, Moment now, RoomOutput& out);
  std::expected<Page, api::Error> history(const std::string& client_id, const HistoryQuery& query, PageLimits limits,
                                          Moment now) const;
  std::expected<Page, api::Error> members(const std::string& client_id, const std::optional<std::string>& cursor,
                                          PageLimits limits) const;

  bool is_member_here(const std::string& client_id) const;
  bool idle() const { return local_.empty(); }
  // What is published if the client is lost with this daemon.
  std::vector<Publication> wills(std::string_view client_id) const;

  const Members& all_members() const { return members_; }
  const RoomHistory& all_history() const { return history_; }

  // Upkeep
  // --------------------------------------------------------------------------------------------------------------

  // Takes over what these instances, dead for an hour, have left: copies of their messages go into this one's ring
  // before their own are cleared, so that several may do it at once. What members they still have are cleared. Also for
  // a room that was read for this alone.
  void sweep(const std::set<std::string, std::less<>>& dead, Moment now, RoomOutput& out);

  std::optional<Moment::TimePoint> next_timeout(Moment now) const;
  void handle_timeout(Moment now, RoomOutput& out);

 private:
  struct Local {
    MemberRecord record;
    bool joined = false;
    bool awaited = true;  // the join is to be answered when the record has come back
  };
  using Locals = std::map<std::string, Local, std::less<>>;

  // room_broker.cpp
  void on_member(const std::string& client_id, MemberNews news, Moment now, RoomOutput& out);
  void on_member_record(const std::string& client_id, MemberRecord record, Moment now, RoomOutput& out);
  // Whether the client's join is complete with it.
  bool on_own_record(Locals::iterator local, const MemberRecord& record, Moment now, RoomOutput& out);
  void on_departure(const std::string& client_id, const Departure& departure, RoomOutput& out);
  void on_member_cleared(const std::string& client_id, RoomOutput& out);
  void on_log(const LogSlot& slot, std::optional<LogRecord> record, Moment now, RoomOutput& out);
  // Its own, cleared by others: whether it is written again.
  bool defend_slot(const LogSlot& slot, Moment now, RoomOutput& out);
  void on_deletion(const LogSlot& slot, const std::string& target, RoomOutput& out);
  void on_ban(const std::string& client_id, std::optional<Ban> ban, Moment now, RoomOutput& out);
  void expel(Locals::iterator local, RoomOutput& out);
  void on_absent(std::string_view topic, Moment now, RoomOutput& out);
  void on_topic(const RoomTopic& topic, std::string_view payload, Moment now, RoomOutput& out);
  bool is_own(std::string_view topic) const;
  std::set<std::string, std::less<>> known_topics() const;

  // room_upkeep.cpp
  void sweep_log(const std::set<std::string, std::less<>>& dead, Moment now, RoomOutput& out);
  std::vector<LogRecord> inheritance(const std::set<std::string, std::less<>>& dead, Moment now) const;
  void expire(Moment now, RoomOutput& out);

  void write_member(const std::string& client_id, const Local& local, RoomOutput& out) const;
  // The client is served here no more, and its record cleared.
  void depart(Locals::iterator local, DepartureReason reason, RoomOutput& out);
  void forget(Locals::iterator local);
  void write_ban(const std::string& client_id, const Ban& ban, RoomOutput& out) const;
  // Whether what stands there now is overtaken by what this instance has written.
  bool is_overtaken(std::uint32_t slot, const std::optional<LogRecord>& record);
  void write_slot(std::uint32_t slot, LogRecord record, Moment now, RoomOutput& out);
  void clear_slot(std::uint32_t slot, RoomOutput& out);
  std::optional<std::chrono::seconds> time_left(std::string_view id, Moment now) const;
  // A deletion whose message still stands somewhere.
  bool is_needed(const LogRecord& record) const;
  std::expected<const Local*, api::Error> find_member(const std::string& client_id) const;

  Surroundings& surroundings_;
  std::string name_;
  RoomSettings settings_;
  RoomTopics topics_;
  bool loaded_ = false;
  std::string life_;  // see make_history_page
  Absences absences_;
  std::map<LogSlot, std::optional<LogRecord>> read_;  // while reading: to be taken by id
  Members members_;
  Locals local_;
  std::size_t joining_ = 0;  // of them, that are no members yet
  Bans bans_;
  RoomHistory history_;
  RoomRing ring_;
  RoomRing::Needed needed_;
  std::set<std::uint32_t> on_their_way_;  // slots whose last content has not come back yet: it will stand there
  MessageKeys keys_;
  std::string last_sent_;                         // id
  std::optional<Moment::TimePoint> next_expiry_;  // once loaded
};

}  // namespace lobbyd::apps
