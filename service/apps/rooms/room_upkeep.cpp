// What a room sees to by itself.

#include "service/apps/rooms/room.hpp"
#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace lobbyd::apps {
namespace {

using Instances = std::set<std::string, std::less<>>;

}  // namespace

std::optional<Moment::TimePoint> Room::next_timeout(Moment now) const {
  const auto ban = bans_.next_end(surroundings_.instance);
  return earliest({absences_.next_timeout(), ban ? now.when(*ban) : Due(), next_expiry_});
}

void Room::handle_timeout(Moment now, RoomOutput& out) {
  for (const std::string& topic : absences_.take_due(now.steady)) {
    on_absent(topic, now, out);
  }
  for (const std::string& client_id : bans_.ended(surroundings_.instance, now.unix_ms)) {
    bans_.remove(client_id);
    out.publications.push_back(clearing(topics_.ban(client_id)));
  }
  if (next_expiry_ && *next_expiry_ <= now.steady) {
    next_expiry_ = now.steady + expiry_interval;
    expire(now, out);
  }
}

void Room::expire(Moment now, RoomOutput& out) {
  history_.expire(now.unix_ms);
  std::vector<std::uint32_t> old;
  for (const auto& [slot, record] : ring_) {
    if (time_of(key_of(record)).ms() + history_.expiry().count() <= now.unix_ms) {
      old.push_back(slot);
    }
  }
  for (const std::uint32_t slot : old) {
    if (settings_.broker_expires) {
      ring_.put(slot, std::nullopt);
    } else {
      clear_slot(slot, out);
    }
  }
  bans_.forget_ended(now.unix_ms);
}

void Room::sweep(const Instances& dead, Moment now, RoomOutput& out) {
  sweep_log(dead, now, out);
  for (const auto& [client_id, member] : members_) {
    if (dead.contains(member->record.instance)) {
      out.publications.push_back(clearing(topics_.member(client_id)));
    }
  }
  std::vector<std::pair<std::string, Ban>> left;
  std::ranges::copy_if(bans_, std::back_inserter(left),
                       [&](const auto& entry) { return dead.contains(entry.second.instance); });
  for (auto& [client_id, ban] : left) {
    if (Bans::end_of(ban) <= now.unix_ms) {
      out.publications.push_back(clearing(topics_.ban(client_id)));
    } else {
      ban.instance = surroundings_.instance;
      write_ban(client_id, ban, out);
    }
  }
}

void Room::sweep_log(const Instances& dead, Moment now, RoomOutput& out) {
  std::set<std::string_view> visible;
  for (const auto* held : history_.view(now.unix_ms)) {
    visible.insert(held->message->id);
  }
  const auto needed = [&](const LogRecord& record) {
    const auto* message = std::get_if<MessagePtr>(&record);
    return message == nullptr ? is_needed(record) : visible.contains((*message)->id);
  };
  for (const LogRecord& record : inheritance(dead, now)) {
    const bool is_message = std::holds_alternative<MessagePtr>(record);
    const RoomRing::Next next = is_message ? ring_.next_for_message(needed) : ring_.next_for_deletion(needed);
    if (!next.needed && settings_.history > 0) {
      write_slot(next.slot, record, now, out);
    }
  }
  for (const auto& [slot, record] : history_.slots()) {
    if (dead.contains(slot.instance)) {
      out.publications.push_back(clearing(topics_.log(slot.instance, slot.number)));
    }
  }
}

// What stands in the rings of the dead alone and is still of use, the most important first.
std::vector<LogRecord> Room::inheritance(const Instances& dead, Moment now) const {
  std::set<std::string_view> standing;  // messages in other rings
  std::set<std::string_view> told;      // deletions there
  for (const auto& [slot, record] : history_.slots()) {
    if (!dead.contains(slot.instance)) {
      const auto* deletion = std::get_if<Deletion>(&record);
      (deletion == nullptr ? standing : told).insert(deletion == nullptr ? key_of(record) : deletion->target);
    }
  }
  std::vector<LogRecord> records;
  for (const auto& [slot, record] : history_.slots()) {
    const auto* deletion = std::get_if<Deletion>(&record);
    if (dead.contains(slot.instance) && deletion != nullptr && standing.contains(deletion->target) &&
        told.insert(deletion->target).second) {
      records.push_back(record);
    }
  }
  const auto view = history_.view(now.unix_ms);
  for (const auto* held : view | std::views::reverse) {
    if (!standing.contains(held->message->id)) {
      records.emplace_back(held->message);
    }
  }
  return records;
}

}  // namespace lobbyd::apps
