#pragma once

// When which client is to be looked at: of each the earliest time. Pure.

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace lobbyd::hub {

class Agenda {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void add(TimePoint time, const std::string& client) {
    const auto [found, added] = times_.emplace(client, time);
    if (!added) {
      if (found->second <= time) {
        return;
      }
      order_.erase({found->second, client});
      found->second = time;
    }
    order_.emplace(time, client);
  }

  std::optional<TimePoint> next() const { return order_.empty() ? std::nullopt : std::optional(order_.begin()->first); }

  std::optional<std::string> take_due(TimePoint now) {
    if (order_.empty() || order_.begin()->first > now) {
      return std::nullopt;
    }
    std::string client = std::move(order_.extract(order_.begin()).value().second);
    times_.erase(client);
    return client;
  }

 private:
  std::set<std::pair<TimePoint, std::string>> order_;
  std::unordered_map<std::string, TimePoint> times_;
};

}  // namespace lobbyd::hub
