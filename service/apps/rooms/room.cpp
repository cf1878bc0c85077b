// What clients ask of a room.

#include "service/apps/rooms/room.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {
namespace {

// What an instance keeps of what others write.
constexpr std::size_t rings_kept = 32;
constexpr std::size_t members_kept = 4;  // times as many as may join

RoomHistory::Limits history_limits(const RoomSettings& settings) {
  return {.messages = settings.history,
          .expiry = settings.history_expiry,
          .slots = rings_kept * (settings.history + RoomRing::most_deletions(settings.history))};
}

api::Error not_joined(std::string_view room) {
  return {api::Reason::bad_state, "not a member of the room " + std::string(room) + ": send room.join first"};
}

api::Error kicked_out(std::int64_t left_ms) {
  return {api::Reason::forbidden, "kicked from the room", {{"retry_after_ms", left_ms}}};
}

api::Error no_such_message(std::string_view id) {
  return {api::Reason::not_found, "there is no message " + api::quoted_excerpt(id)};
}

}  // namespace

Room::Room(Surroundings& surroundings, std::string name, RoomSettings settings)
    : surroundings_(surroundings),
      name_(std::move(name)),
      settings_(settings),
      topics_(surroundings.prefix, name_),
      members_(members_kept * settings.max_members),
      history_(history_limits(settings)),
      ring_(settings.history),
      needed_([this](const LogRecord& record) { return is_needed(record); }) {}

std::expected<void, api::Error> Room::join(Joining joining, Moment now, RoomOutput& out) {
  if (const auto until = bans_.until(joining.player, now.unix_ms)) {
    return std::unexpected(kicked_out(*until - now.unix_ms));
  }
  auto local = local_.find(joining.client_id);
  const MemberPtr member = members_.find(joining.client_id);
  if (local == local_.end()) {
    if (member == nullptr && members_.size() + joining_ >= settings_.max_members) {
      return std::unexpected(api::too_many("the room is full", settings_.max_members));
    }
    local = local_.try_emplace(std::move(joining.client_id)).first;
    ++joining_;
  }
  MemberRecord& record = local->second.record;
  const std::int64_t since = record.at ? record.since : now.unix_ms;
  record = {.at = surroundings_.clock.tick(now.unix_ms),
            .instance = surroundings_.instance,
            .player = std::move(joining.player),
            .name = std::move(joining.name),
            .data = std::move(joining.data),
            .since = since};
  if (record.name.empty()) {
    record.name = record.player;
  }
  local->second.awaited = true;
  write_member(local->first, local->second, out);
  return {};
}

std::expected<void, api::Error> Room::leave(const std::string& client_id, DepartureReason reason, RoomOutput& out) {
  const auto local = local_.find(client_id);
  if (local != local_.end()) {
    depart(local, reason, out);
  } else if (reason != DepartureReason::lost) {
    return std::unexpected(not_joined(name_));
  }
  return {};
}

std::expected<Room::Sent, api::Error> Room::send(const std::string& client_id, Sending sending, Moment now,
                                                 RoomOutput& out) {
  const auto member = find_member(client_id);
  if (!member) {
    return std::unexpected(member.error());
  }
  if (sending.body.size() > max_message_body_bytes) {
    return std::unexpected(
        api::Error{api::Reason::too_large,
                   "a message may have " + std::to_string(max_message_body_bytes) + " bytes of JSON at most"});
  }
  const MemberRecord& sender = (*member)->record;
  if (const auto sent = sending.key.empty() ? std::nullopt : keys_.find(sender.player, sending.key, now.unix_ms)) {
    return Sent{.id = *sent, .time_ms = time_of(*sent).ms(), .repeated = true};
  }
  auto message = std::make_shared<RoomMessage>();
  message->id = message_id(surroundings_.clock.tick(now.unix_ms), surroundings_.instance);
  message->from = client_id;
  message->player = sender.player;
  message->name = sender.name;
  message->body = std::move(sending.body);
  message->previous = std::max<std::string_view>(history_.latest(), last_sent_);
  message->key = std::move(sending.key);
  keys_.note(*message, now.unix_ms);
  last_sent_ = message->id;
  Sent sent{.id = message->id, .time_ms = message->time_ms()};
  write_slot(ring_.next_for_message(needed_).slot, std::move(message), now, out);
  return sent;
}

void Room::on_send_failed(const std::string& message_id) {
  const auto slot = ring_.find(message_id);
  if (!slot) {
    return;
  }
  keys_.forget(*std::get<MessagePtr>(*ring_.at(*slot)));
  on_their_way_.erase(*slot);
  const auto stands = history_.slots().find({surroundings_.instance, *slot});
  ring_.put(*slot, stands == history_.slots().end() ? std::nullopt : std::optional(stands->second));
}

std::expected<void, api::Error> Room::remove(const std::string& client_id, bool moderator,
                                             const std::string& message_id, Moment now, RoomOutput& out) {
  const auto member = find_member(client_id);
  if (!member) {
    return std::unexpected(member.error());
  }
  const RoomHistory::Held* held = history_.find(message_id);
  if (held == nullptr || !history_.is_visible(*held->message, now.unix_ms)) {
    return std::unexpected(no_such_message(message_id));
  }
  if (held->message->player != (*member)->record.player && !moderator) {
    return std::unexpected(api::Error{api::Reason::forbidden, "only a moderator may delete the messages of others"});
  }
  if (const auto slot = ring_.find(message_id)) {
    write_slot(*slot, Deletion{.target = message_id}, now, out);
    return {};
  }
  const std::uint32_t most = RoomRing::most_deletions(settings_.history);
  if (std::cmp_greater_equal(std::ranges::count_if(ring_, needed_, [](const auto& entry) { return entry.second; }),
                             most)) {
    return std::unexpected(api::too_many("too many messages have been deleted: wait until some are too old", most));
  }
  write_slot(ring_.next_for_deletion(needed_).slot,
             Deletion{.target = message_id,
                      .id = apps::message_id(surroundings_.clock.tick(now.unix_ms), surroundings_.instance)},
             now, out);
  return {};
}

