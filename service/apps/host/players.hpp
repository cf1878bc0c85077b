#pragma once

// `player.send`: to each connection of a player, on any instance. One loop.
//
//   {prefix}player/{player}/send   {"from","data","instance","id"}: to every instance
//   {prefix}player/{instance}/got  {"id"}: to the one that asked, by those that have the player
//
// An instance that has the player itself need not ask; else the answer is 404 where none says within a while that it
// has.

#include "protocol/api/service_params.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::apps {

class Players final : private FeedListener {
 public:
  explicit Players(Context& context);
  Players(const Players&) = delete;
  Players& operator=(const Players&) = delete;
  ~Players() = default;

  void carry_out(hub::Client& client, const api::PlayerSendParams& params, const Caller& caller, Answer answer);

  void arrive(hub::Client& client);
  void drop(const hub::Client& client);

  std::optional<Moment::TimePoint> next_timeout() const;
  void handle_timeout(Moment::TimePoint now);

 private:
  struct Asked {
    std::string player;
    Answer answer;
    Moment::TimePoint deadline;
    bool sent = false;  // the broker has taken it
  };
  struct Sending {
    std::int64_t number;
    std::string player;
    std::string payload;
    bool is_here;  // the player
  };

  void on_message(std::string_view topic, std::string_view payload) override;

  auto connections_of(std::string_view player) const;
  void on_sent(const std::string& player, std::string_view payload);
  void on_got(std::string_view payload);
  void listen();
  void send(Sending sending);
  void on_taken(std::int64_t number);
  void settle(std::int64_t number, std::expected<std::string, api::Error> result);
  std::string got_topic(std::string_view instance) const;

  Context& context_;
  // That are here, by their players, in the order in which they came. The names are the clients' own.
  std::map<std::pair<std::string_view, std::uint64_t>, hub::Client*> connections_;
  std::map<std::int64_t, Asked> asked_;  // by number
  std::int64_t last_number_ = 0;
  bool listens_ = false;         // to those that have a player: from the first question on
  std::deque<Sending> early_;    // until it does; all of them, for their order
  std::size_t early_bytes_ = 0;  // of their payloads
  Feed feed_;
};

}  // namespace lobbyd::apps
