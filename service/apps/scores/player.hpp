#pragma once

// What is known of one player on a board: the topics, and the score that comes of them.
//
// For `best` and `last` that is the record. For `sum` the record holds removals alone, and each instance has a part. On
// a mirrored board there is a plain number, too: it says whether the player is there, and it decides, save that for
// `best` a better record prevails. The record has the score's time and data where both agree.

#include "service/apps/scores/copy.hpp"
#include "service/apps/scores/rules.hpp"
#include "service/apps/scores/score_record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::scores {

struct PlayerRules : Rules {
  bool mirrored = false;      // not for `sum`
  std::string instance = {};  // this one; for `sum`
};

// Where a score stands among the others.
struct Standing {
  bool scored = false;
  double score = 0;
  HybridTime time = {};  // none: a plain number. Where there is no score: of the removal

  bool operator==(const Standing&) const = default;
};

// What the broker has to be told: a retained message, empty to clear its topic.
struct Publication {
  enum class Topic : std::uint8_t { record, part, number };
  Topic topic = Topic::record;
  std::string player = {};
  std::string instance = {};  // of a part
  std::string payload = {};

  bool operator==(const Publication&) const = default;
};

class Player {
 public:
  explicit Player(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  const Standing& standing() const { return standing_; }
  // Compact JSON; empty: none.
  std::string_view data() const;
  HybridTime removed() const { return record_.value().removed; }
  // There is nothing to know about it.
  bool is_blank() const;
  bool is_settled() const;
  // Whether something is to be told to the broker.
  bool has_news() const;

  // A topic was seen; the default value stands for an empty one.
  void see_record(const PlayerRules& rules, const Record& seen, std::int64_t now_ms);
  void see_part(const PlayerRules& rules, std::string_view instance, const Record& seen);
  // An empty one removes the player: at `removal`, a time of now.
  void see_number(const PlayerRules& rules, std::optional<double> seen, HybridTime removal);
  // The same for what is no record.
  void spoil_record() { record_.spoil(); }
  void spoil_part(std::string_view instance);
  void spoil_number() { number_.spoil(); }

  // All topics are read again, as after a break of the link. What a whole reading has not shown is empty.
  void begin_reading();
  void end_reading(const PlayerRules& rules, std::int64_t now_ms, HybridTime removal);

  // Whether a sum stays in the range of scores.
  bool has_room(const PlayerRules& rules, double score) const;
  // Takes the place of what was there; for `sum` it is added.
  void submit(const PlayerRules& rules, double score, std::string data, HybridTime time);
  void remove(const PlayerRules& rules, HybridTime time);
  // The score goes, and nothing says that it is removed.
  void drop(const PlayerRules& rules);
  // It need not be remembered any more that there was a removal.
  void forget_removal(const PlayerRules& rules);

  // All that the broker is not known to hold, in the order in which it is to be sent. It counts as sent then.
  std::vector<Publication> send();

 private:
  struct Part {
    std::string instance;
    Copy<Record> copy;
  };

  Copy<Record>& part(std::string_view instance);
  const Part* find_part(std::string_view instance) const;
  void follow(const PlayerRules& rules);
  void clear_removed_parts();
  void match_number(const PlayerRules& rules);
  Standing sum() const;
  Standing find_standing(const PlayerRules& rules) const;
  // Of all copies: the record first.
  template <typename Visit>
  void visit_copies(const Visit& visit);

  std::string name_;
  Copy<Record> record_;
  Copy<std::optional<double>> number_;
  std::vector<Part> parts_;  // by the instance
  Standing standing_;
};

}  // namespace lobbyd::scores
