#include "service/hub/wills/standings.hpp"

#include <utility>

namespace lobbyd::hub {

bool takes_place(const WillEntry& entry, const WillEntry* present, bool present_is_dead) {
  if (present == nullptr) {
    return !entry.leaving;
  }
  const bool same_instance = entry.owner.instance == present->owner.instance;
  if (entry.leaving) {
    return entry.at == present->at && (same_instance || present_is_dead);
  }
  // What is left of a claim of which some wills have been published.
  const bool rest = same_instance && present->leaving && entry.at == present->at;
  return rest || entry.owner == present->owner ||
         (is_later(entry, *present) && (!present->leaving || entry.at > present->at));
}

const Standing* Standings::find(std::string_view client) const {
  const auto found = standings_.find(client);
  return found == standings_.end() ? nullptr : &found->second;
}

bool Standings::put(std::string_view client, WillEntry entry, std::string_view text) {
  std::optional<Owner> mourner = mourner_before(client, entry);
  erase(client);
  entry.wills.clear();
  Standing standing{std::move(entry), std::string(text), std::move(mourner)};
  const std::size_t bytes = weight(client, standing);
  if (standings_.size() >= limits_.entries || bytes > limits_.bytes - bytes_) {
    return false;
  }
  bytes_ += bytes;
  standings_.emplace(client, std::move(standing));
  return true;
}

std::optional<Owner> Standings::mourner_before(std::string_view client, const WillEntry& entry) const {
  const Standing* const before = find(client);
  if (before == nullptr) {
    return std::nullopt;
  }
  const std::optional<Owner> mourner = before->entry.leaving ? before->entry.owner : before->mourner;
  return entry.leaving || mourner == entry.owner ? std::nullopt : mourner;
}

void Standings::erase(std::string_view client) {
  if (const auto found = standings_.find(client); found != standings_.end()) {
    bytes_ -= weight(client, found->second);
    standings_.erase(found);
  }
}

void Standings::clear() {
  standings_.clear();
  bytes_ = 0;
}

std::size_t Standings::weight(std::string_view client, const Standing& standing) {
  constexpr std::size_t overhead = sizeof(std::string) + sizeof(Standing) + 2 * sizeof(void*);
  return overhead + client.size() + standing.entry.owner.instance.size() + standing.text.size();
}

}  // namespace lobbyd::hub
