#include "service/apps/rooms/room_history.hpp"

#include <algorithm>

namespace lobbyd::apps {

RoomHistory::News RoomHistory::put(const LogSlot& slot, std::optional<LogRecord> record, std::int64_t now_ms) {
  News news;
  if (record) {
    hold(*record, now_ms, news);
  }
  if (const auto old = slots_.find(slot); old != slots_.end()) {
    erase(old);
  }
  if (record) {
    place(slot, *std::move(record));
  }
  while (slots_.size() > limits_.slots || bytes_ > limits_.bytes) {
    erase(slots_.find(*by_key_.begin()->second));
  }
  return news;
}

void RoomHistory::place(const LogSlot& slot, LogRecord record) {
  const auto entry = slots_.emplace(slot, std::move(record)).first;
  by_key_.emplace(key_of(entry->second), &entry->first);
  bytes_ += weight(entry->second);
}

void RoomHistory::erase(std::map<LogSlot, LogRecord>::iterator entry) {
  by_key_.erase({key_of(entry->second), &entry->first});
  bytes_ -= weight(entry->second);
  const LogRecord record = std::move(entry->second);
  slots_.erase(entry);
  let_go(record);
}

void RoomHistory::hold(const LogRecord& record, std::int64_t now_ms, News& news) {
  if (const auto* deletion = std::get_if<Deletion>(&record)) {
    const Held* target = find(deletion->target);
    if (target != nullptr && is_visible(*target->message, now_ms)) {
      news.deleted = deletion->target;
    }
    ++deletions_[deletion->target];
    return;
  }
  const MessagePtr& message = std::get<MessagePtr>(record);
  const auto [held, is_new] = messages_.try_emplace(message->id);
  ++held->second.copies;
  if (!is_new) {
    return;
  }
  held->second.message = message;
  held->second.arrival = ++arrivals_;
  if (!was_here(message->id) && is_visible(*message, now_ms)) {
    news.message = message;
  }
}

void RoomHistory::let_go(const LogRecord& record) {
  if (const auto* deletion = std::get_if<Deletion>(&record)) {
    const auto found = deletions_.find(deletion->target);
    if (--found->second == 0) {
      deletions_.erase(found);
    }
    return;
  }
  const auto held = messages_.find(std::get<MessagePtr>(record)->id);
  if (--held->second.copies == 0) {
    remember(held->first);
    messages_.erase(held);
  }
}

void RoomHistory::remember(std::string id) {
  constexpr std::size_t more = 64;
  gone_.push_back(std::move(id));
  if (gone_.size() > limits_.messages + more) {
    gone_.pop_front();
  }
}

bool RoomHistory::was_here(const std::string& id) const {
  return std::ranges::find(gone_, id) != gone_.end();
}

void RoomHistory::expire(std::int64_t now_ms) {
  const auto is_old = [&](const LogRecord& record) {
    return time_of(key_of(record)).ms() + limits_.expiry.count() <= now_ms;
  };
  while (!by_key_.empty()) {
    const auto earliest = slots_.find(*by_key_.begin()->second);
    if (!is_old(earliest->second)) {
      return;
    }
    erase(earliest);
  }
}

const RoomHistory::Held* RoomHistory::find(std::string_view message_id) const {
  const auto found = messages_.find(message_id);
  return found == messages_.end() ? nullptr : &found->second;
}

bool RoomHistory::is_expired(const RoomMessage& message, std::int64_t now_ms) const {
  return message.time_ms() + limits_.expiry.count() <= now_ms;
}

bool RoomHistory::is_visible(const RoomMessage& message, std::int64_t now_ms) const {
  return !is_expired(message, now_ms) && !is_deleted(message.id);
}

std::vector<const RoomHistory::Held*> RoomHistory::view(std::int64_t now_ms) const {
  std::vector<const Held*> latest;
  for (auto entry = messages_.rbegin(); entry != messages_.rend() && latest.size() < limits_.messages; ++entry) {
    if (is_visible(*entry->second.message, now_ms)) {
      latest.push_back(&entry->second);
    }
  }
  std::ranges::reverse(latest);
  return latest;
}

std::string_view RoomHistory::latest() const {
  return messages_.empty() ? std::string_view() : std::string_view(messages_.rbegin()->first);
}

std::size_t RoomHistory::weight(const LogRecord& record) {
  constexpr std::size_t overhead = 512;  // of the containers
  if (const auto* message = std::get_if<MessagePtr>(&record)) {
    const RoomMessage& text = **message;
    return overhead + text.name.size() + text.body.size() + text.key.size();
  }
  return overhead;
}

}  // namespace lobbyd::apps
