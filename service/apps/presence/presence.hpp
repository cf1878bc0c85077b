#pragma once

// Presence, on one instance: what its own connections have set, and the players that its clients watch. Pure: what the
// broker brings and what clients ask go in, with the time; what is to be published, told and subscribed to comes out.
//
// Who is not watched here is not known here: for `presence.get` the retained messages of its topics are read into a
// PresenceTable of their own. One thread.

#include "protocol/api/error.hpp"
#include "service/apps/absences.hpp"
#include "service/apps/json_page.hpp"
#include "service/apps/moment.hpp"
#include "service/apps/presence/presence_records.hpp"
#include "service/apps/presence/presence_table.hpp"
#include "service/apps/presence/presence_topics.hpp"
#include "service/apps/presence/presence_watches.hpp"
#include "service/apps/publication.hpp"
#include "service/apps/surroundings.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

// A watched player's state has changed: for all its watchers.
struct PresenceChange {
  std::string player;
  PresenceState state;
};

// What comes of one call, to be seen to, in order, before the next one.
struct PresenceOutput {
  std::vector<Publication> publications;
  std::vector<PresenceChange> changes;
  std::vector<std::string> subscribe;  // filters, with their retained messages
  std::vector<std::string> unsubscribe;
};

class Presence {
 public:
  struct Settings {
    std::chrono::seconds offline_expiry{std::chrono::days(7)};
    std::size_t max_watched = 1000;
    bool broker_expires = true;  // MQTT 5; else what is too old is cleared by who sees it
  };
  struct Setting {
    std::string client_id;
    std::string player;         // its user
    std::string status;         // as is_status wants it
    std::string data = "null";  // JSON text of at most max_presence_data_bytes
  };

  // Others that have lost their link, too, write what they own again within this time.
  static constexpr std::chrono::seconds patience{30};

  Presence(Surroundings& surroundings, Settings settings);

  // Connections
  // ---------------------------------------------------------------------------------------------------------

  void set(Setting setting, Moment now, PresenceOutput& out);
  // It was cleared by others though the client is here.
  void renew(const std::string& client_id, PresenceOutput& out) const;
  // What stands in the broker for the connection as long as nobody has cleared it; empty where it has set nothing.
  std::string topic_of(const std::string& client_id) const;
  // Whether this is what stands there.
  bool is_own(const std::string& client_id, std::string_view payload) const;
  // The connection has ended.
  void end(const std::string& client_id, Moment now, PresenceOutput& out);
  // The same, and what stands there is another's, or is seen to by its will.
  void drop(const std::string& client_id);
  // What is published if the client is lost with this daemon.
  std::vector<Publication> wills(const std::string& client_id) const;
  // For a will of another daemon's client, which it cannot know: what is to be published before it.
  std::optional<Publication> before_will(std::string_view topic, Moment now) const;

  // Watching
  // ------------------------------------------------------------------------------------------------------------

  using Names = PresenceWatches::Names;

  // The answer is a page, once the filters' retained messages have come.
  std::expected<void, api::Error> watch(const std::string& client_id, const Names& players, PresenceOutput& out);
  void watch_all(const std::string& client_id, PresenceOutput& out);
  void unwatch(const std::string& client_id, const Names& players, PresenceOutput& out);
  void unwatch_all(const std::string& client_id, PresenceOutput& out);
  // By name, and everybody.
  void unwatch_everything(const std::string& client_id, PresenceOutput& out);
  std::vector<std::string_view> watchers(std::string_view player) const { return watches_.watchers(player); }
  // By name.
  Names watched_by(const std::string& client_id) const { return watches_.watched_by(client_id); }
  bool watches_all(const std::string& client_id) const { return watches_.watches_all(client_id); }
  const PresenceTopics& topics() const { return topics_; }

  // Of watched players, sorted, each once; or of all that are known.
  std::expected<Page, api::Error> page(const std::vector<std::string>& sorted, const std::optional<std::string>& cursor,
                                       PageLimits limits, Moment now) const;
  std::expected<Page, api::Error> page_of_all(const std::optional<std::string>& cursor, PageLimits limits,
                                              Moment now) const;

  // The broker
  // ----------------------------------------------------------------------------------------------------------

  // After a break of the link all filters are read again: their retained messages come between the two calls, with live
  // ones among them. `forgetful`: the broker has lost its memory.
  void begin_reading();
  void on_message(std::string_view topic, std::string_view payload, Moment now, PresenceOutput& out);
  void end_reading(bool forgetful, Moment now, PresenceOutput& out);

  std::optional<Moment::TimePoint> next_timeout() const { return absences_.next_timeout(); }
  void handle_timeout(Moment now, PresenceOutput& out);

 private:
  struct Own {
    std::string player;
    PresenceRecord record;
  };
  using Owned = std::map<std::string, Own, std::less<>>;

  void write(const std::string& client_id, const Own& own, PresenceOutput& out) const;
  Publication last_seen(std::string_view player, Moment now) const;
  void on_connection(const PresenceTopic& topic, std::optional<PresenceRecord> record, Moment now, PresenceOutput& out);
  // Whether what stands there now is not what the client's own connection has set.
  void defend(Owned::iterator own, const std::optional<PresenceRecord>& record, Moment now, PresenceOutput& out);
  void on_last_seen(std::string_view player, std::optional<std::int64_t> time_ms, Moment now, PresenceOutput& out);

  Surroundings& surroundings_;
  Settings settings_;
  PresenceTopics topics_;
  Owned own_;  // by client id
  PresenceTable table_;
  PresenceWatches watches_;
  Absences absences_;
};

}  // namespace lobbyd::apps
