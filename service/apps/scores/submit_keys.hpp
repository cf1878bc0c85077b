#pragma once

// Remembers what came of the submissions that have a key, so that a client's retry is not counted twice. Pure.
//
// Bounded: when full, the oldest is forgotten.

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace lobbyd::scores {

// What a submission is answered with. Ranks count from 1; where the player is not on the board there is none.
struct Outcome {
  bool accepted = false;
  std::optional<double> score = std::nullopt;  // that counts now
  std::optional<std::size_t> rank = std::nullopt;
  std::optional<double> previous = std::nullopt;

  bool operator==(const Outcome&) const = default;
};

class SubmitKeys {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit SubmitKeys(std::chrono::seconds memory = std::chrono::seconds(60), std::size_t capacity = 10'000)
      : memory_(memory), capacity_(capacity) {}

  // nullptr: the key is not known.
  const Outcome* find(const std::string& player, const std::string& key, TimePoint now);
  void remember(const std::string& player, const std::string& key, const Outcome& outcome, TimePoint now);

  std::size_t size() const { return outcomes_.size(); }

 private:
  void forget_old(TimePoint now);

  std::chrono::seconds memory_;
  std::size_t capacity_;
  std::unordered_map<std::string, Outcome> outcomes_;
  std::deque<std::pair<TimePoint, std::string>> by_age_;
};

}  // namespace lobbyd::scores
