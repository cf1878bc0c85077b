#include "service/apps/host/boards.hpp"

#include "protocol/api/envelope.hpp"
#include "service/apps/host/board_json.hpp"
#include "service/apps/host/results.hpp"
#include "service/hub/client.hpp"
#include "service/schedule/earliest.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <set>
#include <utility>

namespace lobbyd::apps {
namespace {

// Topics of old periods, cleared at a time.
constexpr std::size_t cleared_at_once = 200;
// All instances sweep, and whoever comes first has done it for all.
constexpr std::chrono::milliseconds longest_sweep_delay{60'000};
// Boards that are remembered to have been looked at.
constexpr std::size_t most_cleared = 10'000;

api::Error not_on_board(const std::string& player, const std::string& board) {
  return {api::Reason::not_found, "the player " + player + " is not on the board " + board};
}

api::Error needs_right(std::string message) {
  return {api::Reason::forbidden, std::move(message) + R"( takes a token with the right "scores")"};
}

// The cursor of a page of ranks is the offset of the next one.
std::expected<std::size_t, api::Error> offset_of(const api::ScoreTopParams& params) {
  if (!params.cursor) {
    return params.offset;
  }
  std::size_t offset = 0;
  const char* const end = params.cursor->data() + params.cursor->size();
  if (const auto read = std::from_chars(params.cursor->data(), end, offset);
      read.ec != std::errc() || read.ptr != end) {
    return std::unexpected(api::invalid_field("cursor", R"("cursor" must be what "next" was on the page before)"));
  }
  return offset;
}

}  // namespace

Boards::Boards(Context& context, Settings settings)
    : context_(context), settings_(std::move(settings)), topics_(context.surroundings.prefix), feed_(context) {}

// Which board ---------------------------------------------------------------------------------------------------------

std::expected<const BoardRule*, api::Error> Boards::find_rule(const std::string& board) const {
  const auto rule =
      std::ranges::find_if(settings_.rules, [&](const auto& each) { return matches_pattern(each.name, board); });
  if (rule == settings_.rules.end()) {
    return std::unexpected(api::Error{api::Reason::not_found, "there is no board " + api::quoted_excerpt(board)});
  }
  if (auto possible = context_.hub.check_level(board); !possible) {
    return std::unexpected(std::move(possible.error()));
  }
  return &*rule;
}

std::expected<BoardHost*, api::Error> Boards::load(const BoardRule& rule, const std::string& board,
                                                   const std::string& period) {
  const BoardHost::Name name{.board = board, .period = period};
  if (const auto found = hosts_.find(name); found != hosts_.end()) {
    return found->second.get();
  }
  if (hosts_.size() >= settings_.max_loaded) {
    return std::unexpected(api::too_many("too many boards are in use; try again later", settings_.max_loaded));
  }
  const auto added = hosts_
                         .emplace(name, std::make_unique<BoardHost>(context_, topics_, rule, name,
                                                                    [this](const auto& changed, std::size_t rank) {
                                                                      on_change(changed, rank);
                                                                    }))
                         .first;
  clear_old_periods(rule, board);
  return added->second.get();
}

void Boards::use(hub::Client& client, const std::string& board, std::string_view period, Answer answer,
                 std::move_only_function<void(BoardHost& host, scores::Board& board, Answer answer)> then) {
  const auto rule = find_rule(board);
  if (!rule) {
    return answer(std::unexpected(rule.error()));
  }
  const auto found = (*rule)->periods.find(period, Context::now().unix_ms);
  if (!found) {
    return answer(std::unexpected(found.error()));
  }
  if (!(*rule)->periods.is_kept(*found, Context::now().unix_ms, (*rule)->keep_periods)) {
    return answer(std::unexpected(
        api::Error{api::Reason::not_found, "the period " + api::quoted_excerpt(found->name) + " is not kept"}));
  }
  const auto host = load(**rule, board, found->name);
  if (!host) {
    return answer(std::unexpected(host.error()));
  }
  (*host)->use(&client, [host = *host, answer = std::move(answer), then = std::move(then)](auto read) mutable {
    read ? then(*host, **read, std::move(answer)) : answer(std::unexpected(std::move(read.error())));
  });
}

// Methods -------------------------------------------------------------------------------------------------------------

std::expected<std::string, api::Error> Boards::acting_for(const hub::Client& client,
                                                          const std::optional<std::string>& player,
                                                          const Caller& caller) const {
  if (player && *player != client.user && !caller.rights.scores) {
    return std::unexpected(needs_right("another player's score"));
  }
  const std::string& name = player.value_or(client.user);
  if (auto possible = context_.hub.check_level(name); !possible) {
    return std::unexpected(std::move(possible.error()));
  }
  return name;
}

void Boards::carry_out(hub::Client& client, const api::ScoreSubmitParams& params, const Caller& caller, Answer answer) {
  const auto player = acting_for(client, params.player, caller);
  const auto rule = find_rule(params.board);
  if (!player || !rule) {
    return answer(std::unexpected(!player ? player.error() : rule.error()));
  }
  if ((*rule)->needs_right && !caller.rights.scores) {
    return answer(std::unexpected(needs_right("to submit to this board")));
  }
  use(client, params.board, {}, std::move(answer),
      [submission =
           scores::Submission{.player = *player, .score = params.score, .data = params.data, .key = params.key}](
          BoardHost& host, scores::Board& board, Answer reply) {
        auto change = board.submit(submission, Context::now());
        if (!change) {
          return reply(std::unexpected(std::move(change.error())));
        }
        host.publish(std::move(change->publications),
                     [outcome = change->outcome, reply = std::move(reply)](auto taken) mutable {
                       taken ? reply(write_outcome(outcome)) : reply(std::unexpected(std::move(taken.error())));
                     });
        host.follow();
      });
}

void Boards::carry_out(hub::Client& client, const api::ScoreTopParams& params, const Caller& caller, Answer answer) {
  const auto offset = offset_of(params);
  if (!offset) {
    return answer(std::unexpected(offset.error()));
  }
  use(client, params.board, params.period, std::move(answer),
      [limit = params.limit, offset = *offset, bytes = caller.result_bytes](BoardHost& host, scores::Board& board,
                                                                            Answer reply) {
        reply(write_ranks(host.name(), board.top(limit, offset),
                          {.total = board.total(), .offset = offset, .bytes = bytes}));
      });
}

void Boards::carry_out(hub::Client& client, const api::ScoreAroundParams& params, const Caller& caller, Answer answer) {
  use(client, params.board, params.period, std::move(answer),
      [player = params.player.value_or(client.user), limit = params.limit, bytes = caller.result_bytes](
          BoardHost& host, scores::Board& board, Answer reply) {
        const std::vector<scores::Entry> entries = board.around(player, limit);
        if (entries.empty()) {
          return reply(std::unexpected(not_on_board(player, host.name().board)));
        }
        reply(write_ranks(host.name(), entries, {.total = board.total(), .offset = std::nullopt, .bytes = bytes}));
      });
}

void Boards::carry_out(hub::Client& client, const api::ScoreGetParams& params, const Caller& /*caller*/,
                       Answer answer) {
  use(client, params.board, params.period, std::move(answer),
      [player = params.player.value_or(client.user)](BoardHost& host, scores::Board& board, Answer reply) {
        const auto entry = board.get(player);
        entry ? reply(write_entry(host.name(), *entry))
              : reply(std::unexpected(not_on_board(player, host.name().board)));
      });
}

void Boards::carry_out(hub::Client& client, const api::ScoreRemoveParams& params, const Caller& caller, Answer answer) {
  const auto player = acting_for(client, params.player, caller);
  if (!player) {
    return answer(std::unexpected(player.error()));
  }
  use(client, params.board, {}, std::move(answer),
      [player = *player](BoardHost& host, scores::Board& board, Answer reply) {
        std::vector<scores::Publication> publications = board.remove(player, Context::now());
        if (publications.empty()) {
          return reply(std::unexpected(not_on_board(player, host.name().board)));
        }
        host.publish(std::move(publications), answer_empty(std::move(reply)));
        host.follow();
      });
}

// Watching ------------------------------------------------------------------------------------------------------------

void Boards::carry_out(hub::Client& client, const api::ScoreWatchParams& params, const Caller& caller, Answer answer) {
  std::vector<std::string>& boards = watched_by_[client.serial];
  const bool is_new = std::ranges::find(boards, params.board) == boards.end();
  if (is_new && boards.size() >= settings_.max_watched) {
    return answer(std::unexpected(api::too_many("too many boards are watched: unwatch some", settings_.max_watched)));
  }
  const auto rule = find_rule(params.board);
  if (!rule) {
    return answer(std::unexpected(rule.error()));
  }
  use(client, params.board, {}, std::move(answer),
      [this, &client, params, rule = *rule, bytes = caller.result_bytes](BoardHost& host, scores::Board& board,
                                                                         Answer reply) {
        std::vector<std::string>& its_boards = watched_by_[client.serial];
        if (std::ranges::find(its_boards, params.board) == its_boards.end()) {
          its_boards.push_back(params.board);
        }
        watchers_.insert_or_assign(client.serial, &client);
        const scores::Period period = rule->periods.at(Context::now().unix_ms);
        const auto watched = watched_.try_emplace(params.board, Watched{.rule = *rule, .period = period}).first;
        watched->second.watch.add(client.serial, params.limit);
        if (const auto turn = turn_of(watched->second, Context::now())) {
          context_.wake_at(*turn);
        }
        reply(write_ranks(host.name(), board.top(params.limit), {.total = board.total(), .offset = 0, .bytes = bytes}));
      });
}

void Boards::carry_out(hub::Client& client, const api::ScoreUnwatchParams& params, const Caller& /*caller*/,
                       Answer answer) {
  const auto watched = watched_.find(params.board);
  if (watched == watched_.end() || !watched->second.watch.remove(client.serial)) {
    return answer(std::unexpected(
        api::Error{api::Reason::not_found, "the board " + api::quoted_excerpt(params.board) + " is not watched"}));
  }
  if (watched->second.watch.empty()) {
    watched_.erase(watched);
  }
  std::erase(watched_by_[client.serial], params.board);
  answer(std::string(empty_result));
}

void Boards::drop(const hub::Client& client) {
  for (const auto& [name, host] : hosts_) {
    host->forget(client);
  }
  watchers_.erase(client.serial);
  if (const auto node = watched_by_.extract(client.serial)) {
    for (const std::string& board : node.mapped()) {
      const auto watched = watched_.find(board);
      if (watched != watched_.end() && watched->second.watch.remove(client.serial) && watched->second.watch.empty()) {
        watched_.erase(watched);
      }
    }
  }
}

void Boards::on_change(const BoardHost::Name& name, std::size_t rank) {
  const auto watched = watched_.find(name.board);
  if (watched != watched_.end() && watched->second.period.name == name.period) {
    watched->second.watch.on_change(rank);
    if (const auto due = watched->second.watch.next_due()) {
      context_.wake_at(*due);
    }
  }
}

// When its period ends; the only one of a board that is never reset has no end.
std::optional<Moment::TimePoint> Boards::turn_of(const Watched& watched, Moment now) {
  constexpr std::int64_t longest_ms = std::int64_t{100} * 366 * 86'400'000;
  return watched.period.end_ms - now.unix_ms > longest_ms ? std::nullopt
                                                          : std::optional(now.when(watched.period.end_ms));
}

// One text for all who see as many ranks.
void Boards::tell(const std::string& board, Watched& watched, Moment::TimePoint now) {
  const auto host = hosts_.find({.board = board, .period = watched.period.name});
  if (host == hosts_.end() || host->second->board() == nullptr) {
    return;
  }
  const scores::Board& ranks = *host->second->board();
  for (const auto& [limit, watchers] : watched.watch.take_due(now)) {
    const std::string params = write_ranks(
        host->first, ranks.top(limit), {.total = ranks.total(), .offset = std::nullopt, .bytes = std::string::npos});
    const hub::Notice notice("score", api::write_notification_text("score", params), "score " + board);
    for (const std::uint64_t watcher : watchers) {
      if (const auto client = watchers_.find(watcher); client != watchers_.end()) {
        client->second->receiver->notify(notice);
      }
    }
  }
}

// Periods -------------------------------------------------------------------------------------------------------------

void Boards::turn_over(const std::string& board, Watched& watched, Moment now) {
  watched.period = watched.rule.periods.at(now.unix_ms);
  const std::string params = RecordWriter().text("board", board).text("period", watched.period.name).take();
  const hub::Notice notice("score.reset", api::write_notification_text("score.reset", params));
  for (const auto& [serial, client] : watchers_) {
    const auto& boards = watched_by_[serial];
    if (std::ranges::find(boards, board) != boards.end()) {
      client->receiver->notify(notice);
    }
  }
  watched.watch.on_change(0);
}

// Once for each period, by each instance at a time of its own.
void Boards::clear_old_periods(const BoardRule& rule, const std::string& board) {
  const Moment now = Context::now();
  const std::string current = rule.periods.at(now.unix_ms).name;
  if (current == "all" || cleared_[board] == current) {
    return;
  }
  if (cleared_.size() >= most_cleared) {
    cleared_.clear();
  }
  cleared_[board] = current;
  const auto delay = std::uniform_int_distribution<std::int64_t>(0, longest_sweep_delay.count())(random_) *
                     std::chrono::milliseconds(1);
  to_clear_.emplace(now.steady + delay, std::pair(&rule, board));
  context_.wake_at(now.steady + delay);
}

void Boards::look_for_old_periods(const BoardRule& rule, const std::string& board) {
  const std::string records = topics_.records.filter({.board = board});
  feed_.look({records, topics_.parts.filter({.board = board})}, [this, &rule, board](const auto& result) {
    if (!result || result->complete == api::Completeness::truncated) {
      // Whoever loads it next looks again.
      cleared_.erase(board);
    }
    if (!result) {
      return;
    }
    const std::int64_t now_ms = Context::now().unix_ms;
    for (const hub::MessagePtr& message : result->messages) {
      auto names = topics_.records.read(message->topic());
      names = names ? names : topics_.parts.read(message->topic());
      const auto period = names ? std::optional(rule.periods.find(names->period, now_ms)) : std::nullopt;
      if (period && *period && !rule.periods.is_kept(**period, now_ms, rule.keep_periods)) {
        clearing_.push_back(clearing(std::string(message->topic())));
      }
    }
    clear_some();
  });
}

void Boards::clear_some() {
  if (clearing_.empty() || std::exchange(clearing_some_, true)) {
    return;
  }
  const std::size_t count = std::min(clearing_.size(), cleared_at_once);
  const auto first = clearing_.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<Publication> some(std::make_move_iterator(first), std::make_move_iterator(clearing_.end()));
  clearing_.erase(first, clearing_.end());
  feed_.publish_all(std::move(some), [this](auto taken) {
    clearing_some_ = false;
    if (!taken) {
      spdlog::warn("topics of old periods of boards were not cleared: {}", taken.error().message);
      clearing_.clear();
    }
    clear_some();
  });
}

std::optional<Moment::TimePoint> Boards::next_timeout(Moment now) const {
  Due next = to_clear_.empty() ? Due() : Due(to_clear_.begin()->first);
  for (const auto& [name, host] : hosts_) {
    next = earliest({next, host->next_timeout(now)});
  }
  for (const auto& [board, watched] : watched_) {
    next = earliest({next, watched.watch.next_due(), turn_of(watched, now)});
  }
  return next;
}

void Boards::handle_timeout(Moment now) {
  for (auto& [board, watched] : watched_) {
    if (now.unix_ms >= watched.period.end_ms) {
      turn_over(board, watched, now);
    }
    if (const auto host = load(watched.rule, board, watched.period.name)) {
      (*host)->touch();
    }
    tell(board, watched, now.steady);
  }
  for (const auto& [name, host] : hosts_) {
    host->handle_timeout(now);
  }
  std::erase_if(hosts_, [&](const auto& entry) { return entry.second->is_unused(now.steady); });
  while (!to_clear_.empty() && to_clear_.begin()->first <= now.steady) {
    const auto [rule, board] = to_clear_.extract(to_clear_.begin()).mapped();
    look_for_old_periods(*rule, board);
  }
}

}  // namespace lobbyd::apps
