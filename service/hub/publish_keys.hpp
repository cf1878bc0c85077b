#pragma once

// Remembers the keys of publishes, so that a client's retry is not sent twice (api.md §3). Pure; time is a
// parameter. Bounded: when full, the oldest key is forgotten.

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
#include <vector>

namespace lobbyd::hub {

class PublishKeys {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Outcome = std::expected<api::PublishResult, api::Error>;
  using Waiter = std::move_only_function<void(const Outcome&)>;

  explicit PublishKeys(std::chrono::seconds memory = std::chrono::seconds(60), std::size_t capacity = 100'000);

  // True when the key is new: the caller publishes, and tells by `finish` how that went. Otherwise it was seen:
  // `waiter` gets the first publish's outcome, now or when it is known.
  bool begin(const std::string& key, TimePoint now, Waiter waiter);
  // A failure is forgotten, so that a retry is sent.
  void finish(const std::string& key, const Outcome& outcome);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    TimePoint since;
    std::optional<Outcome> outcome;  // none: the publish is under way
    std::vector<Waiter> waiters;
  };
  void forget_old(TimePoint now);

  std::chrono::seconds memory_;
  std::size_t capacity_;
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::pair<TimePoint, std::string>> by_age_;
};

}  // namespace lobbyd::hub
