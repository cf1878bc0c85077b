#include "service/apps/scores/player.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lobbyd::scores {

std::string_view Player::data() const {
  const Record* record = &record_.value();
  for (const Part& part : parts_) {
    record = part.copy.value().time >= record->time ? &part.copy.value() : record;
  }
  // A plain number has none, whatever the record that it does not come from.
  return record->time == standing_.time ? record->data : std::string_view{};
}

bool Player::is_blank() const {
  return record_.is_empty() && number_.is_empty() &&
         std::ranges::all_of(parts_, [](const Part& part) { return part.copy.is_empty(); });
}

bool Player::is_settled() const {
  return record_.is_settled() && number_.is_settled() &&
         std::ranges::all_of(parts_, [](const Part& part) { return part.copy.is_settled(); });
}

bool Player::has_news() const {
  const auto is_news = [](const auto& copy) { return !copy.is_settled() && !copy.is_sent(); };
  return is_news(record_) || is_news(number_) ||
         std::ranges::any_of(parts_, [&](const Part& part) { return is_news(part.copy); });
}

void Player::see_record(const PlayerRules& rules, const Record& seen, std::int64_t now_ms) {
  const Record current = without_old_removal(seen, now_ms);
  Record known = without_old_removal(record_.value(), now_ms);
  if (!known.has_score() && is_older(known.removed, removal_kept_ms, now_ms)) {
    known = {};
  }
  Record merged = rules.merged(known, current);
  // A removal that is forgotten by now stands there, and is nothing: to be cleared away.
  const bool held = merged == current && (current != Record{} || seen == Record{});
  record_.see(std::move(merged), held);
  follow(rules);
}

// What an instance says of its own part is right; what this one says, unless the broker has a later one, of a former
// life.
void Player::see_part(const PlayerRules& rules, std::string_view instance, const Record& seen) {
  Copy<Record>& copy = part(instance);
  const bool stays = instance == rules.instance && copy.value().time >= seen.time;
  Record result = stays ? copy.value() : seen;
  const bool held = result == seen;
  copy.see(std::move(result), held);
  follow(rules);
}

void Player::see_number(const PlayerRules& rules, std::optional<double> seen, HybridTime removal) {
  const bool removes = !seen && !number_.is_empty();
  if (number_.is_sent() && seen != number_.value()) {
    return;  // what was sent comes after it
  }
  number_.see(seen, true);
  if (removes && record_.value().has_score()) {
    record_.change({.removed = removal});
  }
  follow(rules);
}

void Player::spoil_part(std::string_view instance) {
  if (find_part(instance) != nullptr) {
    part(instance).spoil();
  }
}

void Player::begin_reading() {
  visit_copies([](auto& copy) { copy.begin_reading(); });
}

void Player::end_reading(const PlayerRules& rules, std::int64_t now_ms, HybridTime removal) {
  const bool record_is_gone = record_.end_reading();
  if (number_.end_reading()) {
    // Where the record is gone as well the broker has lost its memory, and nobody removed anything.
    const bool lost = record_is_gone && record_.value().has_score();
    if (lost) {
      number_.spoil();
    } else {
      see_number(rules, std::nullopt, removal);
    }
  }
  if (record_is_gone) {
    see_record(rules, {}, now_ms);
  }
  for (Part& part : parts_) {
    if (part.copy.end_reading()) {
      const bool own = part.instance == rules.instance;
      part.copy.see(own ? part.copy.value() : Record{}, !own);
    }
  }
  follow(rules);
}

bool Player::has_room(const PlayerRules& rules, double score) const {
  const Part* own = find_part(rules.instance);
  const double own_score = own == nullptr ? 0 : own->copy.value().score;
  const double total = standing_.scored ? standing_.score : 0;
  return std::abs(own_score + score) <= max_score && std::abs(total + score) <= max_score;
}

void Player::submit(const PlayerRules& rules, double score, std::string data, HybridTime time) {
  if (rules.scoring == Operator::sum) {
    Copy<Record>& own = part(rules.instance);
    const Record& before = own.value();
    const HybridTime since = before.since ? before.since : time;
    own.change({.score = before.score + score, .time = time, .since = since, .data = std::move(data)});
  } else {
    record_.change({.score = score, .time = time, .removed = removed(), .data = std::move(data)});
    if (rules.mirrored) {
      number_.change(score);
    }
  }
  follow(rules);
}

