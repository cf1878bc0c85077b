#include "service/apps/presence/presence_watches.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {

std::expected<std::vector<std::string>, api::Error> PresenceWatches::watch(const std::string& client,
                                                                           const Names& players) {
  const auto present = by_client_.find(client);
  const Names none;
  const Names& watched = present == by_client_.end() ? none : present->second;
  const auto added = std::ranges::count_if(players, [&](const auto& player) { return !watched.contains(player); });
  if (watched.size() + static_cast<std::size_t>(added) > most_) {
    return std::unexpected(api::too_many("a client may watch so many players at once", most_));
  }
  if (players.empty()) {
    return std::vector<std::string>();
  }
  std::vector<std::string> first;
  Names& its_players = by_client_[client];
  for (const std::string& player : players) {
    its_players.insert(player);
    Names& watchers = by_player_[player];
    if (watchers.empty()) {
      first.push_back(player);
    }
    watchers.insert(client);
  }
  return first;
}

bool PresenceWatches::watch_all(const std::string& client) {
  const bool first = all_.empty();
  all_.insert(client);
  return first;
}

bool PresenceWatches::remove(const std::string& client, const std::string& player) {
  const auto watchers = by_player_.find(player);
  if (watchers == by_player_.end() || watchers->second.erase(client) == 0 || !watchers->second.empty()) {
    return false;
  }
  by_player_.erase(watchers);
  return true;
}

PresenceWatches::Names PresenceWatches::watched_by(const std::string& client) const {
  const auto watched = by_client_.find(client);
  return watched == by_client_.end() ? Names() : watched->second;
}

std::vector<std::string> PresenceWatches::unwatch(const std::string& client, const Names& players) {
  std::vector<std::string> unwatched;
  const auto present = by_client_.find(client);
  if (present == by_client_.end()) {
    return unwatched;
  }
  for (const std::string& player : players) {
    present->second.erase(player);
    if (remove(client, player)) {
      unwatched.push_back(player);
    }
  }
  if (present->second.empty()) {
    by_client_.erase(present);
  }
  return unwatched;
}

bool PresenceWatches::unwatch_all(const std::string& client) {
  return all_.erase(client) > 0 && all_.empty();
}

PresenceWatches::Names PresenceWatches::watched_by_name() const {
  Names names;
  for (const auto& [player, watchers] : by_player_) {
    names.insert(player);
  }
  return names;
}

std::vector<std::string_view> PresenceWatches::watchers(std::string_view player) const {
  std::vector<std::string_view> clients(all_.begin(), all_.end());
  if (const auto watchers = by_player_.find(player); watchers != by_player_.end()) {
    std::ranges::copy_if(watchers->second, std::back_inserter(clients),
                         [&](const std::string& client) { return !all_.contains(client); });
  }
  return clients;
}

}  // namespace lobbyd::apps
