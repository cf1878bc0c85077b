// What the broker brings of a room.

#include "service/apps/rooms/room.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {
namespace {

// While reading, of what others may have written.
constexpr std::size_t max_read_slots = std::size_t{1} << 16U;

api::Error kicked() {
  return {api::Reason::forbidden, "kicked from the room"};
}

api::Error taken_over() {
  return {api::Reason::conflict, "the client has joined the room elsewhere"};
}

}  // namespace

void Room::begin_reading() {
  absences_.begin(known_topics());
  read_.clear();
}

void Room::on_message(std::string_view topic, std::string_view payload, Moment now, RoomOutput& out) {
  absences_.see(topic);
  if (const auto parsed = parse_room_topic(surroundings_.prefix, topic)) {
    on_topic(*parsed, payload, now, out);
  }
}

void Room::on_topic(const RoomTopic& topic, std::string_view payload, Moment now, RoomOutput& out) {
  const std::string name(topic.name);
  switch (topic.kind) {
    case RoomTopic::Kind::member:
      on_member(name, read_member(surroundings_.reader, payload), now, out);
      break;
    case RoomTopic::Kind::ban:
      on_ban(name, read_ban(surroundings_.reader, payload), now, out);
      break;
    case RoomTopic::Kind::log: {
      auto record = read_log(surroundings_.reader, payload);
      if (!absences_.reading()) {
        on_log({name, topic.slot}, std::move(record), now, out);
      } else if (read_.size() < max_read_slots) {
        read_.insert_or_assign({name, topic.slot}, std::move(record));
      }
      break;
    }
  }
}

// Messages are taken by their ids: what was missed is told in order, and so counted as it came.
void Room::end_reading(bool forgetful, Moment now, RoomOutput& out) {
  std::vector<std::pair<LogSlot, std::optional<LogRecord>>> read(std::make_move_iterator(read_.begin()),
                                                                 std::make_move_iterator(read_.end()));
  read_.clear();
  std::ranges::sort(
      read, {}, [](const auto& entry) { return entry.second ? std::string(key_of(*entry.second)) : std::string(); });
  for (auto& [slot, record] : read) {
    on_log(slot, std::move(record), now, out);
  }
  std::vector<std::string> absent = absences_.end();
  if (forgetful) {
    on_their_way_.clear();
    const auto others = std::ranges::partition(absent, [this](const std::string& topic) { return is_own(topic); });
    absences_.wait_for({others.begin(), others.end()}, now.steady + patience);
    absent.erase(others.begin(), others.end());
  }
  for (const std::string& topic : absent) {
    on_absent(topic, now, out);
  }
  if (!loaded_) {
    loaded_ = true;
    life_ = surroundings_.clock.tick(now.unix_ms).text();
    next_expiry_ = now.steady + expiry_interval;
  }
}

void Room::on_absent(std::string_view topic, Moment now, RoomOutput& out) {
  const RoomTopic parsed = *parse_room_topic(surroundings_.prefix, topic);
  const bool is_own_log = parsed.kind == RoomTopic::Kind::log && parsed.name == surroundings_.instance;
  if (!is_own_log || !on_their_way_.contains(parsed.slot)) {
    on_topic(parsed, {}, now, out);
  }
}

bool Room::is_own(std::string_view topic) const {
  const RoomTopic parsed = *parse_room_topic(surroundings_.prefix, topic);
  switch (parsed.kind) {
    case RoomTopic::Kind::member:
      return local_.contains(parsed.name);
    case RoomTopic::Kind::log:
      return parsed.name == surroundings_.instance;
    case RoomTopic::Kind::ban: {
      const Ban* ban = bans_.find(parsed.name);
      return ban != nullptr && ban->instance == surroundings_.instance;
    }
  }
  return false;
}

std::set<std::string, std::less<>> Room::known_topics() const {
  std::set<std::string, std::less<>> topics;
  for (const auto& [client_id, member] : members_) {
    topics.insert(topics_.member(client_id));
  }
  for (const auto& [slot, record] : history_.slots()) {
    topics.insert(topics_.log(slot.instance, slot.number));
  }
  for (const auto& [client_id, ban] : bans_) {
    topics.insert(topics_.ban(client_id));
  }
  return topics;
}

// Members -------------------------------------------------------------------------------------------------------------

void Room::on_member(const std::string& client_id, MemberNews news, Moment now, RoomOutput& out) {
  HybridClock& clock = surroundings_.clock;
  auto* record = std::get_if<MemberRecord>(&news);
  const auto* departure = std::get_if<Departure>(&news);
  if (record != nullptr && clock.observe(record->at, now.unix_ms)) {
    on_member_record(client_id, std::move(*record), now, out);
  } else if (departure != nullptr && clock.observe(departure->at, now.unix_ms)) {
    on_departure(client_id, *departure, out);
  } else {
    on_member_cleared(client_id, out);
  }
}

void Room::on_member_record(const std::string& client_id, MemberRecord record, Moment now, RoomOutput& out) {
  const auto local = local_.find(client_id);
  bool complete = false;
  if (local != local_.end()) {
    complete = on_own_record(local, record, now, out);
  } else if (record.instance == surroundings_.instance) {
    out.publications.push_back(clearing(topics_.member(client_id)));  // it was on its way, or is from before a restart
  }
  const auto put = members_.put(client_id, std::move(record));
  if (complete) {
    out.events.emplace_back(JoinCompleted{client_id});
  }
  if (put != Members::Put::ignored) {
    out.events.emplace_back(MemberJoined{members_.find(client_id)});
  }
}