std::expected<void, api::Error> Room::kick(const std::string& client_id, const Kick& kick, Moment now,
                                           RoomOutput& out) {
  const auto member = find_member(client_id);
  if (!member) {
    return std::unexpected(member.error());
  }
  const MemberPtr target = members_.find(kick.client_id);
  if (target == nullptr) {
    return std::unexpected(
        api::Error{api::Reason::not_found, "there is no member " + api::quoted_excerpt(kick.client_id)});
  }
  write_ban(kick.client_id,
            {.at = surroundings_.clock.tick(now.unix_ms),
             .instance = surroundings_.instance,
             .player = target->record.player,
             .until = now.unix_ms + std::chrono::milliseconds(kick.out).count()},
            out);
  return {};
}

std::expected<Page, api::Error> Room::history(const std::string& client_id, const HistoryQuery& query,
                                              PageLimits limits, Moment now) const {
  if (const auto member = find_member(client_id); !member) {
    return std::unexpected(member.error());
  }
  return make_history_page(history_, life_, query, limits, now.unix_ms);
}

std::expected<Page, api::Error> Room::members(const std::string& client_id, const std::optional<std::string>& cursor,
                                              PageLimits limits) const {
  if (const auto member = find_member(client_id); !member) {
    return std::unexpected(member.error());
  }
  return members_.page(cursor, limits);
}

bool Room::is_member_here(const std::string& client_id) const {
  return find_member(client_id).has_value();
}

std::vector<Publication> Room::wills(std::string_view client_id) const {
  return {clearing(topics_.member(client_id))};
}

std::expected<const Room::Local*, api::Error> Room::find_member(const std::string& client_id) const {
  const auto local = local_.find(client_id);
  if (local == local_.end() || !local->second.joined) {
    return std::unexpected(not_joined(name_));
  }
  return &local->second;
}

// Writing -------------------------------------------------------------------------------------------------------------

void Room::write_member(const std::string& client_id, const Local& local, RoomOutput& out) const {
  out.publications.push_back({.topic = topics_.member(client_id), .payload = write_record(local.record)});
}

void Room::depart(Locals::iterator local, DepartureReason reason, RoomOutput& out) {
  const std::string topic = topics_.member(local->first);
  if (reason != DepartureReason::lost) {
    const Departure departure{.at = local->second.record.at, .reason = reason};
    out.publications.push_back({.topic = topic, .payload = write_record(departure), .retain = false});
  }
  out.publications.push_back(clearing(topic));
  forget(local);
}

void Room::forget(Locals::iterator local) {
  joining_ -= local->second.joined ? 0 : 1;
  local_.erase(local);
}

void Room::write_ban(const std::string& client_id, const Ban& ban, RoomOutput& out) const {
  Publication publication{.topic = topics_.ban(client_id), .payload = write_record(ban)};
  if (settings_.broker_expires) {
    publication.expiry =
        std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(Bans::end_of(ban) - ban.at.ms()));
  }
  out.publications.push_back(std::move(publication));
}

void Room::write_slot(std::uint32_t slot, LogRecord record, Moment now, RoomOutput& out) {
  Publication publication{.topic = topics_.log(surroundings_.instance, slot), .payload = write_record(record)};
  if (settings_.history == 0) {
    publication.retain = false;
  } else {
    publication.expiry = time_left(key_of(record), now);
    ring_.put(slot, std::move(record));
    on_their_way_.insert(slot);
  }
  out.publications.push_back(std::move(publication));
}

void Room::clear_slot(std::uint32_t slot, RoomOutput& out) {
  ring_.put(slot, std::nullopt);
  on_their_way_.insert(slot);
  out.publications.push_back(clearing(topics_.log(surroundings_.instance, slot)));
}

std::optional<std::chrono::seconds> Room::time_left(std::string_view id, Moment now) const {
  if (!settings_.broker_expires) {
    return std::nullopt;
  }
  const std::chrono::milliseconds age(now.unix_ms - time_of(id).ms());
  const auto left = std::chrono::ceil<std::chrono::seconds>(settings_.history_expiry - age);
  return std::max(left, std::chrono::seconds(1));
}

bool Room::is_overtaken(std::uint32_t slot, const std::optional<LogRecord>& record) {
  const auto awaited = on_their_way_.find(slot);
  if (awaited == on_their_way_.end()) {
    return false;
  }
  const LogRecord* own = ring_.at(slot);
  const bool is_last =
      own == nullptr ? !record : record && record->index() == own->index() && key_of(*record) == key_of(*own);
  if (is_last) {
    on_their_way_.erase(awaited);
  }
  return !is_last;
}

bool Room::is_needed(const LogRecord& record) const {
  const auto* deletion = std::get_if<Deletion>(&record);
  return deletion != nullptr && history_.find(deletion->target) != nullptr;
}

}  // namespace lobbyd::apps
