#pragma once

// `room.list`: all rooms on all instances. The members of all rooms are listened to for as long as lists are asked for.
// One loop.

#include "protocol/api/service_params.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"
#include "service/apps/rooms/room_directory.hpp"

#include <deque>
#include <optional>
#include <string_view>

namespace lobbyd::apps {

class RoomList final : private FeedListener {
 public:
  explicit RoomList(Context& context) : context_(context) {}
  RoomList(const RoomList&) = delete;
  RoomList& operator=(const RoomList&) = delete;
  ~RoomList() = default;

  void list(const hub::Client& client, api::RoomListParams params, const Caller& caller, Answer answer);
  // The client has gone.
  void forget(const hub::Client& client);

  std::optional<Moment::TimePoint> next_timeout() const;
  void handle_timeout(Moment::TimePoint now);

 private:
  struct Waiting {
    const hub::Client* client;
    api::RoomListParams params;
    Caller caller;
    Answer answer;
    Moment::TimePoint deadline;
  };

  void on_reading() override;
  void on_message(std::string_view topic, std::string_view payload) override;
  void on_read(bool forgetful) override;
  void on_unread(const api::Error& error) override;
  void answer(const api::RoomListParams& params, const Caller& caller, Answer& answer) const;

  Context& context_;
  RoomDirectory directory_;
  bool read_ = false;
  std::deque<Waiting> waiting_;  // until it has been read
  Moment::TimePoint used_;
  std::optional<Feed> feed_;
};

}  // namespace lobbyd::apps
