#include "service/apps/rooms/bans.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {

std::int64_t Bans::end_of(const Ban& ban) {
  return std::max(ban.until, ban.at.ms() + std::chrono::milliseconds(shortest).count());
}

bool Bans::expels(std::string_view banned_client, const Ban& ban, std::string_view client_id,
                  const MemberRecord& record, std::int64_t now_ms) {
  const bool kicked = client_id == banned_client && record.at < ban.at;
  return kicked || (record.player == ban.player && now_ms < ban.until);
}

void Bans::put(std::string_view client_id, Ban ban) {
  const auto [found, is_new] = bans_.try_emplace(std::string(client_id), ban);
  if (!is_new) {
    found->second = std::move(ban);
  } else if (bans_.size() > most) {
    bans_.erase(std::ranges::min_element(bans_, {}, [](const auto& entry) { return end_of(entry.second); }));
  }
}

void Bans::remove(std::string_view client_id) {
  if (const auto found = bans_.find(client_id); found != bans_.end()) {
    bans_.erase(found);
  }
}

void Bans::forget_ended(std::int64_t now_ms) {
  std::erase_if(bans_, [&](const auto& entry) {
    return end_of(entry.second) + std::chrono::milliseconds(shortest).count() <= now_ms;
  });
}

const Ban* Bans::find(std::string_view client_id) const {
  const auto found = bans_.find(client_id);
  return found == bans_.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> Bans::until(std::string_view player, std::int64_t now_ms) const {
  std::optional<std::int64_t> latest;
  for (const auto& [client, ban] : bans_) {
    if (ban.player == player && ban.until > now_ms) {
      latest = std::max(latest.value_or(0), ban.until);
    }
  }
  return latest;
}

std::optional<std::int64_t> Bans::next_end(std::string_view instance) const {
  std::optional<std::int64_t> next;
  for (const auto& [client, ban] : bans_) {
    if (ban.instance == instance) {
      next = std::min(next.value_or(HybridTime::latest_ms), end_of(ban));
    }
  }
  return next;
}

std::vector<std::string> Bans::ended(std::string_view instance, std::int64_t now_ms) const {
  std::vector<std::string> clients;
  for (const auto& [client, ban] : bans_) {
    if (ban.instance == instance && end_of(ban) <= now_ms) {
      clients.push_back(client);
    }
  }
  return clients;
}

}  // namespace lobbyd::apps
