#pragma once

// Presence on this daemon and one broker. One loop.

#include "protocol/api/service_params.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"
#include "service/apps/presence/presence.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

class Presences final : private FeedListener {
 public:
  Presences(Context& context, Presence::Settings settings);
  Presences(const Presences&) = delete;
  Presences& operator=(const Presences&) = delete;
  ~Presences() = default;

  void carry_out(hub::Client& client, api::PresenceSetParams params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::PresenceGetParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::PresenceWatchParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::PresenceUnwatchParams& params, const Caller& caller, Answer answer);

  // The client has gone. `silent`: what stands in the broker is left to its will; `elsewhere`: to another daemon, where
  // it may have set its presence already.
  void drop(const hub::Client& client, bool silent, bool elsewhere);
  // Its wills were published though it is here.
  void renew(const hub::Client& client);
  void append_wills(const hub::Client& client, std::vector<Publication>& wills) const;
  std::optional<Publication> before_will(std::string_view topic) const;

  std::optional<Moment::TimePoint> next_timeout() const;
  void handle_timeout(Moment now);

 private:
  void on_reading() override { presence_.begin_reading(); }
  void on_message(std::string_view topic, std::string_view payload) override;
  void on_read(bool forgetful) override;

  void clear_if_own(const std::string& client_id);
  void settle(PresenceOutput out, Feed::Done done = {});
  void tell(const PresenceChange& change);
  void answer_watch(const api::PresenceWatchParams& params, const Caller& caller, Answer& answer) const;

  // What a client has begun to watch, until it is answered with what is there: before that it is told of no change.
  struct Beginning {
    bool all = false;
    Presence::Names players;
  };
  bool is_beginning(std::string_view watcher, const std::string& player) const;
  void give_up(const std::string& client_id, Beginning watched);
  static Beginning without(Beginning watched, bool all, const Presence::Names& players);

  Context& context_;
  Presence::Settings settings_;
  Presence presence_;
  std::multimap<std::string, Beginning, std::less<>> beginning_;  // by client id
  Feed feed_;
};

}  // namespace lobbyd::apps
