#pragma once

// All sessions of this daemon: who is here, under which client id; and those that are kept. From where clients are
// here, also those without a session.

#include "service/gateway/kept_sessions.hpp"
#include "service/gateway/refusal_log.hpp"
#include "service/gateway/rivals.hpp"
#include "service/gateway/settings.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lobbyd::gateway {

class Session;

class SessionTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit SessionTable(const Settings& settings);

  // Why a connection from there cannot be served; nothing where it can.
  std::optional<RefusalLog::Cause> full_for(const std::string& address) const;
  void add(std::shared_ptr<Session> session);
  // The session makes room: its connection has ended, or is being closed.
  void leave(const Session& session);
  // A client of another protocol comes and goes.
  void count_in(const std::string& address);
  void count_out(const std::string& address);

  // A client id names one session at a time.
  std::shared_ptr<Session> find(const std::string& client_id) const;
  void name(const std::string& client_id, const std::shared_ptr<Session>& session);
  void unname(const std::string& client_id, const Session& session);

  // Its connection is lost: the time of its will begins, and its own.
  void keep(std::unique_ptr<KeptSession> session);
  KeptSessions& kept() { return kept_; }
  Rivals& rivals() { return rivals_; }

  // Checks the times of all until `connect`, and forgets those that are gone.
  void tick(TimePoint now);
  // Clients that have not left.
  std::size_t present() const { return present_; }
  bool empty() const { return sessions_.empty(); }
  const std::vector<std::shared_ptr<Session>>& all() const { return sessions_; }

 private:
  const Settings& settings_;
  std::vector<std::shared_ptr<Session>> sessions_;           // until their sockets are closed
  std::size_t present_ = 0;                                  // clients that have not left
  std::unordered_map<std::string, std::size_t> by_address_;  // of those, how many
  std::unordered_map<std::string, std::weak_ptr<Session>> by_client_id_;
  KeptSessions kept_;
  Rivals rivals_;
};

}  // namespace lobbyd::gateway
