#include "service/apps/presence/presence_table.hpp"

#include "protocol/api/params.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {

void PresenceTable::put(const PresenceTopic& topic, std::optional<PresenceRecord> record) {
  const auto player = players_.find(topic.player);
  if (player != players_.end()) {
    auto& connections = player->second.connections;
    if (const auto present = connections.find(topic.client); present != connections.end()) {
      connections.erase(present);
      --records_;
    }
  }
  if (record && records_ < most_records_) {
    players_[std::string(topic.player)].connections.emplace(topic.client, *std::move(record));
    ++records_;
  }
  drop_if_empty(topic.player);
}

void PresenceTable::put_last_seen(std::string_view player, std::optional<std::int64_t> time_ms) {
  const auto present = players_.find(player);
  if (present != players_.end() && std::exchange(present->second.last_seen, std::nullopt)) {
    --records_;
  }
  if (time_ms && records_ < most_records_) {
    players_[std::string(player)].last_seen = time_ms;
    ++records_;
  }
  drop_if_empty(player);
}

void PresenceTable::drop_if_empty(std::string_view player) {
  const auto present = players_.find(player);
  if (present != players_.end() && present->second.records() == 0) {
    players_.erase(present);
  }
}

void PresenceTable::forget(std::string_view player) {
  if (const auto present = players_.find(player); present != players_.end()) {
    records_ -= present->second.records();
    players_.erase(present);
  }
}

void PresenceTable::keep(const std::set<std::string, std::less<>>& players) {
  std::erase_if(players_, [&](const auto& entry) {
    const bool goes = !players.contains(entry.first);
    records_ -= goes ? entry.second.records() : 0;
    return goes;
  });
}

PresenceState PresenceTable::state(std::string_view player, std::int64_t now_ms) const {
  const auto present = players_.find(player);
  if (present == players_.end()) {
    return {};
  }
  const auto& [connections, last_seen] = present->second;
  if (!connections.empty()) {
    const auto latest = std::ranges::max_element(connections, {}, [](const auto& entry) { return entry.second.at; });
    const PresenceRecord& record = latest->second;
    return {.status = record.status, .data = record.data, .since = record.since};
  }
  const bool expired = last_seen && *last_seen + offline_expiry_.count() <= now_ms;
  return {.since = expired ? std::nullopt : last_seen};
}

bool PresenceTable::is_online(std::string_view player) const {
  const auto present = players_.find(player);
  return present != players_.end() && !present->second.connections.empty();
}

std::vector<std::string> PresenceTable::players() const {
  std::vector<std::string> names;
  names.reserve(players_.size());
  for (const auto& [name, player] : players_) {
    names.push_back(name);
  }
  return names;
}

std::set<std::string, std::less<>> PresenceTable::topics(const PresenceTopics& names) const {
  std::set<std::string, std::less<>> topics;
  for (const auto& [name, player] : players_) {
    for (const auto& [client, record] : player.connections) {
      topics.insert(names.connection(name, client));
    }
    if (player.last_seen) {
      topics.insert(names.last_seen(name));
    }
  }
  return topics;
}

std::expected<Page, api::Error> PresenceTable::page(const std::vector<std::string>& sorted,
                                                    const std::optional<std::string>& cursor, PageLimits limits,
                                                    std::int64_t now_ms) const {
  if (cursor && !api::is_valid_name(*cursor)) {
    return std::unexpected(api::invalid_field("cursor", R"("cursor" must be the "next" of the page before)"));
  }
  PageBuilder builder(limits);
  std::optional<std::string> next;
  const std::string* last = nullptr;
  for (auto name = cursor ? std::ranges::upper_bound(sorted, *cursor) : sorted.begin(); name != sorted.end(); ++name) {
    if (builder.add(write_state(*name, state(*name, now_ms))) == PageBuilder::Added::full) {
      next = *last;
      break;
    }
    last = &*name;
  }
  Page page = builder.take();
  page.next = std::move(next);
  return page;
}

}  // namespace lobbyd::apps
