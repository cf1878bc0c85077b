#include "service/apps/signalling/peer_claims.hpp"

#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {

bool PeerClaims::takes_place(const PeerRecord& claim, const Holder& holder) const {
  if (claim.confirmed != holder.record.confirmed) {
    return claim.confirmed;
  }
  const bool open = claim.confirmed || (order_ == Order::time && !holder.settled);
  return open && claim.claim() < holder.record.claim();
}

bool PeerClaims::may_win(const PeerRecord& claim, const Holder& holder) const {
  return order_ == Order::time && !holder.settled && !holder.record.confirmed && claim.claim() <= holder.record.claim();
}

bool PeerClaims::came_before(const Holder& other, const Holder& holder) const {
  return order_ == Order::broker ? other.number < holder.number : other.record.claim() < holder.record.claim();
}

PeerClaims::Result PeerClaims::put(PeerId id, const PeerRecord& record, bool read, TimePoint now) {
  const auto found = holders_.find(id);
  if (found != holders_.end() && found->second.record.claim() == record.claim()) {
    found->second.record = record;
    found->second.lost.reset();
    return Result::updated;
  }
  if (found == holders_.end() && holders_.size() >= most) {
    return Result::full;
  }
  const bool is_free = found == holders_.end() || found->second.lost;
  if (!is_free && !read && !takes_place(record, found->second)) {
    if (order_ == Order::time) {
      found->second.next = record;
      found->second.next_until = now + settling;
    }
    return Result::refused;
  }
  Holder holder{.record = record,
                .number = ++numbers_,
                .settled = order_ == Order::broker || record.confirmed || read,
                .settles = now + settling,
                .doubted = false};
  const auto result = found == holders_.end() ? Result::held : Result::replaced;
  holders_.insert_or_assign(id, std::move(holder));
  return result;
}

void PeerClaims::doubt(Holder& holder, TimePoint until) {
  holder.doubted = true;
  holder.settled = false;
  holder.settles = until;
}

PeerClaims::Holder* PeerClaims::find(PeerId id) {
  const auto found = holders_.find(id);
  return found == holders_.end() ? nullptr : &found->second;
}

const PeerClaims::Holder* PeerClaims::find(PeerId id) const {
  const auto found = holders_.find(id);
  return found == holders_.end() ? nullptr : &found->second;
}

std::optional<PeerClaims::TimePoint> PeerClaims::next_timeout() const {
  Due next;
  for (const auto& [id, holder] : holders_) {
    next = earliest({next, holder.settled ? Due() : holder.settles, holder.lost});
  }
  return next;
}

std::optional<PeerId> PeerClaims::take_settled(TimePoint now) {
  const auto due = std::ranges::find_if(
      holders_, [now](const auto& entry) { return !entry.second.settled && entry.second.settles <= now; });
  if (due == holders_.end()) {
    return std::nullopt;
  }
  due->second.settled = true;
  return due->first;
}

std::vector<PeerId> PeerClaims::lost(TimePoint now) const {
  std::vector<PeerId> ids;
  for (const auto& [id, holder] : holders_) {
    if (holder.lost && *holder.lost <= now) {
      ids.push_back(id);
    }
  }
  return ids;
}

}  // namespace lobbyd::apps
