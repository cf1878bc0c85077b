#pragma once

// What is known of players: all their connections, on all instances, and when those were last here who are not. Pure.

#include "protocol/api/error.hpp"
#include "service/apps/json_page.hpp"
#include "service/apps/presence/presence_records.hpp"
#include "service/apps/presence/presence_topics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

class PresenceTable {
 public:
  // Others may write as many records as they like; so many are kept.
  explicit PresenceTable(std::chrono::milliseconds offline_expiry, std::size_t most_records = 200'000)
      : offline_expiry_(offline_expiry), most_records_(most_records) {}

  // Nothing: the record was cleared.
  void put(const PresenceTopic& topic, std::optional<PresenceRecord> record);
  void put_last_seen(std::string_view player, std::optional<std::int64_t> time_ms);
  void forget(std::string_view player);
  // All but these.
  void keep(const std::set<std::string, std::less<>>& players);

  // The latest that any of its connections has set; offline where it has none.
  PresenceState state(std::string_view player, std::int64_t now_ms) const;
  bool is_online(std::string_view player) const;
  // Names.
  std::vector<std::string> players() const;
  std::set<std::string, std::less<>> topics(const PresenceTopics& names) const;

  // The states of these, sorted, each once; the cursor is the last one on the page before.
  std::expected<Page, api::Error> page(const std::vector<std::string>& sorted, const std::optional<std::string>& cursor,
                                       PageLimits limits, std::int64_t now_ms) const;

 private:
  struct Player {
    std::map<std::string, PresenceRecord, std::less<>> connections;
    std::optional<std::int64_t> last_seen;

    std::size_t records() const { return connections.size() + (last_seen ? 1 : 0); }
  };

  void drop_if_empty(std::string_view player);

  std::chrono::milliseconds offline_expiry_;
  std::size_t most_records_;
  std::map<std::string, Player, std::less<>> players_;
  std::size_t records_ = 0;
};

}  // namespace lobbyd::apps
