#pragma once

// Which clients here watch which players. Pure.

#include "protocol/api/error.hpp"

#include <cstddef>
#include <expected>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

class PresenceWatches {
 public:
  using Names = std::set<std::string, std::less<>>;

  // `most`: players that one client may watch.
  explicit PresenceWatches(std::size_t most) : most_(most) {}

  // Besides those that it watches already. Gives the players that nobody has watched by name before.
  std::expected<std::vector<std::string>, api::Error> watch(const std::string& client, const Names& players);
  // True where nobody has watched everybody before.
  bool watch_all(const std::string& client);

  // Gives the players that nobody watches by name any more.
  std::vector<std::string> unwatch(const std::string& client, const Names& players);
  // True where nobody watches everybody any more. What the client watches by name stays.
  bool unwatch_all(const std::string& client);

  // By name.
  Names watched_by(const std::string& client) const;
  bool watches_all(const std::string& client) const { return all_.contains(client); }
  bool is_watched(std::string_view player) const { return !all_.empty() || by_player_.contains(player); }
  bool all_are_watched() const { return !all_.empty(); }
  Names watched_by_name() const;
  // Each once. Views into the names kept here.
  std::vector<std::string_view> watchers(std::string_view player) const;

 private:
  bool remove(const std::string& client, const std::string& player);

  std::size_t most_;
  std::map<std::string, Names, std::less<>> by_client_;
  std::map<std::string, Names, std::less<>> by_player_;
  Names all_;
};

}  // namespace lobbyd::apps
