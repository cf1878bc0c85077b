#include "service/apps/presence/presence.hpp"

#include <utility>

namespace lobbyd::apps {

Presence::Presence(Surroundings& surroundings, Settings settings)
    : surroundings_(surroundings),
      settings_(settings),
      topics_(surroundings.prefix),
      table_(settings.offline_expiry),
      watches_(settings.max_watched) {}

// Connections ---------------------------------------------------------------------------------------------------------

void Presence::set(Setting setting, Moment now, PresenceOutput& out) {
  const auto own = own_.try_emplace(std::move(setting.client_id)).first;
  own->second.player = std::move(setting.player);
  PresenceRecord& record = own->second.record;
  if (record.status != setting.status) {
    record.since = now.unix_ms;
  }
  record.at = surroundings_.clock.tick(now.unix_ms);
  record.instance = surroundings_.instance;
  record.status = std::move(setting.status);
  record.data = std::move(setting.data);
  write(own->first, own->second, out);
}

void Presence::renew(const std::string& client_id, PresenceOutput& out) const {
  if (const auto own = own_.find(client_id); own != own_.end()) {
    write(own->first, own->second, out);
  }
}

std::string Presence::topic_of(const std::string& client_id) const {
  const auto own = own_.find(client_id);
  return own == own_.end() ? std::string() : topics_.connection(own->second.player, client_id);
}

bool Presence::is_own(const std::string& client_id, std::string_view payload) const {
  const auto own = own_.find(client_id);
  return own != own_.end() && payload == write_record(own->second.record);
}

// Whoever sees the record go knows since when by then.
void Presence::end(const std::string& client_id, Moment now, PresenceOutput& out) {
  const auto own = own_.find(client_id);
  if (own != own_.end()) {
    out.publications.push_back(last_seen(own->second.player, now));
    out.publications.push_back(clearing(topics_.connection(own->second.player, client_id)));
    own_.erase(own);
  }
}

void Presence::drop(const std::string& client_id) {
  own_.erase(client_id);
}

std::vector<Publication> Presence::wills(const std::string& client_id) const {
  const auto own = own_.find(client_id);
  return own == own_.end() ? std::vector<Publication>()
                           : std::vector{clearing(topics_.connection(own->second.player, client_id))};
}

std::optional<Publication> Presence::before_will(std::string_view topic, Moment now) const {
  const auto parsed = parse_presence_topic(surroundings_.prefix, topic);
  return parsed && !parsed->client.empty() ? std::optional(last_seen(parsed->player, now)) : std::nullopt;
}

void Presence::write(const std::string& client_id, const Own& own, PresenceOutput& out) const {
  out.publications.push_back({.topic = topics_.connection(own.player, client_id), .payload = write_record(own.record)});
}

Publication Presence::last_seen(std::string_view player, Moment now) const {
  Publication publication{.topic = topics_.last_seen(player), .payload = write_last_seen(now.unix_ms)};
  if (settings_.broker_expires) {
    publication.expiry = settings_.offline_expiry;
  }
  return publication;
}

// Watching ------------------------------------------------------------------------------------------------------------

std::expected<void, api::Error> Presence::watch(const std::string& client_id, const Names& players,
                                                PresenceOutput& out) {
  auto first = watches_.watch(client_id, players);
  if (!first) {
    return std::unexpected(std::move(first).error());
  }
  for (const std::string& player : *first) {
    out.subscribe.push_back(topics_.player(player));
  }
  return {};
}

void Presence::watch_all(const std::string& client_id, PresenceOutput& out) {
  if (watches_.watch_all(client_id)) {
    out.subscribe.push_back(topics_.everybody());
  }
}

void Presence::unwatch(const std::string& client_id, const Names& players, PresenceOutput& out) {
  for (const std::string& player : watches_.unwatch(client_id, players)) {
    out.unsubscribe.push_back(topics_.player(player));
    if (!watches_.is_watched(player)) {
      table_.forget(player);
    }
  }
}

void Presence::unwatch_all(const std::string& client_id, PresenceOutput& out) {
  if (watches_.unwatch_all(client_id)) {
    out.unsubscribe.push_back(topics_.everybody());
    table_.keep(watches_.watched_by_name());
  }
}

void Presence::unwatch_everything(const std::string& client_id, PresenceOutput& out) {
  unwatch(client_id, watches_.watched_by(client_id), out);
  unwatch_all(client_id, out);
}

std::expected<Page, api::Error> Presence::page(const std::vector<std::string>& sorted,
                                               const std::optional<std::string>& cursor, PageLimits limits,
                                               Moment now) const {
  return table_.page(sorted, cursor, limits, now.unix_ms);
}

std::expected<Page, api::Error> Presence::page_of_all(const std::optional<std::string>& cursor, PageLimits limits,
                                                      Moment now) const {
  return table_.page(table_.players(), cursor, limits, now.unix_ms);
}

// The broker ----------------------------------------------------------------------------------------------------------

void Presence::begin_reading() {
  absences_.begin(table_.topics(topics_));
}

void Presence::on_message(std::string_view topic, std::string_view payload, Moment now, PresenceOutput& out) {
  absences_.see(topic);
  const auto parsed = parse_presence_topic(surroundings_.prefix, topic);
  if (!parsed) {
    return;
  }
  const PresenceState before = table_.state(parsed->player, now.unix_ms);
  if (parsed->client.empty()) {
    on_last_seen(parsed->player, read_last_seen(surroundings_.reader, payload), now, out);
  } else {
    on_connection(*parsed, read_presence(surroundings_.reader, payload), now, out);
  }
  PresenceState after = table_.state(parsed->player, now.unix_ms);
  if (after != before) {
    out.changes.push_back({.player = std::string(parsed->player), .state = std::move(after)});
  }
}

void Presence::on_connection(const PresenceTopic& topic, std::optional<PresenceRecord> record, Moment now,
                             PresenceOutput& out) {
  if (record && !surroundings_.clock.observe(record->at, now.unix_ms)) {
    record.reset();
  }
  const auto own = own_.find(topic.client);
  if (own != own_.end() && own->second.player == topic.player) {
    defend(own, record, now, out);
  } else if (record && record->instance == surroundings_.instance) {
    // It was on its way when the connection ended, or is from before a restart.
    out.publications.push_back(clearing(topics_.connection(topic.player, topic.client)));
  }
  if (watches_.is_watched(topic.player)) {
    table_.put(topic, std::move(record));
  }
}

void Presence::defend(Owned::iterator own, const std::optional<PresenceRecord>& record, Moment now,
                      PresenceOutput& out) {
  PresenceRecord& mine = own->second.record;
  if (!record) {
    write(own->first, own->second, out);
  } else if (record->instance != surroundings_.instance) {
    if (record->at > mine.at) {
      own_.erase(own);  // the client is there now
    } else {
      write(own->first, own->second, out);
    }
  } else if (record->at > mine.at) {
    // Nobody of this instance has set it.
    mine.at = surroundings_.clock.tick(now.unix_ms);
    write(own->first, own->second, out);
  }
}

void Presence::on_last_seen(std::string_view player, std::optional<std::int64_t> time_ms, Moment now,
                            PresenceOutput& out) {
  const std::chrono::milliseconds expiry = settings_.offline_expiry;
  if (time_ms && *time_ms > now.unix_ms + HybridClock::most_ahead_ms) {
    time_ms.reset();
  }
  if (time_ms && *time_ms + expiry.count() <= now.unix_ms) {
    time_ms.reset();
    if (!settings_.broker_expires) {
      out.publications.push_back(clearing(topics_.last_seen(player)));
    }
  }
  if (watches_.is_watched(player)) {
    table_.put_last_seen(player, time_ms);
  }
}

void Presence::end_reading(bool forgetful, Moment now, PresenceOutput& out) {
  std::vector<std::string> absent = absences_.end();
  if (!forgetful) {
    for (const std::string& topic : absent) {
      on_message(topic, {}, now, out);
    }
    return;
  }
  absences_.wait_for(std::move(absent), now.steady + patience);
  for (const auto& [client_id, own] : own_) {
    write(client_id, own, out);
  }
}

void Presence::handle_timeout(Moment now, PresenceOutput& out) {
  for (const std::string& topic : absences_.take_due(now.steady)) {
    on_message(topic, {}, now, out);
  }
}

}  // namespace lobbyd::apps