bool Room::on_own_record(Locals::iterator local, const MemberRecord& record, Moment now, RoomOutput& out) {
  MemberRecord& own = local->second.record;
  if (record == own) {
    joining_ -= local->second.joined ? 0 : 1;
    local->second.joined = true;
    return std::exchange(local->second.awaited, false);
  }
  const bool of_this_instance = record.instance == surroundings_.instance;
  if (record.at < own.at) {
    // One from before the client joined again, or from before it joined, is overtaken by ours.
    if (local->second.joined && !of_this_instance) {
      write_member(local->first, local->second, out);
    }
    return false;
  }
  if (local->second.joined && !of_this_instance) {
    if (local->second.awaited) {
      out.events.emplace_back(JoinRefused{local->first, taken_over()});
    }
    out.events.emplace_back(TakenOver{local->first});
    forget(local);
    return false;
  }
  // It was there before ours, by a clock that is ahead; or has no right to be there.
  own.at = surroundings_.clock.tick(now.unix_ms);
  write_member(local->first, local->second, out);
  return false;
}

void Room::on_departure(const std::string& client_id, const Departure& departure, RoomOutput& out) {
  const auto local = local_.find(client_id);
  if (local != local_.end() && local->second.joined) {
    return write_member(client_id, local->second, out);
  }
  const MemberPtr member = members_.find(client_id);
  if (member != nullptr && member->record.at == departure.at) {
    members_.remove(client_id);
    out.events.emplace_back(MemberLeft{client_id, departure.reason});
  }
}

void Room::on_member_cleared(const std::string& client_id, RoomOutput& out) {
  const auto local = local_.find(client_id);
  if (local != local_.end()) {
    if (local->second.joined) {
      write_member(client_id, local->second, out);
    }
  } else if (members_.remove(client_id)) {
    out.events.emplace_back(MemberLeft{client_id, DepartureReason::lost});
  }
}

void Room::on_ban(const std::string& client_id, std::optional<Ban> ban, Moment now, RoomOutput& out) {
  if (!ban || !surroundings_.clock.observe(ban->at, now.unix_ms)) {
    const Ban* known = bans_.find(client_id);
    if (known != nullptr && known->instance == surroundings_.instance && Bans::end_of(*known) > now.unix_ms) {
      write_ban(client_id, *known, out);
    } else {
      bans_.remove(client_id);
    }
    return;
  }
  for (auto local = local_.begin(); local != local_.end();) {
    const auto next = std::next(local);
    if (Bans::expels(client_id, *ban, local->first, local->second.record, now.unix_ms)) {
      expel(local, out);
    }
    local = next;
  }
  bans_.put(client_id, *std::move(ban));
}

void Room::expel(Locals::iterator local, RoomOutput& out) {
  if (local->second.awaited) {
    out.events.emplace_back(JoinRefused{local->first, kicked()});
  }
  if (local->second.joined) {
    out.events.emplace_back(Expelled{local->first});
  }
  depart(local, DepartureReason::kicked, out);
}

// Messages ------------------------------------------------------------------------------------------------------------

void Room::on_log(const LogSlot& slot, std::optional<LogRecord> record, Moment now, RoomOutput& out) {
  if (record && !surroundings_.clock.observe(time_of(key_of(*record)), now.unix_ms)) {
    record.reset();
  }
  const bool is_own = slot.instance == surroundings_.instance && settings_.history > 0;
  if (is_own && !is_overtaken(slot.number, record)) {
    if (!record && defend_slot(slot, now, out)) {
      return;
    }
    ring_.put(slot.number, record);
  }
  RoomHistory::News news = history_.put(slot, record, now.unix_ms);
  if (settings_.history == 0) {
    history_.put(slot, std::nullopt, now.unix_ms);
  }
  if (news.message) {
    keys_.note(*news.message, now.unix_ms);
    out.events.emplace_back(MessageArrived{std::move(news.message)});
  }
  if (news.deleted) {
    out.events.emplace_back(MessageDeleted{*std::move(news.deleted)});
  }
  if (const auto* deletion = record ? std::get_if<Deletion>(&*record) : nullptr) {
    on_deletion(slot, deletion->target, out);
  }
}

// Where it was swept up, it stands elsewhere.
bool Room::defend_slot(const LogSlot& slot, Moment now, RoomOutput& out) {
  const LogRecord* own = ring_.at(slot.number);
  if (own == nullptr) {
    return false;
  }
  bool is_missed = is_needed(*own);
  if (const auto* message = std::get_if<MessagePtr>(own)) {
    const auto here = history_.slots().find(slot);
    const bool is_here = here != history_.slots().end() && key_of(here->second) == key_of(*own);
    const RoomHistory::Held* held = history_.find((*message)->id);
    const bool is_elsewhere = held != nullptr && held->copies > (is_here ? 1U : 0U);
    is_missed = !is_elsewhere && history_.is_visible(**message, now.unix_ms);
  }
  if (is_missed) {
    write_slot(slot.number, LogRecord(*own), now, out);
  }
  return is_missed;
}

// Whoever has the message takes it out, so that it is nowhere any more.
void Room::on_deletion(const LogSlot& slot, const std::string& target, RoomOutput& out) {
  const auto own = ring_.find(target);
  if (own && (slot.instance != surroundings_.instance || slot.number != *own)) {
    clear_slot(*own, out);
  }
}

}  // namespace lobbyd::apps
