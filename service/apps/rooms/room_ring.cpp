#include "service/apps/rooms/room_ring.hpp"

#include <ranges>
#include <utility>

namespace lobbyd::apps {
namespace {

// Of those that are not needed, or of all where all are.
RoomRing::Next earliest_of(auto&& entries, const RoomRing::Needed& needed) {
  RoomRing::Next best;
  const LogRecord* first = nullptr;
  for (const auto& [slot, record] : entries) {
    const bool is_needed = needed(record);
    if (first == nullptr || (best.needed && !is_needed) ||
        (best.needed == is_needed && key_of(record) < key_of(*first))) {
      best = {.slot = slot, .needed = is_needed};
      first = &record;
    }
  }
  return best;
}

}  // namespace

void RoomRing::put(std::uint32_t slot, std::optional<LogRecord> record) {
  if (record) {
    records_.insert_or_assign(slot, *std::move(record));
  } else {
    records_.erase(slot);
  }
}

const LogRecord* RoomRing::at(std::uint32_t slot) const {
  const auto found = records_.find(slot);
  return found == records_.end() ? nullptr : &found->second;
}

std::optional<std::uint32_t> RoomRing::find(std::string_view message_id) const {
  for (const auto& [slot, record] : records_) {
    const auto* message = std::get_if<MessagePtr>(&record);
    if (message != nullptr && (*message)->id == message_id) {
      return slot;
    }
  }
  return std::nullopt;
}

RoomRing::Next RoomRing::next_for_message(const Needed& needed) const {
  const auto is_message = [](const auto& entry) { return std::holds_alternative<MessagePtr>(entry.second); };
  if (std::cmp_less(std::ranges::count_if(records_, is_message), messages_)) {
    return next_for_deletion(needed);
  }
  return earliest_of(records_ | std::views::filter(is_message), needed);
}

RoomRing::Next RoomRing::next_for_deletion(const Needed& needed) const {
  const std::uint32_t slots = messages_ + most_deletions(messages_);
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    if (at(slot) == nullptr) {
      return {.slot = slot};
    }
  }
  const auto is_deletion = [](const auto& entry) { return std::holds_alternative<Deletion>(entry.second); };
  return earliest_of(records_ | std::views::filter(is_deletion), needed);
}

}  // namespace lobbyd::apps
