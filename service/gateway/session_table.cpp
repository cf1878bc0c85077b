#include "service/gateway/session_table.hpp"

#include "service/gateway/departure.hpp"
#include "service/gateway/session.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace lobbyd::gateway {

SessionTable::SessionTable(const Settings& settings)
    : settings_(settings), kept_({.sessions = settings.max_clients}, [](const KeptSession& session) {
        detach_client(*session.parts().broker, *session.parts().client, hub::Departure::lost);
      }) {}

std::optional<RefusalLog::Cause> SessionTable::full_for(const std::string& address) const {
  if (present_ >= settings_.max_clients) {
    return RefusalLog::Cause::max_clients;
  }
  const auto found = by_address_.find(address);
  const std::size_t from_there = found == by_address_.end() ? 0 : found->second;
  if (settings_.max_clients_per_ip > 0 && from_there >= settings_.max_clients_per_ip) {
    return RefusalLog::Cause::max_clients_per_ip;
  }
  return std::nullopt;
}

void SessionTable::add(std::shared_ptr<Session> session) {
  count_in(session->address());
  sessions_.push_back(std::move(session));
}

void SessionTable::leave(const Session& session) {
  count_out(session.address());
}

void SessionTable::count_in(const std::string& address) {
  ++present_;
  ++by_address_[address];
}

void SessionTable::count_out(const std::string& address) {
  --present_;
  if (const auto counted = by_address_.find(address); --counted->second == 0) {
    by_address_.erase(counted);
  }
}

std::shared_ptr<Session> SessionTable::find(const std::string& client_id) const {
  const auto found = by_client_id_.find(client_id);
  return found == by_client_id_.end() ? nullptr : found->second.lock();
}

void SessionTable::name(const std::string& client_id, const std::shared_ptr<Session>& session) {
  by_client_id_[client_id] = session;
}

void SessionTable::unname(const std::string& client_id, const Session& session) {
  if (const auto found = by_client_id_.find(client_id);
      found != by_client_id_.end() && found->second.lock().get() == &session) {
    by_client_id_.erase(found);
  }
}

void SessionTable::keep(std::unique_ptr<KeptSession> session) {
  spdlog::debug("client \"{}\" was lost; its session is kept for {} s", session->client_id(),
                session->parts().terms.expiry.count());
  session->parts().broker->hub().lose(*session->parts().client);
  kept_.add(std::move(session), std::chrono::steady_clock::now());
}

void SessionTable::tick(TimePoint now) {
  kept_.tick(now);
  for (const std::shared_ptr<Session>& session : sessions_) {
    session->tick(now);
  }
  std::erase_if(sessions_, [](const std::shared_ptr<Session>& session) { return session->is_gone(); });
}

}  // namespace lobbyd::gateway