void Player::remove(const PlayerRules& rules, HybridTime time) {
  record_.change({.removed = time});
  drop(rules);
}

void Player::drop(const PlayerRules& rules) {
  record_.change({.removed = removed()});
  number_.change(std::nullopt);
  for (Part& part : parts_) {
    part.copy.change({});
  }
  follow(rules);
}

void Player::forget_removal(const PlayerRules& rules) {
  record_.change({});
  follow(rules);
}

// A number that goes before its removal is known would look like one more removal to the others, and one that comes
// after its record like a score that was replaced.
std::vector<Publication> Player::send() {
  std::vector<Publication> publications;
  const auto send_record = [&] {
    if (record_.send()) {
      publications.push_back({.player = name_, .payload = write_record(record_.value())});
    }
  };
  const bool record_is_last = record_.value().has_score();
  if (!record_is_last) {
    send_record();
  }
  if (number_.send()) {
    publications.push_back({.topic = Publication::Topic::number,
                            .player = name_,
                            .payload = number_.value() ? write_number(*number_.value()) : std::string{}});
  }
  for (Part& part : parts_) {
    if (part.copy.send()) {
      publications.push_back({.topic = Publication::Topic::part,
                              .player = name_,
                              .instance = part.instance,
                              .payload = write_record(part.copy.value())});
    }
  }
  if (record_is_last) {
    send_record();
  }
  std::erase_if(parts_, [](const Part& part) { return part.copy.is_empty(); });
  return publications;
}

Copy<Record>& Player::part(std::string_view instance) {
  const auto place = std::ranges::lower_bound(parts_, instance, {}, &Part::instance);
  if (place != parts_.end() && place->instance == instance) {
    return place->copy;
  }
  return parts_.insert(place, {std::string(instance), {}})->copy;
}

const Player::Part* Player::find_part(std::string_view instance) const {
  const auto found = std::ranges::find(parts_, instance, &Part::instance);
  return found == parts_.end() ? nullptr : &*found;
}

// What follows from a change of what is known.
void Player::follow(const PlayerRules& rules) {
  clear_removed_parts();
  if (rules.mirrored) {
    match_number(rules);
  }
  standing_ = find_standing(rules);
}

// They are of no use to anybody, and would count again when the removal is forgotten: so they go, whosever they are.
void Player::clear_removed_parts() {
  for (Part& part : parts_) {
    if (part.copy.value().since <= removed()) {
      part.copy.change({});
    }
  }
  std::erase_if(parts_, [](const Part& part) { return part.copy.is_empty() && part.copy.is_settled(); });
}

void Player::match_number(const PlayerRules& rules) {
  const Record& record = record_.value();
  if (!record.has_score()) {
    return;
  }
  const std::optional<double>& number = number_.value();
  if (!number || (rules.scoring == Operator::best && rules.better(record.score, *number))) {
    number_.change(record.score);
  }
}

// Added in the same order everywhere: floating-point sums depend on it.
Standing Player::sum() const {
  Standing total;
  for (const Part& part : parts_) {
    const Record& record = part.copy.value();
    total.scored = total.scored || record.has_score();
    total.score += record.score;
    total.time = std::max(total.time, record.time);
  }
  total.score = std::clamp(total.score, -max_score, max_score);
  return total;
}

Standing Player::find_standing(const PlayerRules& rules) const {
  Standing standing;
  const Record& record = record_.value();
  if (rules.scoring == Operator::sum) {
    standing = sum();
  } else if (!rules.mirrored) {
    standing = {.scored = record.has_score(), .score = record.score, .time = record.time};
  } else if (const std::optional<double>& number = number_.value()) {
    const bool agree = record.has_score() && record.score == *number;
    standing = {.scored = true, .score = *number, .time = agree ? record.time : HybridTime{}};
  }
  return standing.scored ? standing : Standing{.time = record.removed};
}

template <typename Visit>
void Player::visit_copies(const Visit& visit) {
  visit(record_);
  visit(number_);
  for (Part& part : parts_) {
    visit(part.copy);
  }
}

}  // namespace lobbyd::scores
