#pragma once

// The sessions that are kept without a connection, by their client ids. Time is a parameter.
//
// Bounded in number and in what they hold: beyond that the one whose connection was lost first is given up. One is
// ended when its time is over, or soon after it has been given up. Where none is to be kept, each ends at once.

#include "service/gateway/kept_session.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace lobbyd::gateway {

class KeptSessions {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Of one that nobody takes up any more.
  using End = std::function<void(KeptSession& session)>;

  struct Limits {
    std::size_t sessions = 10'000;
    std::size_t bytes = 256U << 20U;
  };

  KeptSessions(Limits limits, End end) : limits_(limits), end_(std::move(end)) {}
  KeptSessions(const KeptSessions&) = delete;
  KeptSessions& operator=(const KeptSessions&) = delete;
  ~KeptSessions() = default;

  // No other is kept under its client id.
  void add(std::unique_ptr<KeptSession> session, TimePoint now);
  // Null where there is none that can be taken up.
  const KeptSession* find(const std::string& client_id, TimePoint now) const;
  // It is the caller's then; null where there is none.
  std::unique_ptr<KeptSession> take(const std::string& client_id);
  void tick(TimePoint now);
  // Whether any is kept from now on; at first they are.
  void allow(bool kept);

  std::size_t size() const { return sessions_.size(); }
  std::size_t held_bytes() const { return bytes_; }

 private:
  friend KeptSession;
  using Sessions = std::list<std::unique_ptr<KeptSession>>;

  void on_change(std::size_t before, std::size_t now);
  static bool is_over(const KeptSession& session, TimePoint now);
  void end(Sessions::iterator session);

  Limits limits_;
  End end_;
  Sessions sessions_;  // in the order in which their connections were lost
  std::unordered_map<std::string, Sessions::iterator> by_client_id_;
  std::size_t bytes_ = 0;
  bool keeps_ = true;
};

}  // namespace lobbyd::gateway
