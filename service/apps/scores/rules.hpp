#pragma once

// How the scores of a board are compared. Every instance that has seen the same records comes to the same result,
// whatever the order in which it saw them.

#include "service/apps/scores/score_record.hpp"

#include <cstdint>

namespace lobbyd::scores {

// Of several scores of a player: the better one counts, the last one, or all of them together.
enum class Operator : std::uint8_t { best, last, sum };
// Which scores are better: higher ones, or lower ones.
enum class Order : std::uint8_t { descending, ascending };

// A removal is remembered for so long. Whoever has not heard of it by then may bring the score back.
inline constexpr std::int64_t removal_kept_ms = std::int64_t{7} * 24 * 3'600'000;
// Instances with different clocks must not disagree about that for ever: in between none insists on it, and none
// clears it away.
inline constexpr std::int64_t removal_cleared_ms = removal_kept_ms + 3'600'000;

struct Rules {
  Operator scoring = Operator::best;
  Order order = Order::descending;

  bool better(double a, double b) const { return order == Order::descending ? a > b : a < b; }

  // What is known after `seen`: of two removals the later one, and of the scores that are newer the one that counts.
  // For `best` and `last`.
  Record merged(const Record& known, const Record& seen) const;

 private:
  // Whether the score of `a` counts rather than that of `b`. A total order of all that differs, so that all agree.
  bool counts_before(const Record& a, const Record& b) const;
};

inline bool is_older(HybridTime removal, std::int64_t age_ms, std::int64_t now_ms) {
  return removal.ms() + age_ms < now_ms;
}

// Without a removal that is forgotten by now.
Record without_old_removal(Record record, std::int64_t now_ms);

}  // namespace lobbyd::scores
