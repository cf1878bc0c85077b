#pragma once

// Remembers the keys of publishes, so that a client's retry is not sent twice (api.md §3). Pure; time is a
// parameter. Bounded: when full, the key that was answered first is forgotten. Those of publishes under way are never
// forgotten; they are bounded by whatever bounds publishes.

#include "protocol/api/error.hpp"
#include "protocol/api/results.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lobbyd::hub {

class PublishKeys {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Outcome = std::expected<api::PublishResult, api::Error>;
  using Waiter = std::move_only_function<void(const Outcome&)>;

  explicit PublishKeys(std::chrono::seconds memory = std::chrono::seconds(60), std::size_t capacity = 100'000);

  // True when the key is new: the caller publishes, and tells by `finish` how that went.
  bool begin(const std::string& key, TimePoint now);
  // For a key that is not: `waiter` gets the first publish's outcome, now or when it is known.
  void wait(const std::string& key, Waiter waiter);
  // The memory of a success begins now; a failure is forgotten, so that a retry is sent.
  void finish(const std::string& key, const Outcome& outcome, TimePoint now);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::optional<Outcome> outcome;  // none: the publish is under way
    std::vector<Waiter> waiters;
  };
  void forget_old(TimePoint now);

  std::chrono::seconds memory_;
  std::size_t capacity_;
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::pair<TimePoint, std::string>> answered_;  // by age
};

}  // namespace lobbyd::hub
