#include "service/apps/rooms/message_keys.hpp"

namespace lobbyd::apps {

// No player has a space in its name.
std::string MessageKeys::name_of(std::string_view player, std::string_view key) {
  return std::string(player) + ' ' + std::string(key);
}

bool MessageKeys::is_old(std::string_view id, std::int64_t now_ms) {
  return time_of(id).ms() + memory.count() <= now_ms;
}

void MessageKeys::note(const RoomMessage& message, std::int64_t now_ms) {
  if (message.key.empty() || is_old(message.id, now_ms)) {
    return;
  }
  std::string name = name_of(message.player, message.key);
  if (const auto found = ids_.find(name); found != ids_.end() && !is_old(found->second, now_ms)) {
    return;
  }
  if (ids_.insert_or_assign(name, message.id).second) {
    order_.push_back(std::move(name));
  }
  while (!order_.empty()) {
    const auto first = ids_.find(order_.front());
    if (first != ids_.end() && order_.size() <= most_ && !is_old(first->second, now_ms)) {
      break;
    }
    if (first != ids_.end()) {
      ids_.erase(first);
    }
    order_.pop_front();
  }
}

void MessageKeys::forget(const RoomMessage& message) {
  const auto found = ids_.find(name_of(message.player, message.key));
  if (found != ids_.end() && found->second == message.id) {
    ids_.erase(found);
  }
}

std::optional<std::string> MessageKeys::find(std::string_view player, std::string_view key, std::int64_t now_ms) const {
  const auto found = ids_.find(name_of(player, key));
  return found == ids_.end() || is_old(found->second, now_ms) ? std::nullopt : std::optional(found->second);
}

}  // namespace lobbyd::apps
