#pragma once

// High scores on this daemon and one broker: which board is meant, who may do what, who watches. One loop.

#include "protocol/api/service_params.hpp"
#include "service/apps/host/board_host.hpp"
#include "service/apps/host/board_rule.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/scores/watch.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lobbyd::apps {

class Boards {
 public:
  struct Settings {
    std::vector<BoardRule> rules = {};  // at least one
    std::size_t max_loaded = 1'000;     // periods of boards
    std::size_t max_watched = 50;       // boards, by one client
  };

  Boards(Context& context, Settings settings);
  Boards(const Boards&) = delete;
  Boards& operator=(const Boards&) = delete;
  ~Boards() = default;

  void carry_out(hub::Client& client, const api::ScoreSubmitParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::ScoreTopParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::ScoreAroundParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::ScoreGetParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::ScoreRemoveParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::ScoreWatchParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::ScoreUnwatchParams& params, const Caller& caller, Answer answer);

  // The client has gone.
  void drop(const hub::Client& client);

  std::optional<Moment::TimePoint> next_timeout(Moment now) const;
  void handle_timeout(Moment now);

 private:
  // A board that is watched here.
  struct Watched {
    const BoardRule& rule;
    scores::Period period;  // that its watchers see
    scores::Watch watch = {};
  };

  std::expected<const BoardRule*, api::Error> find_rule(const std::string& board) const;
  void use(hub::Client& client, const std::string& board, std::string_view period, Answer answer,
           std::move_only_function<void(BoardHost& host, scores::Board& board, Answer answer)> then);
  std::expected<BoardHost*, api::Error> load(const BoardRule& rule, const std::string& board,
                                             const std::string& period);
  std::expected<std::string, api::Error> acting_for(const hub::Client& client, const std::optional<std::string>& player,
                                                    const Caller& caller) const;
  void on_change(const BoardHost::Name& name, std::size_t rank);
  static std::optional<Moment::TimePoint> turn_of(const Watched& watched, Moment now);
  void tell(const std::string& board, Watched& watched, Moment::TimePoint now);
  void turn_over(const std::string& board, Watched& watched, Moment now);
  void clear_old_periods(const BoardRule& rule, const std::string& board);
  void look_for_old_periods(const BoardRule& rule, const std::string& board);
  void clear_some();

  Context& context_;
  Settings settings_;
  BoardTopics topics_;
  std::map<BoardHost::Name, std::unique_ptr<BoardHost>> hosts_;
  std::map<std::string, Watched, std::less<>> watched_;                     // by board
  std::unordered_map<std::uint64_t, hub::Client*> watchers_;                // by their serials
  std::unordered_map<std::uint64_t, std::vector<std::string>> watched_by_;  // boards
  // Topics of periods that are not kept any more: by board the period in which it was looked for them, when it is to be
  // looked for them, and those that were found.
  std::map<std::string, std::string, std::less<>> cleared_;
  std::map<Moment::TimePoint, std::pair<const BoardRule*, std::string>> to_clear_;
  std::vector<Publication> clearing_;
  bool clearing_some_ = false;
  std::minstd_rand random_{std::random_device{}()};
  Feed feed_;  // clears old periods
};

}  // namespace lobbyd::apps
