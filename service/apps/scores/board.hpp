#pragma once

// One period of one board, as one instance has it: fed with what the broker's topics hold, it says who stands where,
// and what the broker has to be told. Pure; time is a parameter. One thread.
//
// All instances come to the same entries, whatever the order in which they see each other's records:
//   - Of two records that were seen on a topic one counts, the same one everywhere (`Rules`). A record names the
//     removal that it came after, so that whoever sees it knows of the removal, too.
//   - Whoever sees less on a topic than it knows writes that back, a little later, at another time than the others: who
//     comes first has done it for all. What was written itself and has not come back yet is waited for. Of the parts of
//     a sum only the own one is written.
//   - What ranks below `max_entries` is not shown, and after some seconds dropped, its topics cleared; meanwhile it may
//     rise again as more is seen.
//
// How it is used: `begin_reading`, all retained messages of the board's topics by `see_...`, `end_reading`, and from
// then on every live message, its own among them. After a break of the link it is read again in the same way. Every
// call but the const ones may change `next_due`; then, or when the time has come, the caller sends what `take_due`
// gives, in that order, retained, at QoS 1. A reading that was cut is not ended but begun again.

#include "protocol/api/error.hpp"
#include "protocol/api/json_reader.hpp"
#include "service/apps/hybrid_clock.hpp"
#include "service/apps/moment.hpp"
#include "service/apps/scores/player.hpp"
#include "service/apps/scores/ranking.hpp"
#include "service/apps/scores/submit_keys.hpp"
#include "service/schedule/agenda.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::scores {

using apps::Moment;

struct BoardSettings {
  PlayerRules rules = {};
  std::size_t max_entries = 100'000;  // at least 1
};

// Views are valid until the board changes.
struct Entry {
  std::size_t rank = 0;  // from 1
  std::string_view player = {};
  double score = 0;
  std::string_view data = {};  // compact JSON; empty: none
  HybridTime time = {};        // none: a plain number
};

struct Submission {
  std::string player = {};
  double score = 0;
  std::string data = {};  // compact JSON; empty: none
  std::string key = {};   // empty: none
};

// What a message has been to the board. One that is no record, or that comes from a clock which is far ahead, changes
// nothing.
enum class Sight : std::uint8_t { taken, unreadable, ahead };

class Board {
 public:
  struct Change {
    Outcome outcome = {};
    std::vector<Publication> publications = {};
  };

  // The clock and the reader are the instance's, and outlive the board.
  Board(BoardSettings settings, apps::HybridClock& clock, api::JsonReader& reader);

  void begin_reading();
  void end_reading(Moment now);
  bool is_reading() const { return reading_; }

  // What the topic of a player, of an instance's part of a sum, or of a plain number holds. Empty: nothing.
  Sight see_record(std::string_view player, std::string_view payload, Moment now);
  Sight see_part(std::string_view player, std::string_view instance, std::string_view payload, Moment now);
  Sight see_number(std::string_view player, std::string_view payload, Moment now);

  // After the first reading. What is given is to be sent at once, and counts as sent; where the broker does not take
  // it, it is sent again later. A retry with the same key within 60 s gives the first outcome, and again what has not
  // come back yet. bad_score: a sum would leave the range of scores.
  std::expected<Change, api::Error> submit(const Submission& submission, Moment now);
  // Gives nothing where there is no score to remove.
  std::vector<Publication> remove(std::string_view player, Moment now);

  // Of about `most` messages at once; more may be due.
  std::vector<Publication> take_due(Moment now, std::size_t most);
  std::optional<std::chrono::steady_clock::time_point> next_due(Moment now) const;

  std::size_t total() const;
  std::vector<Entry> top(std::size_t limit, std::size_t offset = 0) const;
  // The player in the middle where there are enough on both sides. Empty: the player is not on the board.
  std::vector<Entry> around(std::string_view player, std::size_t limit) const;
  std::optional<Entry> get(std::string_view player) const;

  // The first rank, from 0, that has changed since the last call.
  std::optional<std::size_t> take_changed_rank();

 private:
  using Topic = Publication::Topic;

  std::expected<Record, Sight> read(Topic topic, std::string_view payload, Moment now);
  template <typename Mutation>
  Sight see(std::string_view player, bool nothing, Moment now, const Mutation& mutation);
  template <typename Mutation>
  Sight ignore(Sight sight, std::string_view player, Moment now, const Mutation& spoil);
  template <typename Mutation>
  void change(const Player& player, Moment now, const Mutation& mutation);
  void settle(const Player& player, Moment now);
  void drop_later(const Player& player, Moment now);
  void trim();
  void erase(const Player& player);
  void clear_old_removals(Moment now);
  template <typename Mutation>
  std::vector<Publication> send(const Player& player, Moment now, const Mutation& mutation);
  std::vector<Publication> send(const Player& player, Moment now);

  bool accepts(const Standing& before, double score) const;
  // From 0; none for a player without a score.
  std::optional<std::size_t> rank(const Player& player) const;
  bool is_surplus(const Player& player) const;
  void add_standing(Outcome& outcome, const Player* player, const Standing& before) const;
  std::chrono::milliseconds delay(std::string_view player) const;
  HybridTime tick(Moment now) { return clock_.tick(now.unix_ms); }

  BoardSettings settings_;
  apps::HybridClock& clock_;
  api::JsonReader& reader_;
  Ranking players_;
  Agenda repairs_;
  Agenda drops_;
  SubmitKeys keys_;
  std::optional<std::size_t> changed_rank_;
  bool reading_ = false;
};

}  // namespace lobbyd::scores
