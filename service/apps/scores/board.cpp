#include "service/apps/scores/board.hpp"

#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

namespace lobbyd::scores {
namespace {

using namespace std::chrono_literals;

// Each instance writes back after a time of its own between these.
constexpr auto shortest_delay = 200ms;
constexpr auto longest_delay = 1200ms;
// How long one that has fallen below `max_entries` may rise again: as long as it takes until all have seen the same.
constexpr auto surplus_kept = 5s;
// What has not come back by then is sent again.
constexpr auto return_time = 30s;

// More players than are kept may be known for a while; beyond that the worst are forgotten at once.
constexpr std::size_t least_surplus = 1000;

std::size_t most_surplus(const BoardSettings& settings) {
  return std::max(settings.max_entries, least_surplus);
}

Entry entry_of(const Player& player, std::size_t rank) {
  return {.rank = rank + 1,
          .player = player.name(),
          .score = player.standing().score,
          .data = player.data(),
          .time = player.standing().time};
}

}  // namespace

Board::Board(BoardSettings settings, apps::HybridClock& clock, api::JsonReader& reader)
    : settings_(std::move(settings)),
      clock_(clock),
      reader_(reader),
      players_({settings_.rules.scoring, settings_.rules.order}) {}

void Board::begin_reading() {
  reading_ = true;
  for (const std::string& name : players_.names()) {
    players_.change(*players_.find(name), [](Player& player) { player.begin_reading(); });
  }
}

void Board::end_reading(Moment now) {
  reading_ = false;
  const HybridTime removal = settings_.rules.mirrored ? tick(now) : HybridTime{};
  for (const std::string& name : players_.names()) {
    if (const Player* player = players_.find(name)) {
      change(*player, now, [&](Player& read) { read.end_reading(settings_.rules, now.unix_ms, removal); });
    }
  }
}

std::expected<Record, Sight> Board::read(Topic topic, std::string_view payload, Moment now) {
  if (payload.empty()) {
    return Record{};
  }
  const auto record = read_record(reader_, payload);
  const bool holds_scores = topic == Topic::part || settings_.rules.scoring != Operator::sum;
  const bool fits = record && (!record->has_score() || holds_scores) && (topic != Topic::part || record->since);
  if (!fits) {
    return std::unexpected(Sight::unreadable);
  }
  if (!clock_.observe(std::max(record->time, record->removed), now.unix_ms)) {
    return std::unexpected(Sight::ahead);
  }
  return *record;
}

Sight Board::see_record(std::string_view player, std::string_view payload, Moment now) {
  const auto record = read(Topic::record, payload, now);
  if (!record) {
    return ignore(record.error(), player, now, [](Player& known) { known.spoil_record(); });
  }
  return see(player, payload.empty(), now,
             [&](Player& seen) { seen.see_record(settings_.rules, *record, now.unix_ms); });
}

Sight Board::see_part(std::string_view player, std::string_view instance, std::string_view payload, Moment now) {
  const auto record = read(Topic::part, payload, now);
  if (!record) {
    return ignore(record.error(), player, now, [&](Player& known) { known.spoil_part(instance); });
  }
  return see(player, payload.empty(), now, [&](Player& seen) { seen.see_part(settings_.rules, instance, *record); });
}

Sight Board::see_number(std::string_view player, std::string_view payload, Moment now) {
  const auto number = read_number(payload);
  if (!number && !payload.empty()) {
    return ignore(Sight::unreadable, player, now, [](Player& known) { known.spoil_number(); });
  }
  // Others clear the number of one that they drop.
  const Player* known = players_.find(player);
  const bool dropped = !number && known != nullptr && is_surplus(*known);
  const HybridTime removal = number ? HybridTime{} : tick(now);
  return see(player, payload.empty(), now, [&](Player& seen) {
    if (dropped) {
      seen.drop(settings_.rules);
    }
    seen.see_number(settings_.rules, number, removal);
  });
}

// `nothing`: the topic is empty.
template <typename Mutation>
Sight Board::see(std::string_view player, bool nothing, Moment now, const Mutation& mutation) {
  const Player* known = players_.find(player);
  if (known != nullptr || !nothing) {
    change(known != nullptr ? *known : players_.add(player), now, mutation);
  }
  return Sight::taken;
}

template <typename Mutation>
Sight Board::ignore(Sight sight, std::string_view player, Moment now, const Mutation& spoil) {
  const Player* known = players_.find(player);
  if (sight == Sight::unreadable && known != nullptr) {
    change(*known, now, spoil);
  }
  return sight;
}

std::expected<Board::Change, api::Error> Board::submit(const Submission& submission, Moment now) {
  const Player* player = players_.find(submission.player);
  if (const Outcome* first = keys_.find(submission.player, submission.key, now.steady); first != nullptr) {
    return Change{*first, player != nullptr ? send(*player, now) : std::vector<Publication>{}};
  }
  const PlayerRules& rules = settings_.rules;
  const Standing before = player != nullptr ? player->standing() : Standing{};
  const HybridTime time = tick(now);
  const bool fits =
      before.scored || players_.rank({true, submission.score, time}, submission.player) < settings_.max_entries;
  Change change;
  if (fits && accepts(before, submission.score)) {
    if (player == nullptr) {
      player = &players_.add(submission.player);
    }
    if (rules.scoring == Operator::sum && !player->has_room(rules, submission.score)) {
      return std::unexpected(api::Error{api::Reason::bad_score, "the sum would be beyond 2^53-1"});
    }
    change.publications =
        send(*player, now, [&](Player& known) { known.submit(rules, submission.score, submission.data, time); });
    change.outcome.accepted = true;
  }
  add_standing(change.outcome, player, before);
  if (!submission.key.empty()) {
    keys_.remember(submission.player, submission.key, change.outcome, now.steady);
  }
  return change;
}

std::vector<Publication> Board::remove(std::string_view name, Moment now) {
  const Player* player = players_.find(name);
  if (player == nullptr || !player->standing().scored) {
    return {};
  }
  return send(*player, now, [&](Player& known) { known.remove(settings_.rules, tick(now)); });
}

std::vector<Publication> Board::take_due(Moment now, std::size_t most) {
  std::vector<Publication> due;
  if (reading_) {
    return due;
  }
  clear_old_removals(now);
  const auto add = [&](std::vector<Publication> publications) {
    std::ranges::move(publications, std::back_inserter(due));
  };
  while (due.size() < most) {
    if (const auto name = drops_.take_due(now.steady)) {
      const Player& player = *players_.find(*name);
      if (is_surplus(player)) {
        add(send(player, now, [&](Player& known) { known.drop(settings_.rules); }));
      } else if (!player.is_settled()) {
        add(send(player, now));  // it was left out while it was to be dropped
      }
    } else if (const auto unsettled = repairs_.take_due(now.steady)) {
      const Player& player = *players_.find(*unsettled);
      if (!is_surplus(player)) {
        add(send(player, now));
      }
    } else {
      break;
    }
  }
  return due;
}

std::optional<std::chrono::steady_clock::time_point> Board::next_due(Moment now) const {
  if (reading_) {
    return std::nullopt;
  }
  const HybridTime oldest =
      players_.scored() < players_.size() ? players_.at(players_.scored()).removed() : HybridTime();
  return earliest({repairs_.next(), drops_.next(), oldest ? now.when(oldest.ms() + removal_cleared_ms + 1) : Due()});
}

std::size_t Board::total() const {
  return std::min(players_.scored(), settings_.max_entries);
}

std::vector<Entry> Board::top(std::size_t limit, std::size_t offset) const {
  std::vector<Entry> entries;
  const std::size_t first = std::min(offset, total());
  const std::size_t end = first + std::min(limit, total() - first);
  auto player = players_.from(first);
  for (std::size_t rank = first; rank < end; ++rank, ++player) {
    entries.push_back(entry_of(*player, rank));
  }
  return entries;
}

std::vector<Entry> Board::around(std::string_view player, std::size_t limit) const {
  const auto found = get(player);
  if (!found) {
    return {};
  }
  const std::size_t before = std::min(found->rank - 1, limit / 2);
  const std::size_t last_offset = total() - std::min(limit, total());
  return top(limit, std::min(found->rank - 1 - before, last_offset));
}

std::optional<Entry> Board::get(std::string_view name) const {
  const Player* player = players_.find(name);
  const auto found = player == nullptr ? std::nullopt : rank(*player);
  return found && *found < total() ? std::optional(entry_of(*player, *found)) : std::nullopt;
}

std::optional<std::size_t> Board::take_changed_rank() {
  return std::exchange(changed_rank_, std::nullopt);
}

template <typename Mutation>
void Board::change(const Player& player, Moment now, const Mutation& mutation) {
  constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  const Standing before = player.standing();
  const std::size_t old_rank = rank(player).value_or(nowhere);
  players_.change(player, mutation);
  if (player.standing() != before) {
    const std::size_t first = std::min(old_rank, rank(player).value_or(nowhere));
    if (first < settings_.max_entries) {
      changed_rank_ = std::min(changed_rank_.value_or(first), first);
    }
  }
  settle(player, now);
}

template <typename Mutation>
std::vector<Publication> Board::send(const Player& player, Moment now, const Mutation& mutation) {
  std::vector<Publication> publications;
  repairs_.remove(player.name());
  change(player, now, [&](Player& known) {
    mutation(known);
    publications = known.send();
  });
  return publications;
}

std::vector<Publication> Board::send(const Player& player, Moment now) {
  return send(player, now, [](Player& /*known*/) {});
}

// What is to be done about a player after a change.
void Board::settle(const Player& player, Moment now) {
  if (player.is_blank() && !player.has_news()) {
    erase(player);
    return;
  }
  if (player.is_settled()) {
    repairs_.remove(player.name());
  } else {
    repairs_.add(player.name(), now.steady + (player.has_news() ? delay(player.name()) : return_time));
  }
  if (players_.scored() > settings_.max_entries) {
    drop_later(players_.at(settings_.max_entries), now);  // who has been pushed out
    drop_later(player, now);
  }
  trim();
}

void Board::drop_later(const Player& player, Moment now) {
  if (is_surplus(player)) {
    drops_.add(player.name(), now.steady + surplus_kept + delay(player.name()));
  }
}

void Board::trim() {
  const std::size_t surplus = most_surplus(settings_);
  while (players_.scored() > settings_.max_entries + surplus) {
    erase(players_.at(players_.scored() - 1));
  }
  while (players_.size() - players_.scored() > surplus) {
    erase(players_.at(players_.scored()));
  }
}

void Board::erase(const Player& player) {
  repairs_.remove(player.name());
  drops_.remove(player.name());
  players_.erase(player);
}

void Board::clear_old_removals(Moment now) {
  while (players_.scored() < players_.size()) {
    const Player& oldest = players_.at(players_.scored());
    if (!oldest.removed() || !is_older(oldest.removed(), removal_cleared_ms, now.unix_ms)) {
      return;
    }
    change(oldest, now, [&](Player& player) { player.forget_removal(settings_.rules); });
  }
}

bool Board::accepts(const Standing& before, double score) const {
  const Rules& rules = settings_.rules;
  return !before.scored || rules.scoring != Operator::best || rules.better(score, before.score) ||
         (score == before.score && !before.time);
}

std::optional<std::size_t> Board::rank(const Player& player) const {
  return player.standing().scored ? std::optional(players_.rank(player)) : std::nullopt;
}

bool Board::is_surplus(const Player& player) const {
  return player.standing().scored && players_.scored() > settings_.max_entries &&
         players_.rank(player) >= settings_.max_entries;
}

void Board::add_standing(Outcome& outcome, const Player* player, const Standing& before) const {
  if (before.scored) {
    outcome.previous = before.score;
  }
  if (player != nullptr && player->standing().scored) {
    outcome.score = player->standing().score;
    outcome.rank = is_surplus(*player) ? std::nullopt : std::optional(players_.rank(*player) + 1);
  }
}

std::chrono::milliseconds Board::delay(std::string_view player) const {
  const std::size_t hash = std::hash<std::string>{}(settings_.rules.instance + '/' + std::string(player));
  return shortest_delay +
         std::chrono::milliseconds(hash % static_cast<std::size_t>((longest_delay - shortest_delay).count()));
}

}  // namespace lobbyd::scores
