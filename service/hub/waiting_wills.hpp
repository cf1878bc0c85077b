#pragma once

// The wills of clients that have gone, until their delay is over. Pure; time is a parameter.
//
// Bounded in number and bytes: beyond that the next ones are due early.

#include "service/hub/client.hpp"
#include "service/upstream/message.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lobbyd::hub {

class WaitingWills {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Will {
    std::shared_ptr<Client> client;
    upstream::Message message;
  };
  struct Limits {
    std::size_t wills = 100'000;
    std::size_t bytes = 64U << 20U;
  };

  WaitingWills() : WaitingWills(Limits{}) {}
  explicit WaitingWills(Limits limits) : limits_(limits) {}

  void add(TimePoint due, Will will);
  // The next one that is due, and then it is the caller's.
  std::optional<Will> take_due(TimePoint now);
  // Takes out the wills of the clients of this id.
  std::vector<Will> cancel(const std::string& client_id);

  // When the next one is due.
  std::optional<TimePoint> next() const { return wills_.empty() ? std::nullopt : std::optional(wills_.begin()->first); }
  std::size_t size() const { return wills_.size(); }

 private:
  using Wills = std::multimap<TimePoint, Will>;

  Will take(Wills::iterator will);

  Limits limits_;
  Wills wills_;
  std::unordered_multimap<std::string, Wills::iterator> by_client_;
  std::size_t bytes_ = 0;
};

}  // namespace lobbyd::hub
