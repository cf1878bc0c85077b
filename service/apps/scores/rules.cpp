#include "service/apps/scores/rules.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::scores {

bool Rules::counts_before(const Record& a, const Record& b) const {
  if (scoring == Operator::last && a.time != b.time) {
    return a.time > b.time;
  }
  if (a.score != b.score) {
    return better(a.score, b.score);
  }
  return a.time != b.time ? a.time < b.time : a.data < b.data;
}

Record Rules::merged(const Record& known, const Record& seen) const {
  Record result{.removed = std::max(known.removed, seen.removed)};
  for (const Record* record : {&known, &seen}) {
    const bool counts = record->time > result.removed;
    if (counts && (!result.has_score() || counts_before(*record, result))) {
      result.score = record->score;
      result.time = record->time;
      result.data = record->data;
    }
  }
  return result;
}

Record without_old_removal(Record record, std::int64_t now_ms) {
  if (is_older(record.removed, removal_cleared_ms, now_ms)) {
    record.removed = HybridTime{};
  }
  return record;
}

}  // namespace lobbyd::scores
