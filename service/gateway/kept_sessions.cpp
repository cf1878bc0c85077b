#include "service/gateway/kept_sessions.hpp"

#include <spdlog/spdlog.h>

#include <iterator>
#include <utility>

namespace lobbyd::gateway {

void KeptSessions::add(std::unique_ptr<KeptSession> session, TimePoint now) {
  session->owner_ = this;
  session->ends_ = now + session->parts().terms.expiry;
  sessions_.push_back(std::move(session));
  const auto added = std::prev(sessions_.end());
  by_client_id_.emplace((*added)->client_id(), added);
  on_change(0, (*added)->held_bytes());
  if (!keeps_) {
    end(added);
  } else if (sessions_.size() > limits_.sessions) {
    end(sessions_.begin());
  }
}

const KeptSession* KeptSessions::find(const std::string& client_id, TimePoint now) const {
  const auto found = by_client_id_.find(client_id);
  return found == by_client_id_.end() || is_over(**found->second, now) ? nullptr : found->second->get();
}

std::unique_ptr<KeptSession> KeptSessions::take(const std::string& client_id) {
  const auto found = by_client_id_.find(client_id);
  if (found == by_client_id_.end()) {
    return nullptr;
  }
  std::unique_ptr<KeptSession> session = std::move(*found->second);
  sessions_.erase(found->second);
  by_client_id_.erase(found);
  bytes_ -= session->held_bytes();
  return session;
}

void KeptSessions::tick(TimePoint now) {
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    const auto session = next++;
    if (is_over(**session, now)) {
      end(session);
    }
  }
}

void KeptSessions::allow(bool kept) {
  keeps_ = kept;
  while (!keeps_ && !sessions_.empty()) {
    end(sessions_.begin());
  }
}

bool KeptSessions::is_over(const KeptSession& session, TimePoint now) {
  return session.is_lost() || now >= session.ends_;
}

void KeptSessions::end(Sessions::iterator session) {
  const std::unique_ptr<KeptSession> ended = take((*session)->client_id());
  spdlog::debug("the session of client \"{}\" is kept no longer", ended->client_id());
  end_(*ended);
}

// They end later: whoever delivers goes through the clients just now. More than enough goes at once, so that not every
// message begins to look for one.
void KeptSessions::on_change(std::size_t before, std::size_t now) {
  bytes_ += now;
  bytes_ -= before;
  if (bytes_ <= limits_.bytes) {
    return;
  }
  for (const std::unique_ptr<KeptSession>& session : sessions_) {
    if (bytes_ <= limits_.bytes - limits_.bytes / 8) {
      break;
    }
    bytes_ -= session->held_bytes();
    session->parts_.outbox.reset();
  }
}

}  // namespace lobbyd::gateway
