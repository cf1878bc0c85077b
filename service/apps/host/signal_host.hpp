#pragma once

// One signalling room with those of its peers that are served here: joins a SignalRoom to the broker and to clients.
// One loop.

#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"
#include "service/apps/signalling/signal_room.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

// Who speaks for a peer here: the client's own API, or a protocol of another way in.
class PeerVoice {
 public:
  // All events that are for this client; PeerAccepted and PeerRefused among them. Not to be answered from within.
  virtual void on_signal(const std::string& room, const SignalEvent& event) = 0;

 protected:
  ~PeerVoice() = default;
};

class SignalHost final : private FeedListener {
 public:
  SignalHost(Context& context, Waker& waker, SignalRoom::Random random, const std::string& name,
             SignalRoom::Settings settings);
  SignalHost(const SignalHost&) = delete;
  SignalHost& operator=(const SignalHost&) = delete;
  ~SignalHost() = default;

  const SignalRoom& room() const { return room_; }

  // What is asked of the room before it is joined may depend on who is there: `choose` is called when that is known,
  // and gives what to join with, or why not.
  using Choose = std::move_only_function<std::expected<SignalRoom::Joining, api::Error>(const SignalRoom& room)>;
  // Ends in PeerAccepted or PeerRefused.
  void join(hub::Client& client, PeerVoice& voice, Choose choose);
  void leave(const std::string& client_id, Feed::Done done);
  void send(const std::string& client_id, SignalRoom::Sending sending, Feed::Done done);
  void seal(const std::string& client_id, Feed::Done done);
  // The client's socket has gone. `silent`: its record is left to its will.
  void drop(const std::string& client_id, bool silent);

  bool concerns(const std::string& client_id) const { return clients_.contains(client_id); }
  std::vector<Publication> wills(const std::string& client_id) const { return room_.wills(client_id); }

  void sweep(const std::set<std::string, std::less<>>& dead);

  bool is_idle() const { return idle_since_.has_value(); }
  bool is_over(Moment::TimePoint now) const;
  std::optional<Moment::TimePoint> next_timeout(Moment now) const;
  void handle_timeout(Moment now);

 private:
  struct Local {
    hub::Client* client = nullptr;
    PeerVoice* voice = nullptr;
    std::optional<Moment::TimePoint> join_by;  // until it is in
  };
  struct Early {
    std::string client_id;
    Choose choose;
  };

  void on_reading() override { room_.begin_reading(); }
  void on_message(std::string_view topic, std::string_view payload) override;
  void on_read(bool forgetful) override;
  void on_unread(const api::Error& error) override;

  void begin(const std::string& client_id, Choose choose);
  void drop_claim(const std::string& client_id);
  void refuse(const std::string& client_id, api::Error error);
  void settle(SignalOutput out, Feed::Done done = {});
  void tell(const SignalEvent& event);
  void forget(const std::string& client_id);
  void note_use();

  Context& context_;
  Waker& waker_;
  SignalRoom room_;
  std::map<std::string, Local, std::less<>> clients_;
  std::deque<Early> early_;  // until the room has been read
  std::optional<Moment::TimePoint> idle_since_;
  Feed feed_;
};

}  // namespace lobbyd::apps
